import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, FaultTarget, InjectedFault } from './faults.ts'
import { createRandom } from './random.ts'

type Faults = Record<FaultTarget, Record<string, Fault>>

/** A planned fault, in milliseconds from the start of its cycle. */
interface PlannedFault {
  name: string
  fault: Fault
  at: number
  forMs: number
}

const maxFaultMs = 8000
const maxGapMs: Record<FaultTarget, number> = {
  'Alpha Vantage': 10_000,
  Scalekit: 15_000,
  Redis: 15_000,
  replica: 30_000,
  plan: 0
}

/** Plans the faults of one target in a cycle, one after the other. The same seed gives the same plan. */
function planFaults(
  target: FaultTarget,
  faults: Record<string, Fault>,
  { seed, forMs }: { seed: number; forMs: number }
) {
  const random = createRandom(seed)
  const planned: PlannedFault[] = []
  const gap = () => random.between(0.1, 1) * Math.min(maxGapMs[target], forMs / 2)
  for (let at = gap(); ; ) {
    const fitting = Object.entries(faults).filter(([, { minMs }]) => at + minMs < forMs)
    if (fitting.length === 0) return planned
    const [name, fault] = random.pick(fitting)
    const durationMs = Math.min(forMs - at, Math.max(fault.minMs, random.between(500, maxFaultMs)))
    planned.push({ name, fault, at, forMs: durationMs })
    at += durationMs + gap()
  }
}

/** Waits for every promise before it throws the first error, so that no promise stays pending. */
export async function settleAll(promises: readonly Promise<unknown>[]) {
  for (const result of await Promise.allSettled(promises))
    if (result.status === 'rejected') throw result.reason
}

/** Injects faults, and records when each one was active. */
export function createSchedule(faults: Faults, signal: AbortSignal) {
  const injected: InjectedFault[] = []

  async function inject(target: FaultTarget, { name, fault, forMs }: Omit<PlannedFault, 'at'>) {
    const current: InjectedFault = { target, name, from: performance.now(), to: Number.POSITIVE_INFINITY }
    injected.push(current)
    await fault.inject(forMs)
    current.to = performance.now()
  }

  return {
    injected,
    /** Runs one cycle of faults, and resolves after recovery. The last cycle ends with an exhausted plan. */
    async run({ seed, forMs, isLast }: { seed: number; forMs: number; isLast: boolean }) {
      const startedAt = performance.now()
      const targets: FaultTarget[] = ['Alpha Vantage', 'Scalekit', 'Redis', 'replica']
      const runs = targets.map(async (target, index) => {
        const loadMs = isLast && target === 'Alpha Vantage' ? forMs / 2 : forMs
        for (const planned of planFaults(target, faults[target], {
          seed: seed * targets.length + index,
          forMs: loadMs
        })) {
          await sleep(Math.max(0, startedAt + planned.at - performance.now()), undefined, { signal })
          await inject(target, planned)
        }
      })
      await settleAll([...runs, ...(isLast ? [exhaustPlan(startedAt, forMs)] : [])])
    },
    /** The faults that may affect the time from `from` to `to`. `settleMs` extends each fault. */
    during: (from: number, to: number, settleMs: Record<FaultTarget, number>) =>
      injected.filter((fault) => fault.from <= to && fault.to + settleMs[fault.target] >= from)
  }

  async function exhaustPlan(startedAt: number, forMs: number) {
    for (const [index, [name, fault]] of Object.entries(faults.plan).entries()) {
      const at = startedAt + forMs * (0.5 + index / 4)
      await sleep(Math.max(0, at - performance.now()), undefined, { signal })
      await inject('plan', { name, fault, forMs: forMs / 4 })
    }
  }
}
