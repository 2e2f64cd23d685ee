import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Answered } from './checks.ts'

/** How often something was done, what came of it, and how long it took in milliseconds. */
export interface KindFigures {
  kind: string
  count: number
  said: Record<string, number>
  p50: number
  p95: number
  p99: number
  max: number
}

export type Figures = ReturnType<typeof createFigures>

/** Counts what is answered, by kind and outcome. */
export function createFigures() {
  const kinds = new Map<string, { said: Map<string, number>; latencies: RecordableHistogram }>()

  return {
    record({ kind, said, from, to }: Answered) {
      const known = kinds.get(kind) ?? { said: new Map(), latencies: createHistogram() }
      kinds.set(kind, known)
      known.said.set(said, (known.said.get(said) ?? 0) + 1)
      // In microseconds, for it takes whole numbers.
      known.latencies.record(Math.max(1, Math.round((to - from) * 1000)))
    },
    byKind(): KindFigures[] {
      return [...kinds].sort().map(([kind, { said, latencies }]) => {
        const at = (percentile: number) => latencies.percentile(percentile) / 1000
        return {
          kind,
          count: latencies.count,
          said: Object.fromEntries([...said].sort(([, a], [, b]) => b - a)),
          p50: at(50),
          p95: at(95),
          p99: at(99),
          max: latencies.max / 1000
        }
      })
    }
  }
}

/** How often each of `names` is there. */
export function countEach(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].sort().map(([name, all]) => [name, all.length])
  )
}

/** The slope of the line that fits best (least squares). */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const sum = (of: (x: number, y: number) => number) =>
    points.reduce((total, [x, y]) => total + of(x - meanX, y - meanY), 0)
  const spread = sum((x) => x * x)
  return spread === 0 ? 0 : sum((x, y) => x * y) / spread
}

/** The most of `times` (ascending) that fall within `spanMs`. */
export function mostWithin(times: readonly number[], spanMs: number): number {
  let first = 0
  return times.reduce((most, time, last) => {
    while ((times[first] ?? time) <= time - spanMs) first += 1
    return Math.max(most, last - first + 1)
  }, 0)
}
