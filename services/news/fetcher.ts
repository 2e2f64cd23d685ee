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
import type { AlphaVantage, CallFault, UpstreamWindow } from '../alpha-vantage/client.ts'
import type { Subject } from '../alpha-vantage/subject.ts'
import type { Budget } from '../budget/budget.ts'
import type { Logger } from '../lib/logger.ts'
import { CircuitOpenError, failureOf, LimitReached, RetoldError } from '../lib/news-error.ts'
import { iso } from '../lib/time.ts'

/** On whose behalf Alpha Vantage is called, and what it has cost. */
export interface Asker {
  subject: string
  spent: { upstreamCalls: number }
}

export type Upstream = ReturnType<typeof createUpstream>

/** After so many faults in a row Alpha Vantage is left alone, each time for longer. */
const mostFaults = 3
const pauses = [1, 2, 4, 10, 30]
const faults = new Set(['NEWS_UPSTREAM_FAULT', 'NEWS_UPSTREAM_TIMEOUT'])
const forOperators = new Set(['NEWS_KEY_REFUSED', 'NEWS_DEMO_KEY', 'NEWS_CALL_REFUSED'])
const longestBackoffMs = 1000

/** Calls Alpha Vantage within the budget, again where that may help, and not at all while it is out of order. */
export function createUpstream(options: {
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
    breaker: new ConsecutiveBreaker(mostFaults),
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
    log.warn(
      { err: fault, until: iso(openUntil) },
      'Alpha Vantage is out of order, and left alone for a while'
    )
  })
  circuit.onReset(() => {
    breaks = 0
    log.info({}, 'Alpha Vantage is in order again')
  })
  /** While one call tries whether it is in order again, nobody waits for that: all would call at once then. */
  const isOpen = () =>
    circuit.state === CircuitState.HalfOpen || (circuit.state === CircuitState.Open && openUntil > Date.now())

  /** What is told while it is left alone: what the operator has to mend is told as such. */
  function circuitOpen(): Error {
    const failure = failureOf(fault)
    const error = forOperators.has(failure.code)
      ? new RetoldError(failure, { cause: (fault as Error).cause })
      : new CircuitOpenError(iso(openUntil), { cause: fault })
    return Object.assign(error, { retryAt: openUntil })
  }

  /** A call whose fault opens the circuit; an answer that is a refusal does not, and shows that all is well. */
  async function callOnce(
    subject: Subject,
    window: UpstreamWindow
  ): Promise<{ feed: Feed } | { error: CallFault }> {
    try {
      const feed = await alphaVantage.newsSentiment(subject, window)
      onCall('ok')
      return { feed }
    } catch (error) {
      const { code = 'unknown' } = error as CallFault
      onCall(code)
      if (faults.has(code) || forOperators.has(code)) throw error
      return { error: error as CallFault }
    }
  }

  async function call(
    subject: Subject,
    window: UpstreamWindow,
    { asker, timeLeft }: { asker: Asker; timeLeft: () => number }
  ): Promise<Feed> {
    if (isOpen()) throw circuitOpen()
    const turn = await budget.reserve(asker.subject, timeLeft)
    if (isOpen()) {
      await turn.giveBack()
      throw circuitOpen()
    }
    try {
      const answer = await circuit.execute(() => {
        asker.spent.upstreamCalls += 1
        return callOnce(subject, window)
      })
      if ('feed' in answer) return answer.feed
      throw answer.error
    } catch (error) {
      if (error instanceof LimitReached) {
        throw Object.assign(await budget.refused(error.code), { cause: error.cause })
      }
      /* c8 ignore next 4 -- between the look above and this call lies less than a millisecond */
      if (error instanceof BrokenCircuitError) {
        await turn.giveBack()
        throw circuitOpen()
      }
      if ((error as CallFault).wasSent === false) {
        asker.spent.upstreamCalls -= 1
        await turn.giveBack()
      }
      throw error
    }
  }

  return {
    /**
     * The newest articles of `window` on the subject; there may be none.
     * @throws the errors of the Alpha Vantage client and of the budget.
     */
    newsSentiment(subject: Subject, window: UpstreamWindow, asker: Asker): Promise<Feed> {
      const deadline = performance.now() + deadlineMs
      const timeLeft = () => Math.max(0, deadline - performance.now())
      const mayPass = (error: unknown) =>
        (error as CallFault).mayPass === true && timeLeft() > longestBackoffMs
      return retry(handleWhen(mayPass), {
        maxAttempts: retries,
        backoff: new ExponentialBackoff({ initialDelay: 200, maxDelay: longestBackoffMs })
      }).execute(() => call(subject, window, { asker, timeLeft }))
    },
    /** Why there is certainly no call for anybody, as far as this process knows. */
    refusal: () => (isOpen() ? circuitOpen() : budget.refusal()),
    /** Until when Alpha Vantage is left alone, because it was out of order: milliseconds since 1970. */
    openUntil: () => (isOpen() ? openUntil : undefined),
    close: () => alphaVantage.close()
  }
}
