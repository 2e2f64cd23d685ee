import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  IterableBackoff
} from 'cockatiel'
import { describeError, type Logger } from '../lib/logger.ts'
import { NewsError, type NewsErrorCode } from '../lib/news-error.ts'
import { toIsoSeconds } from '../lib/time.ts'

const maxConsecutiveFaults = 3
/** How long the circuit stays open, in multiples of the configured pause, each time that it opens in a row. */
const pauseFactors = [1, 2, 4, 10, 30]
/** Callers see these errors also while the circuit is open: the operator has to act. */
const operatorErrorCodes: readonly NewsErrorCode[] = [
  'NEWS_KEY_REFUSED',
  'NEWS_DEMO_KEY',
  'NEWS_CALL_REFUSED'
]
const faultCodes: readonly NewsErrorCode[] = [
  'NEWS_UPSTREAM_FAULT',
  'NEWS_UPSTREAM_TIMEOUT',
  ...operatorErrorCodes
]

/** Stops calls to Alpha Vantage after several faults in a row. Then one call probes whether it has recovered. */
export class Circuit {
  readonly #log: Logger
  readonly #pausesMs: number[]
  readonly #policy
  #timesOpened = 0
  #openUntil = 0
  #fault: unknown

  /** `pauseMs` is how long the circuit stays open at first; up to 30 times that if the faults go on. */
  constructor({ pauseMs, log }: { pauseMs: number; log: Logger }) {
    this.#log = log
    this.#pausesMs = pauseFactors.map((factor) => factor * pauseMs)
    this.#policy = circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(maxConsecutiveFaults),
      halfOpenAfter: new IterableBackoff(this.#pausesMs)
    })
    this.#policy.onBreak((reason) => this.#recordOpening('error' in reason ? reason.error : undefined))
    this.#policy.onReset(() => this.#recordClosing())
  }

  /** Until when no call is made: milliseconds since 1970. `undefined` while calls are made. */
  get openUntil(): number | undefined {
    return this.isOpen ? this.#openUntil : undefined
  }

  get isOpen(): boolean {
    const { state } = this.#policy
    // While one call probes, the others fail at once: if they waited, all would call at the same time afterwards.
    return state === CircuitState.HalfOpen || (state === CircuitState.Open && this.#openUntil > Date.now())
  }

  /** The error for calls that are not made because the circuit is open. */
  error(): NewsError {
    const details = { retryAt: this.#openUntil, wasSent: false }
    const fault = this.#fault
    if (fault instanceof NewsError && operatorErrorCodes.includes(fault.code)) return fault.with(details)
    const isUnreachable = fault instanceof NewsError && fault.isUnreachable
    return new NewsError('NEWS_UPSTREAM_FAULT', { ...details, cause: fault, isUnreachable })
  }

  /** Makes `call` unless the circuit is open. @throws {NewsError} with `wasSent: false` if it is. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.isOpen) throw this.error()
    const outcome = await this.#policy
      .execute(() => settle(call))
      .catch((error) => {
        throw error instanceof BrokenCircuitError ? this.error() : error
      })
    if ('error' in outcome) throw outcome.error
    return outcome.result
  }

  #recordOpening(fault: unknown) {
    const pauseMs = this.#pausesMs[Math.min(this.#timesOpened, this.#pausesMs.length - 1)] ?? 0
    this.#fault = fault
    this.#openUntil = Date.now() + pauseMs
    this.#timesOpened += 1
    this.#log.warn(
      { err: describeError(fault), until: toIsoSeconds(this.#openUntil) },
      'Alpha Vantage circuit opened'
    )
  }

  #recordClosing() {
    this.#timesOpened = 0
    this.#log.info({}, 'Alpha Vantage circuit closed')
  }
}

/** Rejects with a fault, which counts against Alpha Vantage. Any other error is an answer of Alpha Vantage, and is returned. */
async function settle<T>(call: () => Promise<T>): Promise<{ result: T } | { error: unknown }> {
  try {
    return { result: await call() }
  } catch (error) {
    if (error instanceof NewsError && faultCodes.includes(error.code)) throw error
    return { error }
  }
}
