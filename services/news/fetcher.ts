import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  IterableBackoff,
  retry
} from 'cockatiel'
import type { Feed } from '../alpha-vantage/article.ts'
import type { AlphaVantage, UpstreamWindow } from '../alpha-vantage/client.ts'
import type { Subject } from '../alpha-vantage/subject.ts'
import type { Budget } from '../budget/budget.ts'
import type { Logger } from '../lib/logger.ts'
import { isUpstreamLimit, NewsError, type NewsErrorCode } from '../lib/news-error.ts'
import { toIsoSeconds } from '../lib/time.ts'

/** On whose behalf Alpha Vantage is called, and what it has cost. */
export interface Requester {
  subject: string
  cost: { upstreamCalls: number }
}

export type NewsFetcher = ReturnType<typeof createNewsFetcher>

/** After so many faults in a row Alpha Vantage is left alone, each time for longer. */
const maxConsecutiveFaults = 3
const pauses = [1, 2, 4, 10, 30]
const faultCodes = new Set<NewsErrorCode>(['NEWS_UPSTREAM_FAULT', 'NEWS_UPSTREAM_TIMEOUT'])
const operatorErrorCodes = new Set<NewsErrorCode>(['NEWS_KEY_REFUSED', 'NEWS_DEMO_KEY', 'NEWS_CALL_REFUSED'])
const maxBackoffMs = 1000

/** Calls Alpha Vantage within the budget, again where that may help, and not at all while it is out of order. */
export function createNewsFetcher(options: {
  alphaVantage: AlphaVantage
  budget: Budget
  /** How often a call is tried again. */
  retries: number
  /** How long after the question a call may begin. */
  deadlineMs: number
  /** How long Alpha Vantage is left alone after several faults in a row; up to 30 times that if they go on. */
  pauseMs: number
  /** Told how each call went: `ok`, or the code of the error. */
  onCall?: (outcome: string) => void
  log: Logger
}) {
  const { alphaVantage, budget, retries, deadlineMs, pauseMs, onCall = () => {}, log } = options
  const pausesMs = pauses.map((times) => times * pauseMs)
  const circuit = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(maxConsecutiveFaults),
    halfOpenAfter: new IterableBackoff(pausesMs)
  })
  let breaks = 0
  /** Until when it is left alone: milliseconds since 1970. */
  let openUntil = 0
  let fault: unknown
  circuit.onBreak((reason) => {
    fault = 'error' in reason ? reason.error : undefined
    openUntil = Date.now() + (pausesMs[Math.min(breaks, pausesMs.length - 1)] ?? pauseMs)
    breaks += 1
    log.warn({ err: fault, until: toIsoSeconds(openUntil) }, 'Alpha Vantage circuit opened')
  })
  circuit.onReset(() => {
    breaks = 0
    log.info({}, 'Alpha Vantage circuit closed')
  })
  /** While one call tries whether it is in order again, nobody waits for that: all would call at once then. */
  const isOpen = () =>
    circuit.state === CircuitState.HalfOpen || (circuit.state === CircuitState.Open && openUntil > Date.now())

  /** What is told while it is left alone: what the operator has to mend is told as such. */
  function circuitOpenError(): NewsError {
    if (fault instanceof NewsError && operatorErrorCodes.has(fault.code))
      return fault.with({ retryAt: openUntil })
    return new NewsError('NEWS_UPSTREAM_FAULT', { retryAt: openUntil, cause: fault })
  }

  /** A call whose fault opens the circuit; an answer that is a denial does not, and shows that all is well. */
  async function callOnce(
    subject: Subject,
    window: UpstreamWindow
  ): Promise<{ feed: Feed } | { error: unknown }> {
    try {
      const feed = await alphaVantage.newsSentiment(subject, window)
      onCall('ok')
      return { feed }
    } catch (error) {
      const code = error instanceof NewsError ? error.code : undefined
      onCall(code ?? 'unknown')
      if (code && (faultCodes.has(code) || operatorErrorCodes.has(code))) throw error
      return { error }
    }
  }

  async function call(
    subject: Subject,
    window: UpstreamWindow,
    { requester, remainingMs }: { requester: Requester; remainingMs: () => number }
  ): Promise<Feed> {
    if (isOpen()) throw circuitOpenError()
    const turn = await budget.reserve(requester.subject, remainingMs)
    if (isOpen()) {
      await turn.cancel()
      throw circuitOpenError()
    }
    try {
      const answer = await circuit.execute(() => {
        requester.cost.upstreamCalls += 1
        return callOnce(subject, window)
      })
      if ('feed' in answer) return answer.feed
      throw answer.error
    } catch (error) {
      /* c8 ignore next 4 -- between the look above and this call lies less than a millisecond */
      if (error instanceof BrokenCircuitError) {
        await turn.cancel()
        throw circuitOpenError()
      }
      if (!(error instanceof NewsError)) throw error
      if (isUpstreamLimit(error.code)) {
        throw (await budget.recordUpstreamLimit(error.code)).with({ cause: error.cause })
      }
      if (error.wasSent === false) {
        requester.cost.upstreamCalls -= 1
        await turn.cancel()
      }
      throw error
    }
  }

  return {
    /**
     * The newest articles of `window` on the subject; there may be none.
     * @throws the errors of the Alpha Vantage client and of the budget.
     */
    newsSentiment(subject: Subject, window: UpstreamWindow, requester: Requester): Promise<Feed> {
      const deadline = performance.now() + deadlineMs
      const remainingMs = () => Math.max(0, deadline - performance.now())
      const isRetryable = (error: unknown) =>
        error instanceof NewsError && error.isRetryable === true && remainingMs() > maxBackoffMs
      return retry(handleWhen(isRetryable), {
        maxAttempts: retries,
        backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: maxBackoffMs })
      }).execute(() => call(subject, window, { requester, remainingMs }))
    },
    /** Why there is certainly no call for anybody, as far as this process knows. */
    denial: () => (isOpen() ? circuitOpenError() : budget.denial()),
    /** Until when Alpha Vantage is left alone, because it was out of order: milliseconds since 1970. */
    openUntil: () => (isOpen() ? openUntil : undefined),
    close: () => alphaVantage.close()
  }
}
