import { z } from 'zod'
import { dayMs } from '../lib/time.ts'
import type { Plan } from './plan.ts'

const tally = z.array(z.tuple([z.string(), z.int().min(0)]))

type Tally = z.output<typeof tally>

/** A ledger of calls. It is a value: whatever happens makes a new one. Times are milliseconds since 1970. */
const ledgerSchema = z.object({
  /** Grows with each change. */
  version: z.int().min(0),
  /** When the day that it counts began. */
  day: z.int(),
  /** Calls of that day by replica, with those that it has set aside: each knows its own for certain. */
  made: tally,
  /** The day's calls by subject. */
  subjects: tally,
  /** When the latest calls were made, or will be, and for whom, in their order; as many as a limit looks at. */
  turns: z.array(z.tuple([z.int(), z.string()])),
  /** The two subjects who asked last, and when. */
  askers: z.array(z.tuple([z.string(), z.int()])).max(2),
  /** Until when Alpha Vantage takes no call, as it said, or none is made because the count was lost. */
  refused: z
    .object({
      code: z.enum(['NEWS_QUOTA_SPENT', 'NEWS_MINUTE_SPENT', 'NEWS_RATE_LIMITED', 'NEWS_BUDGET_AWAY']),
      until: z.int()
    })
    .nullable(),
  /** Calls that replicas have set aside, for when they cannot reach the ledger, and until when they may use them. */
  leases: z.array(z.tuple([z.string(), z.object({ calls: z.int().min(0), until: z.int() })])),
  /** Calls of the day that replicas had set aside and never came back for. */
  lapsed: z.int().min(0)
})

export type Ledger = z.output<typeof ledgerSchema>

/** Two clocks differ by so much at most: what is called this close to the day's end may count for the next day, too. */
export const ledgerClockSkewMs = 30_000
export const leaseMs = 60 * 60_000
/** No call waits for so long: what is later comes of a clock that was wrong. */
const maxWaitAheadMs = 10 * 60_000
/** The minute, and a little more: on the way some calls are faster than others. So for the gap between two calls. */
export const minuteWithMarginMs = 61_000
/** More than any plan has in a minute. */
const maxTurns = 2000

/** An empty ledger for the day of `at`. */
export function newLedger(plan: Plan, at: number): Ledger {
  const nothing = { made: [], subjects: [], turns: [], askers: [], refused: null, leases: [], lapsed: 0 }
  return { version: 0, day: dayStart(plan, at), ...nothing }
}

/** The ledger in `text`; `undefined` if there is none in it. */
export function readLedger(text: string): Ledger | undefined {
  try {
    return ledgerSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // cut short
  }
}

/**
 * What is known from two ledgers, of which neither has seen all: what is stored may have been lost, and others have gone
 * on from something older.
 */
export function mergeLedgers(one: Ledger, other: Ledger): Ledger {
  const [older, newer] = one.day <= other.day ? [one, other] : [other, one]
  const version = Math.max(one.version, other.version)
  if (older.day < newer.day) return { ...newer, version }
  const leases = [...one.leases, ...other.leases].sort(([, a], [, b]) => a.until - b.until)
  return {
    ...newer,
    version,
    made: most(one.made, other.made),
    subjects: most(one.subjects, other.subjects),
    turns: mergeTurns(one.turns, other.turns),
    refused: (one.refused?.until ?? 0) > (other.refused?.until ?? 0) ? one.refused : other.refused,
    leases: [...new Map(leases)],
    lapsed: Math.max(one.lapsed, other.lapsed)
  }
}

/**
 * The ledger as it stands at `at`: what was to hold until then is gone, and a new day begins without calls, but for those
 * on its edge. A ledger from days ahead is of a clock that was wrong: its count holds for today.
 */
export function advanceTo(ledger: Ledger, plan: Plan, at: number): Ledger {
  const day = dayStart(plan, at)
  const isAhead = ledger.day > day + dayMs
  const turns = ledger.turns.filter(([turn]) => turn <= at + maxWaitAheadMs)
  const leases = ledger.leases.filter(([, { until }]) => until > at && until <= at + leaseMs + maxWaitAheadMs)
  const refused = ledger.refused && ledger.refused.until > at && !isAhead ? ledger.refused : null
  const isSame =
    refused === ledger.refused &&
    leases.length === ledger.leases.length &&
    turns.length === ledger.turns.length
  if (day <= ledger.day && !isAhead) {
    if (isSame) return ledger
    const lapsed = ledger.lapsed + callsIn(ledger.leases) - callsIn(leases)
    return { ...ledger, turns, leases, refused, lapsed }
  }
  if (isAhead) return { ...ledger, day, turns, askers: [], refused: null, leases: [] }
  const onEdge = turns.filter(([turn]) => turn >= day - ledgerClockSkewMs).length
  const made: Tally = onEdge > 0 ? [['the day before', onEdge]] : []
  return { ...ledger, day, made, subjects: [], turns, refused, leases: [], lapsed: 0 }
}

/** When the ledger's day ends. */
export function dayEnd({ day }: Ledger): number {
  return day + dayMs
}

/** How many calls of the day are spent or set aside. */
export function callsSpent({ made }: Ledger): number {
  return made.reduce((sum, [, calls]) => sum + calls, 0)
}

/** How many calls are left of the day, leased ones apart. */
export function callsLeft(ledger: Ledger, { callsPerDay }: Plan): number {
  return callsPerDay === 0 ? Number.POSITIVE_INFINITY : Math.max(0, callsPerDay - callsSpent(ledger))
}

/** How many calls `subject` has had today. */
export function callsSpentBy({ subjects }: Ledger, subject: string): number {
  return callsFor(subjects, subject)
}

/** How many calls `replica` has set aside. */
export function leaseOf({ leases }: Ledger, replica: string): number {
  return leases.find(([one]) => one === replica)?.[1].calls ?? 0
}

/** All calls that are set aside. */
export function callsIn(leases: Ledger['leases']): number {
  return leases.reduce((sum, [, { calls }]) => sum + calls, 0)
}

/** The leases, with so many calls of `replica`. */
export function setLease(
  { leases }: Ledger,
  replica: string,
  calls: number,
  until?: number
): Ledger['leases'] {
  const before = leases.find(([one]) => one === replica)?.[1].until ?? 0
  return [...leases.filter(([one]) => one !== replica), [replica, { calls, until: until ?? before }]]
}

function callsFor(counts: Tally, name: string): number {
  return counts.find(([one]) => one === name)?.[1] ?? 0
}

/** The counts, with so many calls more of `name`. */
export function addCalls(counts: Tally, name: string, calls: number): Tally {
  if (calls === 0) return counts
  const sum = Math.max(0, callsFor(counts, name) + calls)
  return [...counts.filter(([one]) => one !== name), [name, sum]]
}

/** For each name the larger number. */
function most(one: Tally, other: Tally): Tally {
  const all = new Map(one)
  for (const [name, calls] of other) all.set(name, Math.max(calls, all.get(name) ?? 0))
  return [...all]
}

/** Each turn as often as it is in one of them, at most. */
function mergeTurns(one: Ledger['turns'], other: Ledger['turns']): Ledger['turns'] {
  const byName = (turns: Ledger['turns']) => Map.groupBy(turns, (turn) => turn.join())
  const [ours, theirs] = [byName(one), byName(other)]
  return [...new Set([...ours.keys(), ...theirs.keys()])]
    .flatMap((name) => {
      const [a = [], b = []] = [ours.get(name), theirs.get(name)]
      return a.length > b.length ? a : b
    })
    .sort(([a], [b]) => a - b)
}

/** Those of `turns` that a limit still looks at: of the last minute, and to come. */
export function recentCalls(turns: Ledger['turns'], at: number): Ledger['turns'] {
  const recent = turns.filter(([turn]) => turn > at - minuteWithMarginMs)
  return recent.length > 0 ? recent.slice(-maxTurns) : turns.slice(-1)
}

function dayStart({ dayBeginsMs }: Plan, at: number): number {
  return Math.floor((at - dayBeginsMs) / dayMs) * dayMs + dayBeginsMs
}
