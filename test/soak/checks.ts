import type { FaultTarget, InjectedFault } from './faults.ts'

/** A dependency of a request. Faults of that dependency affect the request. */
export type Needs = 'news' | 'keys'

/** A request that was answered or failed. */
export interface CompletedRequest {
  scenario: string
  /** The summaries that are acceptable at any time. */
  expected: RegExp
  needs: readonly Needs[]
  replica: string
  /** The status with an error code, or the connection failure. */
  summary: string
  from: number
  to: number
  /** When its last part started. Equals `from` for a request with one part. */
  lastFrom: number
}

interface Effect {
  /** How long the effects of a fault last after its end, in milliseconds. */
  settleMs: number
  /** The additional summaries that are acceptable. */
  summary: RegExp
  affects(request: CompletedRequest, fault: InjectedFault): boolean
}

const dependsOn = (need: Needs) => (request: CompletedRequest) => request.needs.includes(need)
/** The maximum time until a sent request arrives. */
const maxTransitMs = 1000

const effects: Record<FaultTarget, Effect> = {
  'Alpha Vantage': {
    // The last pause of the circuit is the longest, and the circuit closes only with the next request.
    settleMs: 10_000,
    summary: /^200 NEWS_UPSTREAM_(FAULT|TIMEOUT)$/,
    affects: dependsOn('news')
  },
  Scalekit: {
    settleMs: 5000,
    summary: /^503 (temporarily_unavailable|not ready|without a reason)$/,
    affects: dependsOn('keys')
  },
  Redis: { settleMs: 5000, summary: /^200 NEWS_BUDGET_AWAY$/, affects: dependsOn('news') },
  replica: {
    settleMs: 1000,
    // A request that was open at shutdown gets its answer, or a 503.
    summary: /^(gone .+|503 .+|closed)$/,
    affects: ({ replica, lastFrom, needs }, fault) =>
      replica === 'restarted' && (lastFrom >= fault.from - maxTransitMs || needs.length === 0)
  },
  plan: { settleMs: Number.POSITIVE_INFINITY, summary: /^200 NEWS_QUOTA_SPENT$/, affects: dependsOn('news') }
}

const settleMs = Object.fromEntries(
  Object.entries(effects).map(([target, effect]) => [target, effect.settleMs])
) as Record<FaultTarget, number>

/** Whether the outcome is acceptable, given the faults at that time. */
export function isExpected(
  request: CompletedRequest,
  schedule: { during(from: number, to: number, settle: Record<FaultTarget, number>): InjectedFault[] }
): boolean {
  if (request.expected.test(request.summary)) return true
  return schedule.during(request.from, request.to, settleMs).some((fault) => {
    const { summary, affects } = effects[fault.target]
    return summary.test(request.summary) && affects(request, fault)
  })
}
