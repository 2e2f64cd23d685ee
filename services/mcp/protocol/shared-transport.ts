import {
  type Exchange,
  isRequest,
  type Message,
  type Post,
  type RequestId,
  rejectExchange,
  shuttingDownError
} from './messages.ts'
import { PostReply } from './post-reply.ts'

interface Options {
  /** How often open streams get a comment, so that proxies and clients do not close them as idle. */
  keepAliveMs: number
}

/**
 * Carries many exchanges over one connected server: the SDKs' `Transport`, without sessions. Building a server for each
 * request costs several times what handling it does. Sharing one is safe only if the exchanges are kept apart
 * (CVE-2026-25536 is what happens otherwise). So each request gets an id of this transport, used once; the server sees
 * only requests; and what it sends is routed back by those ids.
 */
export class SharedTransport<AuthInfo> {
  // The server sets these when it connects. `never`, because the two SDKs have different message types.
  onmessage?: (message: never, post: { authInfo: AuthInfo }) => void
  onclose?: () => void
  onerror?: (error: Error) => void

  readonly #options: Options
  /** The requests without a response yet, by their ids in the server. */
  readonly #openRequests = new Map<number, { reply: PostReply<AuthInfo>; id: RequestId }>()
  /** Starts at 1: SDK 1.x ignores a cancellation of request 0. */
  #lastId = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #isDispatching = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Called by the server when it connects. */
  async start() {
    this.#timer = setInterval(() => {
      const replies = new Set(this.#openRequests.values().map(({ reply }) => reply))
      for (const reply of replies) reply.keepAlive()
    }, this.#options.keepAliveMs)
    this.#timer.unref()
  }

  /**
   * Hands the messages of a POST to the server. They must have passed the SDK's own checks: it never answers others,
   * and the client would wait forever.
   */
  exchange(messages: readonly Message[], post: Post<AuthInfo>): Exchange {
    if (this.#isClosed) return rejectExchange(503, shuttingDownError, post.body)
    const reply = new PostReply(post)
    // Register the whole batch before dispatching any of it: the server answers a request without handler at once.
    const requests = messages.filter(isRequest).map((request) => {
      this.#openRequests.set(++this.#lastId, { reply, id: request.id })
      reply.unanswered.add(this.#lastId)
      return { ...request, id: this.#lastId }
    })
    this.#isDispatching = true
    for (const request of requests) this.onmessage?.(request as never, post)
    this.#isDispatching = false
    // Only this transport can map a cancellation to a request, which may be in the same batch. Nothing handles other
    // notifications, or responses: this server sends no requests.
    for (const message of messages) {
      if (message.method === 'notifications/cancelled') this.#cancel(message, post.callerKey)
    }
    this.#finish(reply)
    return {
      response: reply.response,
      abort: () => {
        for (const id of reply.unanswered) this.#abort(id, 'The client disconnected')
        reply.disconnect()
      }
    }
  }

  /** Called by the server: routes a response or a notification to the exchange that it belongs to. */
  async send(message: Message, options?: { relatedRequestId?: RequestId | undefined }) {
    const isResponse = message.method === undefined
    if (!isResponse && message.id !== undefined)
      throw new Error('A server without sessions cannot send requests to clients')
    const id = Number(isResponse ? message.id : options?.relatedRequestId)
    const open = this.#openRequests.get(id)
    if (!open) {
      if (!isResponse && Number.isNaN(id)) throw new Error(`${message.method} belongs to no request`)
      return // the client disconnected, or has the response already
    }
    const { reply } = open
    if (!isResponse) return reply.notify(message)
    this.#openRequests.delete(id)
    reply.unanswered.delete(id)
    // Handlers run later, so the SDK itself has rejected the request.
    if (message.error && this.#isDispatching) reply.status = 400
    reply.respond({ ...message, id: open.id })
    this.#finish(reply)
  }

  /** Answers all open requests with an error, because the server shuts down, and ends their streams. */
  async close() {
    clearInterval(this.#timer)
    this.#isClosed = true
    for (const [internalId, { reply, id }] of this.#openRequests) {
      this.#abort(internalId, shuttingDownError.message)
      reply.status = 503
      reply.respond({ jsonrpc: '2.0', id, error: shuttingDownError })
      this.#finish(reply)
    }
    this.onclose?.()
  }

  /**
   * Cancels a request for a client. Without sessions it is identified by its caller and its id; if two match, neither is
   * cancelled. Searching all open requests costs less than an index that every request would have to maintain.
   */
  #cancel({ params }: Message, callerKey: string) {
    const matches = [...this.#openRequests].filter(
      ([, { reply, id }]) => reply.post.callerKey === callerKey && id === params?.requestId
    )
    const [match, second] = matches
    if (!match || second) return
    const [id, { reply }] = match
    this.#abort(id, 'The client cancelled the request')
    this.#finish(reply)
  }

  /** Aborts a request in the server, which then sends nothing for it. */
  #abort(id: number, reason: string) {
    const open = this.#openRequests.get(id)
    if (!open) return
    this.#openRequests.delete(id)
    open.reply.unanswered.delete(id)
    const params = { requestId: id, reason }
    const cancellation: Message = { jsonrpc: '2.0', method: 'notifications/cancelled', params }
    this.onmessage?.(cancellation as never, open.reply.post)
  }

  #finish(reply: PostReply<AuthInfo>) {
    if (reply.unanswered.size === 0) reply.end()
  }
}
