import { setTimeout as sleep } from 'node:timers/promises'
import { createChance } from './chance.ts'
import type { Fault, Injected, Victim } from './faults.ts'

type Faults = Record<Victim, Record<string, Fault>>

/** A fault to come: milliseconds from the beginning of its cycle. */
interface Planned {
  name: string
  fault: Fault
  at: number
  forMs: number
}

const longestFaultMs = 8000
const longestGapMs: Record<Victim, number> = {
  'Alpha Vantage': 10_000,
  Scalekit: 15_000,
  Redis: 15_000,
  replica: 30_000,
  plan: 0
}

/** The faults of one victim in a cycle, one after the other, each ended with it; the same with the same seed. */
function planFaults(
  victim: Victim,
  faults: Record<string, Fault>,
  { seed, forMs }: { seed: number; forMs: number }
) {
  const chance = createChance(seed)
  const planned: Planned[] = []
  const gap = () => chance.between(0.1, 1) * Math.min(longestGapMs[victim], forMs / 2)
  for (let at = gap(); ; ) {
    const fitting = Object.entries(faults).filter(([, { needsMs }]) => at + needsMs < forMs)
    if (fitting.length === 0) return planned
    const [name, fault] = chance.pick(fitting)
    const lasts = Math.min(forMs - at, Math.max(fault.needsMs, chance.between(500, longestFaultMs)))
    planned.push({ name, fault, at, forMs: lasts })
    at += lasts + gap()
  }
}

/** Waits for all of them, even if one fails: what they have begun is over then. */
export async function allOf(promises: readonly Promise<unknown>[]) {
  for (const one of await Promise.allSettled(promises)) if (one.status === 'rejected') throw one.reason
}

/** Injects faults, and remembers which there were when. */
export function createSchedule(faults: Faults, signal: AbortSignal) {
  const injected: Injected[] = []

  async function inject(victim: Victim, { name, fault, forMs }: Omit<Planned, 'at'>) {
    const one: Injected = { victim, name, from: performance.now(), to: Number.POSITIVE_INFINITY }
    injected.push(one)
    await fault.inject(forMs)
    one.to = performance.now()
  }

  return {
    injected,
    /** One cycle of faults; resolves when all is in order again. The last one ends with the plan used up. */
    async run({ seed, forMs, isLast }: { seed: number; forMs: number; isLast: boolean }) {
      const begun = performance.now()
      const victims: Victim[] = ['Alpha Vantage', 'Scalekit', 'Redis', 'replica']
      const lanes = victims.map(async (victim, index) => {
        const loadMs = isLast && victim === 'Alpha Vantage' ? forMs / 2 : forMs
        for (const planned of planFaults(victim, faults[victim], {
          seed: seed * victims.length + index,
          forMs: loadMs
        })) {
          await sleep(Math.max(0, begun + planned.at - performance.now()), undefined, { signal })
          await inject(victim, planned)
        }
      })
      await allOf([...lanes, ...(isLast ? [spendPlan(begun, forMs)] : [])])
    },
    /** The faults that may have had a part in what came between `from` and `to`, each with the time that it takes to be over. */
    during: (from: number, to: number, settleMs: Record<Victim, number>) =>
      injected.filter((one) => one.from <= to && one.to + settleMs[one.victim] >= from)
  }

  async function spendPlan(begun: number, forMs: number) {
    for (const [index, [name, fault]] of Object.entries(faults.plan).entries()) {
      const at = begun + forMs * (0.5 + index / 4)
      await sleep(Math.max(0, at - performance.now()), undefined, { signal })
      await inject('plan', { name, fault, forMs: forMs / 4 })
    }
  }
}
