import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** In characters. Several lines are written together, because a write costs more than a line. */
const batchLength = 4096
const maxDelayMs = 50
/** In characters. While nothing reads the output, further lines are dropped, so that the log cannot fill the memory. */
const maxPendingLength = 10_000_000
const maxDrainMs = 1000

/**
 * Writes log lines to `output`, several at once, each within 50 ms. The log must not stop the server: an error of the output,
 * such as a broken pipe or a full disk, only loses lines. Pino's own stream blocks the main thread until the output accepts
 * a line, and blocks forever if the output fails during the exit.
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

  /** Waits until the output has accepted all lines, for at most 1 s. */
  async drain() {
    this.flushSync()
    const written = new Promise((resolve) => this.#output.write('', resolve))
    await Promise.race([written, sleep(maxDrainMs, undefined, { ref: false })])
  }
}
