import type { IncomingHttpHeaders } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'

type RequestId = string | number

/** A JSON-RPC message, with as much of it as a transport reads. */
export interface Message {
  jsonrpc: '2.0'
  id?: RequestId | undefined
  method?: string | undefined
  params?: { [key: string]: unknown } | undefined
  result?: unknown
  error?: { code: number; message: string } | undefined
}
type Request = Message & { id: RequestId; method: string }

/** One POST to the endpoint, and what is known of whoever sent it. */
export interface Post<AuthInfo> {
  body: unknown
  headers: IncomingHttpHeaders
  /** The caller, in the SDKs' form; it goes with each request, for the server is everybody's. */
  authInfo: AuthInfo
  /** Tells callers apart: a cancellation reaches only what came from the same. */
  owner: string
  acceptsJson: boolean
  acceptsStream: boolean
}

/** What goes back: JSON, a stream of events, or nothing. */
export interface Answer {
  status: number
  body: string | Readable | undefined
}

/** The way of one POST through a server. */
export interface Exchange {
  /** Settles once, as soon as it is known how the answer goes back; `undefined` when the caller has left. */
  answer: Promise<Answer | undefined>
  /** The caller has left: handlers' signals abort, and nothing is sent any more. */
  abandon(): void
}

/** An exchange that ends before any server has seen it. The answer names the request, if there is one to name. */
export function refuse(status: number, error: { code: number; message: string }, body: unknown): Exchange {
  const { method, id } = Object(body) as { method?: unknown; id?: unknown }
  const isNamed = typeof method === 'string' && (typeof id === 'string' || Number.isInteger(id))
  const answer = { jsonrpc: '2.0', id: isNamed ? id : null, error }
  return { answer: Promise.resolve({ status, body: JSON.stringify(answer) }), abandon() {} }
}

/** What those are told whose requests the end of the server has overtaken, with status 503. */
export const serverEnds = { code: -32000, message: 'The server is shutting down. Send the request again.' }

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
export class ExchangeTransport<AuthInfo> {
  // Set by the server that connects; `never`, for the message types of the two SDKs differ.
  onmessage?: (message: never, post: { authInfo: AuthInfo }) => void
  onclose?: () => void
  onerror?: (error: Error) => void

  readonly #options: Options
  /** The requests that have no answer yet, by the ids that the server knows them by. */
  readonly #open = new Map<number, { reply: Reply<AuthInfo>; id: RequestId }>()
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
    if (this.#isClosed) return refuse(503, serverEnds, post.body)
    const reply = new Reply(post)
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
      if (message.method === 'notifications/cancelled') this.#cancel(message, post.owner)
    }
    this.#finish(reply)
    return {
      answer: reply.answer,
      abandon: () => {
        for (const id of reply.unanswered) this.#abort(id, 'The caller has left')
        reply.leave()
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
      this.#abort(internalId, serverEnds.message)
      reply.status = 503
      reply.answerWith({ jsonrpc: '2.0', id, error: serverEnds })
      this.#finish(reply)
    }
    this.onclose?.()
  }

  /**
   * A client's cancellation: without sessions its request is known by the caller and the id, if there is just one. All
   * that is open is looked through; that costs less than an index that every request would have to keep.
   */
  #cancel({ params }: Message, owner: string) {
    const matches = [...this.#open].filter(
      ([, { reply, id }]) => reply.post.owner === owner && id === params?.requestId
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

  #finish(reply: Reply<AuthInfo>) {
    if (reply.unanswered.size === 0) reply.end()
  }
}

/** What one POST has been answered so far. */
class Reply<AuthInfo> {
  readonly post: Post<AuthInfo>
  /** The requests that have no answer yet, by the transport's ids. */
  readonly unanswered = new Set<number>()
  readonly answer: Promise<Answer | undefined>
  status = 200
  #settle: (answer: Answer | undefined) => void
  #answers: Message[] = []
  #stream: PassThrough | undefined
  #drained: Promise<void> | undefined
  #hasWaited = false

  constructor(post: Post<AuthInfo>) {
    this.post = post
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
    this.answer = promise
    this.#settle = resolve
  }

  answerWith(message: Message) {
    if (this.#stream || !this.post.acceptsJson) this.#openStream().write(asEvent(message))
    else this.#answers.push(message)
  }

  /** Sends a note that comes before the answer; waits while the caller does not keep up, who then misses some. */
  async notify(message: Message) {
    if (!this.post.acceptsStream) return
    const stream = this.#openStream()
    const isTaken = !stream.writableNeedDrain && stream.write(asEvent(message))
    if (isTaken || stream.destroyed) return
    this.#drained ??= drained(stream).finally(() => {
      this.#drained = undefined
    })
    await this.#drained
  }

  /** Called at intervals: an answer that takes longer than one becomes a stream, if the caller takes streams. */
  keepAlive() {
    if (this.#stream || (this.#hasWaited && this.post.acceptsStream)) {
      const stream = this.#openStream()
      if (!stream.writableNeedDrain) stream.write(': keep-alive\n\n')
    }
    this.#hasWaited = true
  }

  end() {
    const { status } = this
    if (this.#stream) this.#stream.end()
    // Notifications are accepted, and a request that its own caller has cancelled gets no answer.
    else if (this.#answers.length === 0) this.#settle({ status: 202, body: undefined })
    else
      this.#settle({
        status,
        body: JSON.stringify(Array.isArray(this.post.body) ? this.#answers : this.#answers[0])
      })
  }

  leave() {
    this.#stream?.destroy()
    this.#settle(undefined)
  }

  #openStream(): PassThrough {
    if (this.#stream) return this.#stream
    this.#stream = new PassThrough()
    for (const message of this.#answers) this.#stream.write(asEvent(message))
    this.#settle({ status: 200, body: this.#stream })
    return this.#stream
  }
}

function isRequest(message: Message): message is Request {
  return message.method !== undefined && message.id !== undefined
}

function asEvent(message: Message): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`
}

/** Resolves when `stream` takes more, or never will. */
function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.once('drain', done).once('close', done)
  })
}
