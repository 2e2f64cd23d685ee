import {
  addCalls,
  advanceTo,
  callsIn,
  callsLeft,
  callsSpentBy,
  dayEnd,
  type Ledger,
  leaseOf,
  ledgerClockSkewMs,
  minuteWithMarginMs,
  recentCalls,
  setLease
} from './ledger.ts'
import type { Plan } from './plan.ts'

/** Why there is no call, and when to ask again. */
export interface BudgetDenial {
  code:
    | 'NEWS_QUOTA_SPENT'
    | 'NEWS_SHARE_SPENT'
    | 'NEWS_MINUTE_SPENT'
    | 'NEWS_RATE_LIMITED'
    | 'NEWS_BUDGET_AWAY'
  until: number
}

/** How long after somebody's last question others count as asking, too. */
const requesterActiveMs = 10 * 60_000
/** A question by one who has just asked is not worth writing down. */
const requesterUpdateMs = 60_000
const secondWithMarginMs = 1050
/** A day that Alpha Vantage calls spent this early may still be the day before, by its clock. */
const dayStartGraceMs = 10 * 60_000
/** How long no call is made after a count was lost: by then each replica has told what it knows. */
const recountDelayMs = 25_000

/** How many calls `subject` may still have of the day as things stand. */
export function callsAllowed(
  ledger: Ledger,
  plan: Plan,
  { subject, at, extra = 0 }: { subject: string; at: number; extra?: number }
): number {
  const left = callsLeft(ledger, plan) + extra
  if (left === Number.POSITIVE_INFINITY) return left
  const mine = callsSpentBy(ledger, subject)
  const free = mine > 0 ? left - plan.reserve : Math.min(left, Math.max(1, left - plan.reserve))
  // Of what would be left without this subject's own calls; a first call there always is.
  const fair = hasOtherRequesters(ledger, subject, at)
    ? Math.max(1, Math.floor((left + mine) * plan.share)) - mine
    : left
  return Math.max(0, Math.min(free, fair))
}

/** When the next call may be made. */
export function nextCallAt({ turns, refused, leases }: Ledger, plan: Plan, at: number): number {
  const perMinute = Math.max(1, plan.callsPerMinute - callsIn(leases))
  return Math.max(
    at,
    (turns.at(-1)?.[0] ?? 0) + callSpacingMs(plan),
    plan.callsPerMinute > 0 ? (turns.at(-perMinute)?.[0] ?? 0) + minuteWithMarginMs : 0,
    refused && refused.code !== 'NEWS_QUOTA_SPENT' ? refused.until : 0
  )
}

/** How long there is between two calls at least, in milliseconds. */
export function callSpacingMs({ callsPerSecond }: Plan): number {
  return callsPerSecond > 0 ? secondWithMarginMs / callsPerSecond : 0
}

/**
 * Counts a call for `subject`, whose turn comes within `waitMs`, or says why there is none. `replica` may use what it
 * has leased when nothing else is left, but for the `untold` of those that it has made already.
 */
export function reserveCall(
  before: Ledger,
  plan: Plan,
  {
    subject,
    replica,
    at,
    waitMs,
    untold = 0
  }: { subject: string; replica: string; at: number; waitMs: number; untold?: number }
): { ledger: Ledger; turn: number } | { ledger: Ledger; denial: BudgetDenial } {
  const now = recordRequester(advanceTo(before, plan, at), subject, at)
  const turn = Math.ceil(nextCallAt(now, plan, at))
  const ledger = advanceTo(now, plan, turn)
  const refuse = (code: BudgetDenial['code'], until: number) => ({
    ledger: now,
    denial: { code, until: Math.ceil(until) }
  })
  if (ledger.refused?.code === 'NEWS_QUOTA_SPENT') return refuse('NEWS_QUOTA_SPENT', ledger.refused.until)
  const own = Math.max(0, leaseOf(ledger, replica) - untold)
  if (callsLeft(ledger, plan) + own === 0) return refuse('NEWS_QUOTA_SPENT', dayEnd(ledger))
  if (callsAllowed(ledger, plan, { subject, at, extra: own }) === 0)
    return refuse('NEWS_SHARE_SPENT', dayEnd(ledger))
  if (turn > at + waitMs) {
    if (now.refused?.code === 'NEWS_BUDGET_AWAY') return refuse('NEWS_BUDGET_AWAY', turn - waitMs)
    return refuse(
      isLimitedByMinute(now, plan, { turn, at }) ? 'NEWS_MINUTE_SPENT' : 'NEWS_RATE_LIMITED',
      turn - waitMs
    )
  }
  const crowdedUntil = shareExceededUntil(now, plan, { subject, turn, at, waitMs })
  if (crowdedUntil !== undefined) return refuse('NEWS_SHARE_SPENT', crowdedUntil)
  const isOwn = callsLeft(ledger, plan) === 0
  return {
    turn,
    ledger: {
      ...ledger,
      made: isOwn ? ledger.made : addCalls(ledger.made, replica, 1),
      subjects: addCalls(ledger.subjects, subject, 1),
      turns: recentCalls([...ledger.turns, [turn, subject]], at),
      leases: isOwn ? setLease(ledger, replica, leaseOf(ledger, replica) - 1) : ledger.leases
    }
  }
}

/** Takes back a call that was certainly never made. Its turn is gone. */
export function cancelCall(
  ledger: Ledger,
  { subject, replica, turn }: { subject: string; replica: string; turn: number }
): Ledger {
  if (turn < ledger.day || callsSpentBy(ledger, subject) === 0) return ledger // of the day before
  return {
    ...ledger,
    made: addCalls(ledger.made, replica, -1),
    subjects: addCalls(ledger.subjects, subject, -1)
  }
}

/** Takes note that the count was lost, and is put together from what replicas know. */
export function markLedgerLost(ledger: Ledger, at: number): Ledger {
  const until = at + recountDelayMs
  const { refused } = ledger
  return refused && refused.until >= until
    ? ledger
    : { ...ledger, refused: { code: 'NEWS_BUDGET_AWAY', until } }
}

/** Takes note of what Alpha Vantage said: no more calls today, this minute, or so soon. */
export function recordUpstreamLimit(
  ledger: Ledger,
  plan: Plan,
  code: 'NEWS_QUOTA_SPENT' | 'NEWS_MINUTE_SPENT' | 'NEWS_RATE_LIMITED',
  at: number
): Ledger {
  const today = advanceTo(ledger, plan, at)
  const early = today.day + dayStartGraceMs
  const until = {
    NEWS_QUOTA_SPENT: at < early ? early : dayEnd(today),
    NEWS_MINUTE_SPENT: at + minuteWithMarginMs,
    NEWS_RATE_LIMITED: at + 2 * secondWithMarginMs
  }[code]
  const { refused } = today
  return refused && refused.until >= until ? today : { ...today, refused: { code, until } }
}

/** Takes note that `subject` has asked, unless that is known well enough. */
export function recordRequester(ledger: Ledger, subject: string, at: number): Ledger {
  const askers = ledger.askers.filter(([, time]) => time <= at + ledgerClockSkewMs)
  const recent = askers.filter(([, time]) => time > at - requesterUpdateMs)
  if (recent.length === 2 || recent.some(([one]) => one === subject)) return ledger
  const others = askers.filter(([one]) => one !== subject).sort(([, a], [, b]) => b - a)
  return { ...ledger, askers: [[subject, at], ...others.slice(0, 1)] }
}

function hasOtherRequesters({ askers }: Ledger, subject: string, at: number): boolean {
  return askers.some(([one, time]) => one !== subject && time > at - requesterActiveMs)
}

/**
 * Until when `subject` would take more than its share of the minute, or of the places in the queue, by one more call at
 * `turn`; `undefined` if it would not, or nobody else asks.
 */
function shareExceededUntil(
  ledger: Ledger,
  plan: Plan,
  { subject, turn, at, waitMs }: { subject: string; turn: number; at: number; waitMs: number }
): number | undefined {
  if (!hasOtherRequesters(ledger, subject, at)) return undefined
  const mine = ledger.turns.filter(([, one]) => one === subject).map(([time]) => time)
  const inMinute = mine.filter((time) => time > turn - minuteWithMarginMs)
  if (plan.callsPerMinute > 0 && inMinute.length >= Math.max(1, plan.callsPerMinute * plan.share)) {
    return (inMinute[0] ?? turn) + minuteWithMarginMs
  }
  const waiting = mine.filter((time) => time > at)
  const places = callSpacingMs(plan) > 0 ? waitMs / callSpacingMs(plan) : Number.POSITIVE_INFINITY
  return turn > at && waiting.length >= Math.max(1, places * plan.share) ? waiting[0] : undefined
}

/** Whether it is the minute that lets a call wait until `turn`. */
function isLimitedByMinute(ledger: Ledger, plan: Plan, { turn, at }: { turn: number; at: number }): boolean {
  if (ledger.refused?.code === 'NEWS_MINUTE_SPENT') return true
  return nextCallAt(ledger, { ...plan, callsPerMinute: 0 }, at) < turn - 1
}
