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
  /** Streams get a comment this often, so that nobody on the way takes them for dead. */
  keepAliveMs: number
}

/**
 * Carries many exchanges over one connected server: the SDKs' `Transport`, without sessions. Building a server for each
 * request costs several times what answering it does; sharing one is safe only if the exchanges are kept apart
 * (CVE-2026-25536 is what happens otherwise). So the server sees ids that are this transport's own, each given once;
 * of what clients send it sees requests alone; and what it sends finds its way back by those ids.
 */
export class SharedTransport<AuthInfo> {
  // Set by the server that connects; `never`, for the message types of the two SDKs differ.
  onmessage?: (message: never, post: { authInfo: AuthInfo }) => void
  onclose?: () => void
  onerror?: (error: Error) => void

  readonly #options: Options
  /** The requests that have no answer yet, by the ids that the server knows them by. */
  readonly #open = new Map<number, { reply: PostReply<AuthInfo>; id: RequestId }>()
  /** From 1: SDK 1.x takes a cancellation of request 0 for one of none. */
  #lastId = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false
  #isDispatching = false

  constructor(options: Options) {
    this.#options = options
  }

  /** Called by the server that connects. */
  async start() {
    this.#timer = setInterval(() => {
      const replies = new Set(this.#open.values().map(({ reply }) => reply))
      for (const reply of replies) reply.keepAlive()
    }, this.#options.keepAliveMs)
    this.#timer.unref()
  }

  /**
   * Hands what came in to the server. The messages must have passed the SDK's own test: it answers no others, and their
   * caller would wait forever.
   */
  exchange(messages: readonly Message[], post: Post<AuthInfo>): Exchange {
    if (this.#isClosed) return rejectExchange(503, shuttingDownError, post.body)
    const reply = new PostReply(post)
    // All of a batch is known before any of it is dispatched: what has no handler is answered at once.
    const requests = messages.filter(isRequest).map((request) => {
      this.#open.set(++this.#lastId, { reply, id: request.id })
      reply.unanswered.add(this.#lastId)
      return { ...request, id: this.#lastId }
    })
    this.#isDispatching = true
    for (const request of requests) this.onmessage?.(request as never, post)
    this.#isDispatching = false
    // Only this transport knows which request a cancellation means, and it may mean one of its own batch. Other
    // notifications, and answers to requests that were never made, have nobody to tell.
    for (const message of messages) {
      if (message.method === 'notifications/cancelled') this.#cancel(message, post.callerKey)
    }
    this.#finish(reply)
    return {
      answer: reply.answer,
      abort: () => {
        for (const id of reply.unanswered) this.#abort(id, 'The caller has left')
        reply.disconnect()
      }
    }
  }

  /** Called by the server: takes an answer or a notification to the exchange that it belongs to. */
  async send(message: Message, options?: { relatedRequestId?: RequestId | undefined }) {
    const isAnswer = message.method === undefined
    if (!isAnswer && message.id !== undefined)
      throw new Error('Without sessions no client can be asked anything')
    const id = Number(isAnswer ? message.id : options?.relatedRequestId)
    const open = this.#open.get(id)
    if (!open) {
      if (!isAnswer && Number.isNaN(id)) throw new Error(`${message.method} belongs to no request`)
      return // the caller has left, or has been answered
    }
    const { reply } = open
    if (!isAnswer) return reply.notify(message)
    this.#open.delete(id)
    reply.unanswered.delete(id)
    // Handlers run later: this is what the SDK itself has found wrong with the request.
    if (message.error && this.#isDispatching) reply.status = 400
    reply.answerWith({ ...message, id: open.id })
    this.#finish(reply)
  }

  /** Tells everybody who still waits that the server ends, and ends their streams. */
  async close() {
    clearInterval(this.#timer)
    this.#isClosed = true
    for (const [internalId, { reply, id }] of this.#open) {
      this.#abort(internalId, shuttingDownError.message)
      reply.status = 503
      reply.answerWith({ jsonrpc: '2.0', id, error: shuttingDownError })
      this.#finish(reply)
    }
    this.onclose?.()
  }

  /**
   * A client's cancellation: without sessions its request is known by the caller and the id, if there is just one. All
   * that is open is looked through; that costs less than an index that every request would have to keep.
   */
  #cancel({ params }: Message, callerKey: string) {
    const matches = [...this.#open].filter(
      ([, { reply, id }]) => reply.post.callerKey === callerKey && id === params?.requestId
    )
    const [match, second] = matches
    if (!match || second) return
    const [id, { reply }] = match
    this.#abort(id, 'The caller has cancelled the request')
    this.#finish(reply)
  }

  /** Aborts a request in the server, which then sends nothing for it. */
  #abort(id: number, reason: string) {
    const open = this.#open.get(id)
    if (!open) return
    this.#open.delete(id)
    open.reply.unanswered.delete(id)
    const params = { requestId: id, reason }
    const cancellation: Message = { jsonrpc: '2.0', method: 'notifications/cancelled', params }
    this.onmessage?.(cancellation as never, open.reply.post)
  }

  #finish(reply: PostReply<AuthInfo>) {
    if (reply.unanswered.size === 0) reply.end()
  }
}
