import { mostWithin, slopeOf } from './figures.ts'
import { plan } from './fleet.ts'
import type { Measure } from './probe.ts'
import type { Rest } from './rest.ts'
import type { Soaked } from './soak.ts'

/** How much more there may be at the last rest than at the first: caches fill, and code is compiled, for some minutes. */
const mostGrowthBytes = { heapBytes: 8 * 2 ** 20, externalBytes: 8 * 2 ** 20, rssBytes: 64 * 2 ** 20 }
/** How fast the heap may grow when all that has been filled: megabytes a minute, of the second half of so many rests. */
const mostTrend = 1
const fewestForTrend = 6
/** A call that was counted in one minute can arrive in the next: so much of it is left out. */
const onTheWayMs = 2000

/** What is not as it has to be, in a line each. */
export function judge({ unexpected, rests, calls, exits, errors }: Soaked): string[] {
  const [first, last] = [rests.at(0), rests.at(-1)]
  if (!first || !last) return ['There was no rest']
  const inMinute = mostWithin(calls.seen, 60_000 - onTheWayMs)
  return [
    ...when(unexpected.count > 0, `${unexpected.count} unexpected answers`),
    ...growth('steady', first.steady, last.steady),
    ...when(
      rests.length >= fewestForTrend && trendOf(rests) > mostTrend,
      `the heap grows by ${trendOf(rests).toFixed(2)} MB a minute`
    ),
    ...handles('steady', first.steady, last.steady),
    ...handles('restarted', first.restarted, last.restarted),
    ...when(
      calls.seen.length > calls.spent,
      `${calls.seen.length} calls were made, and ${calls.spent} counted`
    ),
    ...when(calls.spent > plan.perDay, `${calls.spent} calls were counted, of ${plan.perDay} a day`),
    ...when(inMinute > plan.perMinute, `${inMinute} calls were made within a minute, of ${plan.perMinute}`),
    ...exits.flatMap(({ code }) => when(code !== 0, `a replica that was ended had the exit code ${code}`)),
    ...when(errors.length > 0, `${errors.length} errors in the logs`)
  ]
}

/** By how many megabytes a minute the heap of the steady replica grows in the second half. */
export function trendOf(rests: readonly Rest[]): number {
  const later = rests.slice(Math.floor(rests.length / 2))
  return slopeOf(later.map(({ at, steady }) => [at / 60_000, steady.heapBytes / 2 ** 20]))
}

function growth(name: string, first: Measure, last: Measure): string[] {
  return (['heapBytes', 'externalBytes', 'rssBytes'] as const).flatMap((what) =>
    when(
      last[what] - first[what] > mostGrowthBytes[what],
      `${name}: ${what} has grown from ${first[what]} to ${last[what]}`
    )
  )
}

function handles(name: string, first: Measure, last: Measure): string[] {
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
