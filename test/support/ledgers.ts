import { type Ledger, newLedger } from '../../services/budget/ledger.ts'
import type { Plan } from '../../services/budget/plan.ts'
import { type BudgetDenial, reserveCall } from '../../services/budget/reservations.ts'
import { minuteMs } from '../../services/lib/time.ts'

/** The time of {@link reserveAll}'s ledger: milliseconds since 1970. */
export const noon = Date.parse('2026-11-23T12:00:00Z')
/** The end of that day. */
export const midnight = Date.parse('2026-11-24T00:00:00Z')
export { minuteMs }

/** Reserves calls one after the other. Returns the ledger, and the time or the denial's code for each. */
export function reserveAll(
  plan: Plan,
  calls: [subject: string, at: number][],
  { maxWaitMs = 0, from = newLedger(plan, noon) }: { maxWaitMs?: number; from?: Ledger } = {}
): { ledger: Ledger; outcomes: (number | BudgetDenial['code'])[] } {
  let ledger = from
  const outcomes = calls.map(([subject, at]) => {
    const reserved = reserveCall(ledger, plan, { subject, at, maxWaitMs })
    ledger = reserved.ledger
    return 'callAt' in reserved ? reserved.callAt : reserved.denial.code
  })
  return { ledger, outcomes }
}

/** `count` calls for {@link reserveAll}. */
export const repeat = (count: number, toCall: (index: number) => [subject: string, at: number]) =>
  Array.from({ length: count }, (_, index) => toCall(index))
