import type { Ledger } from './ledger.ts'
import type { Plan } from './plan.ts'

/** What is known of the budget. Times are milliseconds since 1970; `null` stands for no limit. */
export interface BudgetReport {
  plan: Plan
  spent: number
  left: number | null
  resetsAt: number
  /** Calls that wait for their turn, and when one that is asked for now would be made at the earliest. */
  waiting: number
  nextCallAt: number
  /** Calls of the last minute. */
  lastMinute: number
  /** What the subject has had today, and may still have as things stand. */
  callerSpent: number
  callerAllowance: number | null
  /** Calls that replicas have set aside. */
  leased: number
  /** Until when Alpha Vantage takes no calls, as it said. */
  refused: Ledger['refused']
  /** Whether the count is where it is kept; if not, this is what this process knows. */
  isPersisted: boolean
}
