import { plan } from './fleet.ts'
import type { IdleMeasurement } from './idle.ts'
import type { Measure } from './probe.ts'
import type { SoakResult } from './soak.ts'
import { computeSlope, maxWithin } from './statistics.ts'

/** The maximum growth from the first to the last measurement. For some minutes, caches fill and V8 compiles code. */
const maxGrowthBytes = { heapBytes: 8 * 2 ** 20, externalBytes: 8 * 2 ** 20, rssBytes: 64 * 2 ** 20 }
/** The maximum heap growth after caches are full: MB per minute, over the second half of at least six measurements. */
const maxHeapTrend = 1
const minMeasurementsForTrend = 6
/** Ignored at the end of a minute, because a call counted in one minute can arrive in the next. */
const maxTransitMs = 2000

/** Lists the problems of a run, one line each. */
export function findProblems({ unexpected, idle: measurements, calls, exits, errors }: SoakResult): string[] {
  const [first, last] = [measurements.at(0), measurements.at(-1)]
  if (!first || !last) return ['There was no idle measurement']
  const inMinute = maxWithin(calls.seen, 60_000 - maxTransitMs)
  return [
    ...when(unexpected.count > 0, `${unexpected.count} unexpected answers`),
    ...findGrowth('steady', first.steady, last.steady),
    ...when(
      measurements.length >= minMeasurementsForTrend && computeHeapTrend(measurements) > maxHeapTrend,
      `the heap grows by ${computeHeapTrend(measurements).toFixed(2)} MB per minute`
    ),
    ...findLeakedHandles('steady', first.steady, last.steady),
    ...findLeakedHandles('restarted', first.restarted, last.restarted),
    ...when(
      calls.seen.length > calls.spent,
      `${calls.seen.length} calls were made, but ${calls.spent} were counted`
    ),
    ...when(
      calls.spent > plan.perDay,
      `${calls.spent} calls were counted, but the plan allows ${plan.perDay} per day`
    ),
    ...when(
      inMinute > plan.perMinute,
      `${inMinute} calls were made within a minute, but the plan allows ${plan.perMinute}`
    ),
    ...exits.flatMap(({ code }) => when(code !== 0, `a replica exited with code ${code}`)),
    ...when(errors.length > 0, `${errors.length} errors in the logs`)
  ]
}

/** The heap growth of the steady replica over the second half of the measurements, in MB per minute. */
export function computeHeapTrend(measurements: readonly IdleMeasurement[]): number {
  const later = measurements.slice(Math.floor(measurements.length / 2))
  return computeSlope(later.map(({ at, steady }) => [at / 60_000, steady.heapBytes / 2 ** 20]))
}

function findGrowth(name: string, first: Measure, last: Measure): string[] {
  return (['heapBytes', 'externalBytes', 'rssBytes'] as const).flatMap((figure) =>
    when(
      last[figure] - first[figure] > maxGrowthBytes[figure],
      `${name}: ${figure} grew from ${first[figure]} to ${last[figure]}`
    )
  )
}

function findLeakedHandles(name: string, first: Measure, last: Measure): string[] {
  return [
    ...when(
      last.descriptors > first.descriptors,
      `${name}: ${first.descriptors} file descriptors, then ${last.descriptors}`
    ),
    ...when(
      last.resources.length > first.resources.length,
      `${name}: ${first.resources.length} handles, then ${last.resources.length}`
    )
  ]
}

const when = (condition: boolean, problem: string) => (condition ? [problem] : [])
