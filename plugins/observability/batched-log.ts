import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** A write costs more than a line. In characters. */
const batchLength = 4096
const maxDelayMs = 50
/** More lines are dropped while nothing reads the output, so that the log cannot fill the memory. In characters. */
const maxPendingLength = 10_000_000
const maxDrainMs = 1000

/**
 * Writes log lines to `output`, several at once, at the latest 50 ms after each. The log must not stop the server: errors
 * of the output, such as a broken pipe or a full disk, lose lines only. Pino's own stream waits for the output in the main
 * thread, and waits forever if it fails during the exit.
 */
export class BatchedLog {
  readonly #output: Writable
  #lines = ''

  constructor(output: Writable) {
    this.#output = output
    output.on('error', () => {})
    setInterval(() => this.flushSync(), maxDelayMs).unref()
  }

  write(line: string) {
    this.#lines += line
    if (this.#lines.length >= batchLength) this.flushSync()
  }

  /** Hands the lines to the output without waiting for it. Pino calls it after a line of level `fatal`. */
  flushSync() {
    if (this.#lines === '') return
    if (this.#output.writableLength < maxPendingLength) this.#output.write(this.#lines)
    this.#lines = ''
  }

  /** Waits until the output has all lines: 1 s at most. */
  async drain() {
    this.flushSync()
    const written = new Promise((resolve) => this.#output.write('', resolve))
    await Promise.race([written, sleep(maxDrainMs, undefined, { ref: false })])
  }
}
