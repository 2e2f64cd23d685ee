import type { UpstreamLimitCode } from '../lib/news-error.ts'
import { minuteMs } from '../lib/time.ts'
import {
  addCall,
  advanceTo,
  callsLeft,
  callsSpentBy,
  dayEnd,
  type Ledger,
  ledgerClockSkewMs,
  minuteWithMarginMs,
  pruneScheduledCalls,
  removeCall
} from './ledger.ts'
import type { Plan } from './plan.ts'

/** Why the budget denies a call, and when to retry: milliseconds since 1970. */
export interface BudgetDenial {
  code: UpstreamLimitCode | 'NEWS_SHARE_SPENT' | 'NEWS_BUDGET_AWAY'
  until: number
}

/** A subject counts as active for this long after a request. */
const requesterActiveMs = 10 * minuteMs
/** The minimum time between two recorded requests of a subject. */
const requesterUpdateMs = minuteMs
/** A second with a margin, because some requests reach Alpha Vantage faster than others. */
const secondWithMarginMs = 1050
/** A daily limit reported this early in a day may belong to the day before, by Alpha Vantage's clock. */
const dayStartGraceMs = 10 * minuteMs

/** How many calls of the day `subject` may still make: `Infinity` without a limit for the day. */
export function callsAllowed(
  ledger: Ledger,
  plan: Plan,
  { subject, at }: { subject: string; at: number }
): number {
  const left = callsLeft(ledger, plan)
  if (left === Number.POSITIVE_INFINITY) return left
  const spent = callsSpentBy(ledger, subject)
  // Reserved calls are for subjects without a call today: each of them may make one.
  const unreserved = spent > 0 ? left - plan.reserve : Math.min(left, Math.max(1, left - plan.reserve))
  // While others are active: a fraction of the calls left, counting this subject's own calls as left. At least one call.
  const shareOfCalls = hasOtherRequesters(ledger, subject, at)
    ? Math.max(1, Math.floor((left + spent) * plan.share)) - spent
    : left
  return Math.max(0, Math.min(unreserved, shareOfCalls))
}

/** When the plan allows the next call: milliseconds since 1970. */
export function nextCallAt({ scheduledCalls, upstreamLimit }: Ledger, plan: Plan, at: number): number {
  const [last = 0] = scheduledCalls.at(-1) ?? []
  const [firstOfMinute = 0] = scheduledCalls.at(-plan.callsPerMinute) ?? []
  return Math.max(
    at,
    last + callSpacingMs(plan),
    plan.callsPerMinute > 0 ? firstOfMinute + minuteWithMarginMs : 0,
    upstreamLimit && upstreamLimit.code !== 'NEWS_QUOTA_SPENT' ? upstreamLimit.until : 0
  )
}

/** The minimum time between two calls, in milliseconds. */
function callSpacingMs({ callsPerSecond }: Plan): number {
  return callsPerSecond > 0 ? secondWithMarginMs / callsPerSecond : 0
}

/** Schedules and counts a call for `subject` within `maxWaitMs`, or denies it. */
export function reserveCall(
  before: Ledger,
  plan: Plan,
  { subject, at, maxWaitMs }: { subject: string; at: number; maxWaitMs: number }
): { ledger: Ledger; callAt: number } | { ledger: Ledger; denial: BudgetDenial } {
  const current = recordRequester(advanceTo(before, plan, at), subject, at)
  const callAt = Math.ceil(nextCallAt(current, plan, at))
  const denial = findDenial(current, plan, { subject, at, maxWaitMs, callAt })
  if (denial) return { ledger: current, denial: { ...denial, until: Math.ceil(denial.until) } }
  return {
    callAt,
    ledger: pruneScheduledCalls(addCall(advanceTo(current, plan, callAt), subject, callAt), at)
  }
}

function findDenial(
  ledger: Ledger,
  plan: Plan,
  request: { subject: string; at: number; maxWaitMs: number; callAt: number }
): BudgetDenial | undefined {
  const { subject, at, maxWaitMs, callAt } = request
  const ledgerAtCall = advanceTo(ledger, plan, callAt)
  if (ledgerAtCall.upstreamLimit?.code === 'NEWS_QUOTA_SPENT') return ledgerAtCall.upstreamLimit
  if (callsLeft(ledgerAtCall, plan) === 0) return { code: 'NEWS_QUOTA_SPENT', until: dayEnd(ledgerAtCall) }
  if (callsAllowed(ledgerAtCall, plan, { subject, at }) === 0)
    return { code: 'NEWS_SHARE_SPENT', until: dayEnd(ledgerAtCall) }
  if (callAt > at + maxWaitMs) {
    const code = isLimitedByMinute(ledger, plan, { callAt, at }) ? 'NEWS_MINUTE_SPENT' : 'NEWS_RATE_LIMITED'
    return { code, until: callAt - maxWaitMs }
  }
  const until = shareExceededUntil(ledger, plan, request)
  return until === undefined ? undefined : { code: 'NEWS_SHARE_SPENT', until }
}

/** Cancels a call that was certainly not sent. */
export function cancelCall(ledger: Ledger, { subject, callAt }: { subject: string; callAt: number }): Ledger {
  const isOfToday = callAt >= ledger.dayStart && callsSpentBy(ledger, subject) > 0
  return isOfToday ? removeCall(ledger, subject) : ledger
}

/** Records that Alpha Vantage reported a limit. An earlier one that ends later stays. */
export function recordUpstreamLimit(
  ledger: Ledger,
  plan: Plan,
  { code, at }: { code: UpstreamLimitCode; at: number }
): Ledger {
  const today = advanceTo(ledger, plan, at)
  const graceEnd = today.dayStart + dayStartGraceMs
  const until = {
    NEWS_QUOTA_SPENT: at < graceEnd ? graceEnd : dayEnd(today),
    NEWS_MINUTE_SPENT: at + minuteWithMarginMs,
    NEWS_RATE_LIMITED: at + 2 * secondWithMarginMs
  }[code]
  const { upstreamLimit } = today
  return upstreamLimit && upstreamLimit.until >= until ? today : { ...today, upstreamLimit: { code, until } }
}

/**
 * Records a request by `subject`, unless the ledger has a recent one. Two subjects are enough to know whether any other
 * subject is active.
 */
export function recordRequester(ledger: Ledger, subject: string, at: number): Ledger {
  const requesters = ledger.requesters.filter(([, time]) => time <= at + ledgerClockSkewMs)
  const recent = requesters.filter(([, time]) => time > at - requesterUpdateMs)
  if (recent.length === 2 || recent.some(([requester]) => requester === subject)) return ledger
  const others = requesters.filter(([requester]) => requester !== subject).sort(([, a], [, b]) => b - a)
  return { ...ledger, requesters: [[subject, at], ...others.slice(0, 1)] }
}

function hasOtherRequesters({ requesters }: Ledger, subject: string, at: number): boolean {
  return requesters.some(([requester, time]) => requester !== subject && time > at - requesterActiveMs)
}

/**
 * When a call at `callAt` would fit `subject`'s share of the minute and of the queue again: milliseconds since 1970.
 * `undefined` if it fits now, or if no other subject is active.
 */
function shareExceededUntil(
  ledger: Ledger,
  plan: Plan,
  { subject, callAt, at, maxWaitMs }: { subject: string; callAt: number; at: number; maxWaitMs: number }
): number | undefined {
  if (!hasOtherRequesters(ledger, subject, at)) return undefined
  const times = ledger.scheduledCalls.filter(([, caller]) => caller === subject).map(([time]) => time)
  const inMinute = times.filter((time) => time > callAt - minuteWithMarginMs)
  if (plan.callsPerMinute > 0 && inMinute.length >= Math.max(1, plan.callsPerMinute * plan.share)) {
    return (inMinute[0] ?? callAt) + minuteWithMarginMs
  }
  const waiting = times.filter((time) => time > at)
  const queuePlaces = callSpacingMs(plan) > 0 ? maxWaitMs / callSpacingMs(plan) : Number.POSITIVE_INFINITY
  return callAt > at && waiting.length >= Math.max(1, queuePlaces * plan.share) ? waiting[0] : undefined
}

/** Whether the limit of the minute makes a call wait until `callAt`. */
function isLimitedByMinute(
  ledger: Ledger,
  plan: Plan,
  { callAt, at }: { callAt: number; at: number }
): boolean {
  if (ledger.upstreamLimit?.code === 'NEWS_MINUTE_SPENT') return true
  // `callAt` is rounded up to a millisecond.
  return nextCallAt(ledger, { ...plan, callsPerMinute: 0 }, at) < callAt - 1
}
