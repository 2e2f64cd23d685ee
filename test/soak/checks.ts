import type { Injected, Victim } from './faults.ts'

/** What a request is about: tells which faults can reach it. */
export type Needs = 'news' | 'keys'

/** A request that has been answered, or not. */
export interface Answered {
  kind: string
  /** What may come at any time. */
  expected: RegExp
  needs: readonly Needs[]
  replica: string
  /** In a word: a status with the code of an error, or what became of the connection. */
  said: string
  from: number
  to: number
  /** When its last part began, if it had several. */
  lastFrom: number
}

interface Effect {
  /** How long after its end a fault is still felt, in milliseconds. */
  settleMs: number
  /** What may come as well. */
  said: RegExp
  reaches(answered: Answered, fault: Injected): boolean
}

const needing = (what: Needs) => (answered: Answered) => answered.needs.includes(what)
/** By then a request that was sent has arrived. */
const arrivedMs = 1000

const effects: Record<Victim, Effect> = {
  'Alpha Vantage': {
    // The last of the pauses after faults is the longest, and somebody has to ask after it.
    settleMs: 10_000,
    said: /^200 NEWS_UPSTREAM_(FAULT|TIMEOUT)$/,
    reaches: needing('news')
  },
  Scalekit: {
    settleMs: 5000,
    said: /^503 (temporarily_unavailable|not ready|without a reason)$/,
    reaches: needing('keys')
  },
  Redis: { settleMs: 5000, said: /^200 NEWS_BUDGET_AWAY$/, reaches: needing('news') },
  replica: {
    settleMs: 1000,
    // Whoever was answered when it was told to end gets the answer, or hears that it ends.
    said: /^(gone .+|503 .+|closed)$/,
    reaches: ({ replica, lastFrom, needs }, fault) =>
      replica === 'restarted' && (lastFrom >= fault.from - arrivedMs || needs.length === 0)
  },
  plan: { settleMs: Number.POSITIVE_INFINITY, said: /^200 NEWS_QUOTA_SPENT$/, reaches: needing('news') }
}

const settleMs = Object.fromEntries(
  Object.entries(effects).map(([victim, effect]) => [victim, effect.settleMs])
) as Record<Victim, number>

/** Whether `answered` may be, given the faults of the time. */
export function isExpected(
  answered: Answered,
  schedule: { during(from: number, to: number, settle: Record<Victim, number>): Injected[] }
): boolean {
  if (answered.expected.test(answered.said)) return true
  return schedule.during(answered.from, answered.to, settleMs).some((fault) => {
    const { said, reaches } = effects[fault.victim]
    return said.test(answered.said) && reaches(answered, fault)
  })
}
