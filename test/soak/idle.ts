import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './fleet.ts'
import type { Measure } from './probe.ts'

/** The resources of both replicas while idle. */
export interface IdleMeasurement {
  /** Milliseconds of `performance.now`. */
  at: number
  steady: Measure
  restarted: Measure
}

const maxIdleWaitMs = 20_000
const minSamples = 4
const sampleIntervalMs = 250
/** One connection for commands and one for subscriptions. */
const redisConnectionsPerReplica = 2

/**
 * Waits until the replicas are connected to Redis, and measures their resources. If they exceed the `first` measurement,
 * it measures again for up to 20 s, because idle connections time out.
 */
export async function measureIdle(
  { redis, replicas, steady, restarted, upstream }: Fleet,
  first: IdleMeasurement | undefined
): Promise<IdleMeasurement> {
  upstream.closeIdleConnections()
  const until = performance.now() + maxIdleWaitMs
  const connected = async () =>
    String(await redis.command('CLIENT', 'LIST'))
      .trim()
      .split('\n').length - 1
  while ((await connected()) < redisConnectionsPerReplica * replicas.length) {
    if (performance.now() > until) throw new Error('Not all replicas reconnected to Redis')
    await sleep(sampleIntervalMs)
  }
  const samples = { steady: [] as Measure[], restarted: [] as Measure[] }
  for (;;) {
    samples.steady.push(await steady.measure())
    samples.restarted.push(await restarted.measure())
    const measurement = {
      at: performance.now(),
      steady: toMinimum(samples.steady),
      restarted: toMinimum(samples.restarted)
    }
    const hasGrown =
      first && (exceeds(measurement.steady, first.steady) || exceeds(measurement.restarted, first.restarted))
    if (samples.steady.length >= minSamples && (!hasGrown || measurement.at > until)) return measurement
    await sleep(sampleIntervalMs)
  }
}

/** Whether `measure` has more file descriptors or handles than `baseline`. */
function exceeds(measure: Measure, baseline: Measure): boolean {
  return measure.descriptors > baseline.descriptors || measure.resources.length > baseline.resources.length
}

/** The minimum of all samples. A key fetch raises one sample, but a leak raises all of them. */
function toMinimum(measures: Measure[]): Measure {
  const minBy = (select: (measure: Measure) => number) => Math.min(...measures.map(select))
  const [smallest] = measures.toSorted((a, b) => a.resources.length - b.resources.length)
  return {
    heapBytes: minBy(({ heapBytes }) => heapBytes),
    externalBytes: minBy(({ externalBytes }) => externalBytes),
    rssBytes: minBy(({ rssBytes }) => rssBytes),
    descriptors: minBy(({ descriptors }) => descriptors),
    resources: smallest?.resources ?? []
  }
}
