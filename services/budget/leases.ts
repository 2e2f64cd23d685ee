import {
  addCalls,
  advanceTo,
  callsIn,
  callsLeft,
  type Ledger,
  leaseMs,
  leaseOf,
  minuteWithMarginMs,
  recentCalls,
  setLease
} from './ledger.ts'
import type { Plan } from './plan.ts'

/** A leased call that was made while the ledger was out of reach. */
export interface UsedCall {
  subject: string
  at: number
}

/** Of each limit, so much can be leased at most. */
const leasable = 1 / 4

/**
 * Sets calls aside for `replica`, up to `calls`, as long as it asks again within the hour; `used` are those that it
 * has made of what it had.
 */
export function leaseCalls(
  before: Ledger,
  plan: Plan,
  { replica, calls, used, at }: { replica: string; calls: number; used: readonly UsedCall[]; at: number }
): Ledger {
  const now = advanceTo(before, plan, at)
  const ofToday = used.filter((call) => call.at >= now.day)
  const usedTurns = used.map((call): [number, string] => [Math.ceil(call.at), call.subject])
  const held = Math.max(0, leaseOf(now, replica) - ofToday.length)
  const ledger = {
    ...now,
    made: addCalls(now.made, replica, Math.max(0, ofToday.length - leaseOf(now, replica))),
    subjects: ofToday.reduce((all, { subject }) => addCalls(all, subject, 1), now.subjects),
    turns: recentCalls(
      [...now.turns, ...usedTurns].toSorted(([a], [b]) => a - b),
      at
    ),
    leases: setLease(now, replica, held, at + leaseMs)
  }
  const more = Math.max(0, Math.min(calls, roomFor(ledger, plan, { replica, at })) - held)
  return {
    ...ledger,
    made: addCalls(ledger.made, replica, more),
    leases: setLease(ledger, replica, held + more)
  }
}

/** Gives back what `replica` has leased and not used. */
export function endLease(ledger: Ledger, replica: string): Ledger {
  const held = leaseOf(ledger, replica)
  const leases = ledger.leases.filter(([one]) => one !== replica)
  return { ...ledger, made: addCalls(ledger.made, replica, -held), leases }
}

/** How many calls `replica` can have set aside, of a quarter of each limit for all, and of what is left of each. */
function roomFor(ledger: Ledger, plan: Plan, { replica, at }: { replica: string; at: number }): number {
  const { callsPerDay, callsPerMinute } = plan
  if ((callsPerDay === 0 && callsPerMinute === 0) || ledger.refused?.code === 'NEWS_QUOTA_SPENT') return 0
  const own = leaseOf(ledger, replica)
  const others = callsIn(ledger.leases) - own
  const lastMinute = ledger.turns.filter(([turn]) => turn > at - minuteWithMarginMs).length
  return Math.min(
    callsPerDay === 0
      ? Number.POSITIVE_INFINITY
      : Math.floor(callsPerDay * leasable) - others - ledger.lapsed,
    callsPerMinute === 0 ? Number.POSITIVE_INFINITY : Math.floor(callsPerMinute * leasable) - others,
    callsPerMinute === 0 ? Number.POSITIVE_INFINITY : callsPerMinute - others - lastMinute,
    callsLeft(ledger, plan) + own
  )
}
