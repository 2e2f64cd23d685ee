import { type Compared, findFloor } from './contenders.ts'
import { alternate, connections, type Load, pace, rounds, seconds } from './load.ts'
import type { PacedLoad } from './paced-load.ts'
import { machine, ratios, report, spread, table, toMedian } from './results.ts'

/** A contender, and the requests per second that it gets. */
interface Paced extends Compared {
  rate: number
}

/** Measures the latencies of the floors and of this server: at half of the maximum rate of each, and at half of the lowest. */
export async function measureHalfLoad(contenders: Compared[], maxLoads: Load[][]): Promise<void> {
  const atOwnRate = contenders
    .map((one, index): Paced => ({ ...one, rate: toMedian(maxLoads[index] ?? [], 'requestsPerSecond') / 2 }))
    .filter(({ kind }) => kind !== 'peer')
  const sharedRate = Math.min(...atOwnRate.map(({ rate }) => rate))
  const atSharedRate = atOwnRate.map((one): Paced => ({ ...one, rate: sharedRate }))
  const loads = await alternate(
    [...atOwnRate, ...atSharedRate],
    ({ server, toolCall, kind, rate }) =>
      pace(server, { toolCall, rate, seconds: seconds / 2, isConstant: kind === 'floor' }),
    0
  )
  await report(
    'Half load',
    `The load generator sends requests evenly, on up to ${connections} connections, without waiting for earlier responses, and checks that each
response has the id of its request. A latency is the time from when the request was due. The generator is a process of its own, and sleeps
between requests. "Generator late" is how long after a request was due the generator was ready to send it. That time is a part of
the latency, but the server did not cause it. If it is close to the latency, the latency is a property of the machine.`,
    'Aims: p99 within three times that of the floor, and no higher than before.',
    `${machine}; ${rounds} alternating rounds of ${seconds / 2} s, medians and ranges. At half of the maximum rate of each server:`,
    formatLoads(atOwnRate, loads.slice(0, atOwnRate.length)),
    'All at the same rate, half of the lowest maximum:',
    formatLoads(atSharedRate, loads.slice(atOwnRate.length))
  )
}

function formatLoads(contenders: Paced[], loads: PacedLoad[][]): string {
  return table(
    [
      '',
      'requests per second',
      'p50, ms',
      'p99, ms',
      "p99 / the floor's",
      'generator late, p99, ms',
      'generator, cores'
    ],
    contenders.map((contender, index) => {
      const own = loads[index] ?? []
      return [
        contender.name,
        contender.rate.toFixed(0),
        toMedian(own, 'p50').toFixed(2),
        spread(own.map(({ p99 }) => p99)),
        spread(ratios(own, findFloor(contender, contenders, loads), 'p99')),
        spread(own.map(({ latenessP99 }) => latenessP99)),
        toMedian(own, 'generatorCores').toFixed(2)
      ]
    })
  )
}
