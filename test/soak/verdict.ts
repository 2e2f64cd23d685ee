import { plan } from './fleet.ts'
import type { IdleMeasurement } from './idle.ts'
import type { Measure } from './probe.ts'
import type { SoakResult } from './soak.ts'
import { computeSlope, maxWithin } from './statistics.ts'

/** The growth allowed from the first to the last measurement: caches fill, and code is compiled, for some minutes. */
const maxGrowthBytes = { heapBytes: 8 * 2 ** 20, externalBytes: 8 * 2 ** 20, rssBytes: 64 * 2 ** 20 }
/** The heap growth allowed once caches are full: megabytes a minute, over the second half of at least six measurements. */
const maxHeapTrend = 1
const minMeasurementsForTrend = 6
/** A call counted in one minute can arrive in the next: this part of the minute is ignored. */
const maxTransitMs = 2000

/** Lists the problems of a run, one line each. */
export function findProblems({ unexpected, idle: rests, calls, exits, errors }: SoakResult): string[] {
  const [first, last] = [rests.at(0), rests.at(-1)]
  if (!first || !last) return ['There was no idle measurement']
  const inMinute = maxWithin(calls.seen, 60_000 - maxTransitMs)
  return [
    ...when(unexpected.count > 0, `${unexpected.count} unexpected answers`),
    ...findGrowth('steady', first.steady, last.steady),
    ...when(
      rests.length >= minMeasurementsForTrend && computeHeapTrend(rests) > maxHeapTrend,
      `the heap grows by ${computeHeapTrend(rests).toFixed(2)} MB a minute`
    ),
    ...findLeakedHandles('steady', first.steady, last.steady),
    ...findLeakedHandles('restarted', first.restarted, last.restarted),
    ...when(
      calls.seen.length > calls.spent,
      `${calls.seen.length} calls were made, and ${calls.spent} counted`
    ),
    ...when(calls.spent > plan.perDay, `${calls.spent} calls were counted, of ${plan.perDay} a day`),
    ...when(inMinute > plan.perMinute, `${inMinute} calls were made within a minute, of ${plan.perMinute}`),
    ...exits.flatMap(({ code }) => when(code !== 0, `a replica exited with code ${code}`)),
    ...when(errors.length > 0, `${errors.length} errors in the logs`)
  ]
}

/** The heap growth of the steady replica in the second half, in megabytes a minute. */
export function computeHeapTrend(rests: readonly IdleMeasurement[]): number {
  const later = rests.slice(Math.floor(rests.length / 2))
  return computeSlope(later.map(({ at, steady }) => [at / 60_000, steady.heapBytes / 2 ** 20]))
}

function findGrowth(name: string, first: Measure, last: Measure): string[] {
  return (['heapBytes', 'externalBytes', 'rssBytes'] as const).flatMap((what) =>
    when(
      last[what] - first[what] > maxGrowthBytes[what],
      `${name}: ${what} grew from ${first[what]} to ${last[what]}`
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

const when = (is: boolean, what: string) => (is ? [what] : [])
