import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { CompletedRequest } from './checks.ts'

/** The count, the outcomes and the latencies (milliseconds) of a scenario. */
export interface ScenarioStatistics {
  scenario: string
  count: number
  summary: Record<string, number>
  p50: number
  p95: number
  p99: number
  max: number
}

export type Statistics = ReturnType<typeof createStatistics>

/** Counts requests by scenario and outcome. */
export function createStatistics() {
  const scenarios = new Map<string, { summary: Map<string, number>; latencies: RecordableHistogram }>()

  return {
    record({ scenario, summary, from, to }: CompletedRequest) {
      const entry = scenarios.get(scenario) ?? { summary: new Map(), latencies: createHistogram() }
      scenarios.set(scenario, entry)
      entry.summary.set(summary, (entry.summary.get(summary) ?? 0) + 1)
      // In microseconds, because the histogram accepts only integers.
      entry.latencies.record(Math.max(1, Math.round((to - from) * 1000)))
    },
    byScenario(): ScenarioStatistics[] {
      return [...scenarios].sort().map(([scenario, { summary, latencies }]) => {
        const at = (percentile: number) => latencies.percentile(percentile) / 1000
        return {
          scenario,
          count: latencies.count,
          summary: Object.fromEntries([...summary].sort(([, a], [, b]) => b - a)),
          p50: at(50),
          p95: at(95),
          p99: at(99),
          max: latencies.max / 1000
        }
      })
    }
  }
}

/** Counts the occurrences of each name. */
export function countEach(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(names, (name) => name)].sort().map(([name, all]) => [name, all.length])
  )
}

/** The slope of the least-squares line. */
export function computeSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const sum = (term: (x: number, y: number) => number) =>
    points.reduce((total, [x, y]) => total + term(x - meanX, y - meanY), 0)
  const spread = sum((x) => x * x)
  return spread === 0 ? 0 : sum((x, y) => x * y) / spread
}

/** The maximum number of `times` (ascending) within `spanMs`. */
export function maxWithin(times: readonly number[], spanMs: number): number {
  let first = 0
  return times.reduce((max, time, last) => {
    while ((times[first] ?? time) <= time - spanMs) first += 1
    return Math.max(max, last - first + 1)
  }, 0)
}
