import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Measure } from './probe.ts'

/** What both replicas have while nobody asks anything. */
export interface Rest {
  /** When it was: milliseconds, as `performance.now` has them. */
  at: number
  steady: Measure
  restarted: Measure
}

const restsWithinMs = 20_000
const fewestLooks = 4
const betweenLooksMs = 250
/** One for commands and one for what others tell. */
const redisConnectionsEach = 2

/**
 * Waits until the replicas have what they need again, and measures what they have; if that is more than they had at
 * `first`, again and again, for idle connections end by themselves.
 */
export async function rest(
  { redis, replicas, steady, restarted, upstream }: Fleet,
  first: Rest | undefined
): Promise<Rest> {
  upstream.closeIdleConnections()
  const until = performance.now() + restsWithinMs
  const connected = async () =>
    String(await redis.command('CLIENT', 'LIST'))
      .trim()
      .split('\n').length - 1
  while ((await connected()) < redisConnectionsEach * replicas.length) {
    if (performance.now() > until) throw new Error('Not all replicas are connected to Redis again')
    await sleep(betweenLooksMs)
  }
  const looks = { steady: [] as Measure[], restarted: [] as Measure[] }
  for (;;) {
    looks.steady.push(await steady.measure())
    looks.restarted.push(await restarted.measure())
    const found = { at: performance.now(), steady: least(looks.steady), restarted: least(looks.restarted) }
    const isMore = first && (hasMore(found.steady, first.steady) || hasMore(found.restarted, first.restarted))
    if (looks.steady.length >= fewestLooks && (!isMore || found.at > until)) return found
    await sleep(betweenLooksMs)
  }
}

/** Whether there are more file descriptors or handles in `one` than in `other`. */
function hasMore(one: Measure, other: Measure): boolean {
  return one.descriptors > other.descriptors || one.resources.length > other.resources.length
}

/** Scalekit's keys are read all the time: what every look has seen is what stays. */
function least(measures: Measure[]): Measure {
  const leastOf = (of: (measure: Measure) => number) => Math.min(...measures.map(of))
  const [fewest] = measures.toSorted((a, b) => a.resources.length - b.resources.length)
  return {
    heapBytes: leastOf(({ heapBytes }) => heapBytes),
    externalBytes: leastOf(({ externalBytes }) => externalBytes),
    rssBytes: leastOf(({ rssBytes }) => rssBytes),
    descriptors: leastOf(({ descriptors }) => descriptors),
    resources: fewest?.resources ?? []
  }
}
