import type { UpstreamLimitCode } from '../lib/news-error.ts'
import { dayMs, minuteMs } from '../lib/time.ts'
import type { Plan } from './plan.ts'

/** The number of calls for each name. Each name occurs once. */
export type Tally = [name: string, calls: number][]

/** The calls of one day. Immutable: each change returns a new ledger. Times are milliseconds since 1970. */
export interface Ledger {
  /** Grows by one with each stored change. */
  version: number
  /** When the day began. */
  dayStart: number
  /** Calls of the day. Only their sum matters: each replica of the previous release has an entry. */
  calls: Tally
  /** Calls of the day for each subject. */
  callsBySubject: Tally
  /** The times and subjects of recent and future calls, in order: all calls that a limit depends on. */
  scheduledCalls: [at: number, subject: string][]
  /** The two subjects with the latest requests, and when they made them. */
  requesters: [subject: string, at: number][]
  /** The limit that Alpha Vantage reported, and when it ends. */
  upstreamLimit: { code: UpstreamLimitCode; until: number } | null
  /** Calls that replicas of the previous release reserve for Redis outages. Only they use `leases` and `lapsed`. */
  leases: unknown[]
  lapsed: number
}

/** The maximum difference between two clocks. A call this close to the end of the day also counts for the next day. */
export const ledgerClockSkewMs = 30_000
/** No call waits longer. A call scheduled later comes from a wrong clock. */
const maxWaitAheadMs = 10 * minuteMs
/** A minute with a margin, because some requests reach Alpha Vantage faster than others. */
export const minuteWithMarginMs = 61_000
/** No plan allows more calls per minute. */
const maxScheduledCalls = 2000
/** The entry of {@link Ledger.calls} that this version adds to. */
const callsEntry = 'all'

/** An empty ledger for the day of `at`. */
export function newLedger(plan: Plan, at: number): Ledger {
  return {
    version: 0,
    dayStart: toDayStart(plan, at),
    calls: [],
    callsBySubject: [],
    scheduledCalls: [],
    requesters: [],
    upstreamLimit: null,
    leases: [],
    lapsed: 0
  }
}

/**
 * Advances the ledger to `at`: removes expired limits, and starts a new day with only the calls near its boundary. A
 * ledger from more than a day ahead comes from a wrong clock, so its count applies to today.
 */
export function advanceTo(ledger: Ledger, plan: Plan, at: number): Ledger {
  const dayStart = toDayStart(plan, at)
  const scheduledCalls = ledger.scheduledCalls.filter(([time]) => time <= at + maxWaitAheadMs)
  if (ledger.dayStart > dayStart + dayMs) {
    return { ...ledger, dayStart, scheduledCalls, requesters: [], upstreamLimit: null }
  }
  const isLimited = ledger.upstreamLimit !== null && ledger.upstreamLimit.until > at
  const upstreamLimit = isLimited ? ledger.upstreamLimit : null
  if (dayStart <= ledger.dayStart) {
    const isSame =
      upstreamLimit === ledger.upstreamLimit && scheduledCalls.length === ledger.scheduledCalls.length
    return isSame ? ledger : { ...ledger, scheduledCalls, upstreamLimit }
  }
  const { version, requesters } = ledger
  const callsNearBoundary = scheduledCalls.filter(([time]) => time >= dayStart - ledgerClockSkewMs).length
  const calls = addCalls([], callsEntry, callsNearBoundary)
  return { ...newLedger(plan, at), version, calls, scheduledCalls, requesters, upstreamLimit }
}

/** When the day of the ledger ends: milliseconds since 1970. */
export function dayEnd({ dayStart }: Ledger): number {
  return dayStart + dayMs
}

/** How many calls of the day are spent. */
export function callsSpent({ calls }: Ledger): number {
  return calls.reduce((sum, [, count]) => sum + count, 0)
}

/** How many calls of the day are left: `Infinity` without a limit for the day. */
export function callsLeft(ledger: Ledger, { callsPerDay }: Plan): number {
  return callsPerDay === 0 ? Number.POSITIVE_INFINITY : Math.max(0, callsPerDay - callsSpent(ledger))
}

/** How many calls of the day were made for `subject`. */
export function callsSpentBy({ callsBySubject }: Ledger, subject: string): number {
  return countFor(callsBySubject, subject)
}

/** Counts a call for `subject` that is made at `at`. */
export function addCall(ledger: Ledger, subject: string, at: number): Ledger {
  return {
    ...ledger,
    calls: addCalls(ledger.calls, callsEntry, 1),
    callsBySubject: addCalls(ledger.callsBySubject, subject, 1),
    scheduledCalls: [...ledger.scheduledCalls, [at, subject]]
  }
}

/** Removes a call for `subject` from the count. Its scheduled time stays taken. */
export function removeCall(ledger: Ledger, subject: string): Ledger {
  return {
    ...ledger,
    calls: addCalls(ledger.calls, callsEntry, -1),
    callsBySubject: addCalls(ledger.callsBySubject, subject, -1)
  }
}

/** Removes the scheduled calls that no limit depends on at `at`. Calls of the last minute and future calls stay. */
export function pruneScheduledCalls(ledger: Ledger, at: number): Ledger {
  const recent = ledger.scheduledCalls.filter(([time]) => time > at - minuteWithMarginMs)
  return { ...ledger, scheduledCalls: recent.slice(-maxScheduledCalls) }
}

function countFor(tally: Tally, name: string): number {
  return tally.find(([entry]) => entry === name)?.[1] ?? 0
}

function addCalls(tally: Tally, name: string, calls: number): Tally {
  if (calls === 0) return tally
  const sum = Math.max(0, countFor(tally, name) + calls)
  return [...tally.filter(([entry]) => entry !== name), [name, sum]]
}

function toDayStart({ dayBeginsMs }: Plan, at: number): number {
  return Math.floor((at - dayBeginsMs) / dayMs) * dayMs + dayBeginsMs
}
