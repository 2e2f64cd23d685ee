import type { FaultTarget, InjectedFault } from './faults.ts'

/** What a request depends on, and so which faults affect it. */
export type Needs = 'news' | 'keys'

/** A request that was answered or failed. */
export interface CompletedRequest {
  scenario: string
  /** The summaries that are acceptable at any time. */
  expected: RegExp
  needs: readonly Needs[]
  replica: string
  /** A status with an error code, or the failure of the connection. */
  summary: string
  from: number
  to: number
  /** When its last part started, if it had several. */
  lastFrom: number
}

interface Effect {
  /** How long a fault has effects after its end, in milliseconds. */
  settleMs: number
  /** The additional summaries that are acceptable. */
  summary: RegExp
  reaches(answered: CompletedRequest, fault: InjectedFault): boolean
}

const isAbout = (what: Needs) => (answered: CompletedRequest) => answered.needs.includes(what)
/** The time within which a request arrives. */
const maxTransitMs = 1000

const effects: Record<FaultTarget, Effect> = {
  'Alpha Vantage': {
    // The circuit's last pause is the longest, and closes only with the next request.
    settleMs: 10_000,
    summary: /^200 NEWS_UPSTREAM_(FAULT|TIMEOUT)$/,
    reaches: isAbout('news')
  },
  Scalekit: {
    settleMs: 5000,
    summary: /^503 (temporarily_unavailable|not ready|without a reason)$/,
    reaches: isAbout('keys')
  },
  Redis: { settleMs: 5000, summary: /^200 NEWS_BUDGET_AWAY$/, reaches: isAbout('news') },
  replica: {
    settleMs: 1000,
    // A request that was open at shutdown gets its answer, or a 503.
    summary: /^(gone .+|503 .+|closed)$/,
    reaches: ({ replica, lastFrom, needs }, fault) =>
      replica === 'restarted' && (lastFrom >= fault.from - maxTransitMs || needs.length === 0)
  },
  plan: { settleMs: Number.POSITIVE_INFINITY, summary: /^200 NEWS_QUOTA_SPENT$/, reaches: isAbout('news') }
}

const settleMs = Object.fromEntries(
  Object.entries(effects).map(([target, effect]) => [target, effect.settleMs])
) as Record<FaultTarget, number>

/** Whether the outcome is acceptable, given the faults of that time. */
export function isExpected(
  answered: CompletedRequest,
  schedule: { during(from: number, to: number, settle: Record<FaultTarget, number>): InjectedFault[] }
): boolean {
  if (answered.expected.test(answered.summary)) return true
  return schedule.during(answered.from, answered.to, settleMs).some((fault) => {
    const { summary, reaches } = effects[fault.target]
    return summary.test(answered.summary) && reaches(answered, fault)
  })
}
