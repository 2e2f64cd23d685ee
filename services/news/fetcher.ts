import { ExponentialBackoff, handleWhen, retry } from 'cockatiel'
import type { Feed } from '../alpha-vantage/article.ts'
import type { AlphaVantage, UpstreamWindow } from '../alpha-vantage/client.ts'
import type { Subject } from '../alpha-vantage/subject.ts'
import type { Budget } from '../budget/budget.ts'
import type { Logger } from '../lib/logger.ts'
import { isUpstreamLimit, NewsError } from '../lib/news-error.ts'
import { Circuit } from './circuit.ts'

/** For whom Alpha Vantage is called, and how many calls that has cost. */
export interface Requester {
  subject: string
  cost: { upstreamCalls: number }
}

const initialBackoffMs = 200
const maxBackoffMs = 1000

/** Calls Alpha Vantage within the budget. Retries calls that may succeed in a moment; makes none while it is failing. */
export class NewsFetcher {
  readonly #alphaVantage: AlphaVantage
  readonly #budget: Budget
  readonly #retries: number
  readonly #deadlineMs: number
  readonly #onCall: (outcome: string) => void
  readonly #circuit: Circuit

  constructor(options: {
    alphaVantage: AlphaVantage
    budget: Budget
    /** How many times a failed call is repeated. */
    retries: number
    /** How long after the request a call may start. */
    deadlineMs: number
    /** How long the circuit stays open after several faults in a row; up to 30 times that if they go on. */
    pauseMs: number
    /** Receives the outcome of each call: `ok`, the code of the error, or `unknown`. */
    onCall?: (outcome: string) => void
    log: Logger
  }) {
    this.#alphaVantage = options.alphaVantage
    this.#budget = options.budget
    this.#retries = options.retries
    this.#deadlineMs = options.deadlineMs
    this.#onCall = options.onCall ?? (() => {})
    this.#circuit = new Circuit({ pauseMs: options.pauseMs, log: options.log })
  }

  /**
   * Fetches the newest articles of `window` on the subject; there may be none.
   * @throws {NewsError} of the Alpha Vantage client, of the budget, or of the circuit.
   */
  newsSentiment(subject: Subject, window: UpstreamWindow, requester: Requester): Promise<Feed> {
    const deadline = performance.now() + this.#deadlineMs
    const remainingMs = () => Math.max(0, deadline - performance.now())
    const canRetry = (error: unknown) =>
      error instanceof NewsError && error.isRetryable === true && remainingMs() > maxBackoffMs
    const policy = retry(handleWhen(canRetry), {
      maxAttempts: this.#retries,
      backoff: new ExponentialBackoff({ initialDelay: initialBackoffMs, maxDelay: maxBackoffMs })
    })
    return policy.execute(() => this.#fetchOnce({ subject, window, requester, remainingMs }))
  }

  /** The error for every requester if, as far as this process knows, there is certainly no call. */
  denial(): NewsError | undefined {
    return this.#circuit.isOpen ? this.#circuit.error() : this.#budget.denial()
  }

  /** Until when no call is made because Alpha Vantage is failing: milliseconds since 1970. */
  openUntil(): number | undefined {
    return this.#circuit.openUntil
  }

  /** Aborts open calls. */
  close(): Promise<void> {
    return this.#alphaVantage.close()
  }

  async #fetchOnce({
    subject,
    window,
    requester,
    remainingMs
  }: {
    subject: Subject
    window: UpstreamWindow
    requester: Requester
    remainingMs: () => number
  }): Promise<Feed> {
    if (this.#circuit.isOpen) throw this.#circuit.error()
    const reservation = await this.#budget.reserve(requester.subject, remainingMs)
    requester.cost.upstreamCalls += 1
    try {
      return await this.#circuit.run(() => this.#call(subject, window))
    } catch (error) {
      if (!(error instanceof NewsError)) throw error
      if (isUpstreamLimit(error.code)) {
        throw (await this.#budget.recordUpstreamLimit(error.code)).with({ cause: error.cause })
      }
      if (error.wasSent === false) {
        requester.cost.upstreamCalls -= 1
        await reservation.cancel()
      }
      throw error
    }
  }

  async #call(subject: Subject, window: UpstreamWindow): Promise<Feed> {
    try {
      const feed = await this.#alphaVantage.newsSentiment(subject, window)
      this.#onCall('ok')
      return feed
    } catch (error) {
      this.#onCall(error instanceof NewsError ? error.code : 'unknown')
      throw error
    }
  }
}
