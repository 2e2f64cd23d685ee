import { minuteMs } from '../lib/time.ts'
import { callsLeft, callsSpent, callsSpentBy, dayEnd, type Ledger } from './ledger.ts'
import type { Plan } from './plan.ts'
import { callsAllowed, nextCallAt } from './reservations.ts'

/** The state of the budget. Times are milliseconds since 1970; `null` means no limit. */
export interface BudgetReport {
  plan: Plan
  /** Calls of the day. */
  spent: number
  left: number | null
  resetsAt: number
  /** The number of scheduled calls that have not been made yet. */
  waiting: number
  /** The earliest time of another call. */
  nextCallAt: number
  /** Calls of the last minute. */
  lastMinute: number
  /** The subject's calls of the day. */
  callerSpent: number
  /** How many more calls the budget would allow the subject now. */
  callerAllowance: number | null
  /** The limit that Alpha Vantage reported. */
  upstreamLimit: Ledger['upstreamLimit']
  /** Whether the count is stored. If not, the report uses the last ledger that this process knows. */
  isPersisted: boolean
}

/** Creates the part of the report that depends only on the ledger of the day. */
export function createReport(
  ledger: Ledger,
  plan: Plan,
  { subject, at }: { subject: string; at: number }
): Omit<BudgetReport, 'isPersisted'> {
  const { scheduledCalls, upstreamLimit } = ledger
  const left = callsLeft(ledger, plan)
  const isSpent = left === 0 || upstreamLimit?.code === 'NEWS_QUOTA_SPENT'
  const toLimit = (calls: number) => (calls === Number.POSITIVE_INFINITY ? null : calls)
  return {
    plan,
    spent: callsSpent(ledger),
    left: toLimit(left),
    resetsAt: dayEnd(ledger),
    waiting: scheduledCalls.filter(([time]) => time > at).length,
    nextCallAt: Math.max(
      nextCallAt(ledger, plan, at),
      upstreamLimit?.until ?? 0,
      left === 0 ? dayEnd(ledger) : 0
    ),
    lastMinute: scheduledCalls.filter(([time]) => time > at - minuteMs && time <= at).length,
    callerSpent: callsSpentBy(ledger, subject),
    callerAllowance: isSpent ? 0 : toLimit(callsAllowed(ledger, plan, { subject, at })),
    upstreamLimit
  }
}
