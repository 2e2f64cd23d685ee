import { PassThrough } from 'node:stream'
import { toAsciiJson } from '../../lib/json.ts'
import type { Message, Post, PostResponse } from './messages.ts'

/** Collects or streams the messages that go back for one POST. */
export class PostReply<AuthInfo> {
  readonly post: Post<AuthInfo>
  /** The requests without a response yet, by their ids in the server. */
  readonly unanswered = new Set<number>()
  readonly response: Promise<PostResponse | undefined>
  status = 200
  readonly #settle: (response: PostResponse | undefined) => void
  readonly #responses: Message[] = []
  #stream: PassThrough | undefined
  #drained: Promise<void> | undefined
  #isSlow = false

  constructor(post: Post<AuthInfo>) {
    this.post = post
    const { promise, resolve } = Promise.withResolvers<PostResponse | undefined>()
    this.response = promise
    this.#settle = resolve
  }

  /** Sends the response to one request. */
  respond(message: Message) {
    if (this.#stream || !this.post.acceptsJson) this.#openStream().write(formatEvent(message))
    else this.#responses.push(message)
  }

  /** Sends a notification. Waits while the client reads slowly; notifications sent in the meantime are dropped. */
  async notify(message: Message) {
    if (!this.post.acceptsStream) return
    const stream = this.#openStream()
    const isFlowing = !stream.writableNeedDrain && stream.write(formatEvent(message))
    if (isFlowing || stream.destroyed) return
    this.#drained ??= waitForDrain(stream).finally(() => {
      this.#drained = undefined
    })
    await this.#drained
  }

  /** Called at intervals. A response that takes longer than one becomes a stream, if the client accepts streams. */
  keepAlive() {
    if (this.#stream || (this.#isSlow && this.post.acceptsStream)) {
      const stream = this.#openStream()
      if (!stream.writableNeedDrain) stream.write(': keep-alive\n\n')
    }
    this.#isSlow = true
  }

  /** Called when no request is left without a response. */
  end() {
    const { status } = this
    if (this.#stream) this.#stream.end()
    // The POST had only notifications, or its client has cancelled its requests.
    else if (this.#responses.length === 0) this.#settle({ status: 202, body: undefined })
    else {
      const content = Array.isArray(this.post.body) ? this.#responses : this.#responses[0]
      this.#settle({ status, body: toAsciiJson(content) })
    }
  }

  /** Called when the client has disconnected. */
  disconnect() {
    this.#stream?.destroy()
    this.#settle(undefined)
  }

  #openStream(): PassThrough {
    if (this.#stream) return this.#stream
    this.#stream = new PassThrough()
    for (const message of this.#responses) this.#stream.write(formatEvent(message))
    this.#settle({ status: 200, body: this.#stream })
    return this.#stream
  }
}

function formatEvent(message: Message): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`
}

/** Resolves when `stream` accepts more, or is closed. */
function waitForDrain(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.once('drain', done).once('close', done)
  })
}
