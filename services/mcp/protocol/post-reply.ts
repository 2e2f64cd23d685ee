import { PassThrough } from 'node:stream'
import type { Answer, Message, Post } from './messages.ts'

/** What one POST has been answered so far. */
export class PostReply<AuthInfo> {
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
    if (this.#stream || !this.post.acceptsJson) this.#openStream().write(formatEvent(message))
    else this.#answers.push(message)
  }

  /** Sends a note that comes before the answer; waits while the caller does not keep up, who then misses some. */
  async notify(message: Message) {
    if (!this.post.acceptsStream) return
    const stream = this.#openStream()
    const isTaken = !stream.writableNeedDrain && stream.write(formatEvent(message))
    if (isTaken || stream.destroyed) return
    this.#drained ??= waitForDrain(stream).finally(() => {
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

  disconnect() {
    this.#stream?.destroy()
    this.#settle(undefined)
  }

  #openStream(): PassThrough {
    if (this.#stream) return this.#stream
    this.#stream = new PassThrough()
    for (const message of this.#answers) this.#stream.write(formatEvent(message))
    this.#settle({ status: 200, body: this.#stream })
    return this.#stream
  }
}

function formatEvent(message: Message): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`
}

/** Resolves when `stream` takes more, or never will. */
function waitForDrain(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done)
      resolve()
    }
    stream.once('drain', done).once('close', done)
  })
}
