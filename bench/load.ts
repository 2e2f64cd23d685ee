import { execFile } from 'node:child_process'
import { ftruncateSync } from 'node:fs'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { promisify } from 'node:util'
import autocannon from 'autocannon'
import type { Pace, PacedLoad } from './paced-load.ts'
import { readUsage, type Server } from './servers.ts'
import { send, type ToolCall } from './tool-call.ts'

export const connections = 32

/** The number of rounds, and the seconds of each load. The variables shorten a run that only tries the programs. */
export const rounds = Number(process.env.ROUNDS ?? 5)
export const seconds = Number(process.env.ROUND_SECONDS ?? 4)

/** A server to measure. */
export interface Contender {
  name: string
  server: Server
  toolCall: ToolCall
  /** The seconds of its load; `seconds` by default. */
  seconds?: number
}

/** The figures of a server under load. Latencies and CPU time are in milliseconds, memory is in bytes. */
export interface Load {
  requestsPerSecond: number
  p50: number
  p99: number
  /** CPU time of the server's process for each request. */
  cpu: number
  rss: number
  /** The cores that the server's process used. Far below 1 means that it waited for the load generator. */
  serverCores: number
  generatorCores: number
}

/**
 * Sends requests at the server's maximum rate: each connection waits for a response before it sends the next request.
 * @throws {Error} if a status is not 200, or if the last response has no news.
 */
export async function saturate(
  { server, toolCall }: Pick<Contender, 'server' | 'toolCall'>,
  duration: number
): Promise<Load> {
  ftruncateSync(server.log)
  const latencies: RecordableHistogram = createHistogram()
  const [before, ownBefore, start] = [await readUsage(server), process.cpuUsage(), performance.now()]
  const { path, ...request } = toolCall
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      { ...request, method: 'POST', url: server.url + path, connections, duration },
      (error, result) => (error ? reject(error) : resolve(result))
    )
    // autocannon's own latencies are whole milliseconds.
    run.on('response', (_client, _status, _bytes, milliseconds) =>
      latencies.record(Math.max(1, Math.round(milliseconds * 1000)))
    )
  })
  const milliseconds = performance.now() - start
  const [own, after] = [process.cpuUsage(ownBefore), await readUsage(server)]
  const failures = result.non2xx + result.errors
  if (failures > 0) throw new Error(`${failures} responses did not have status 200`)
  await send(server.url, toolCall) // throws if the tool fails, which does not change the status

  const cpu = (after.cpuMicroseconds - before.cpuMicroseconds) / 1000
  return {
    requestsPerSecond: (latencies.count * 1000) / milliseconds,
    p50: latencies.percentile(50) / 1000,
    p99: latencies.percentile(99) / 1000,
    cpu: cpu / latencies.count,
    rss: after.rss,
    serverCores: cpu / milliseconds,
    generatorCores: (own.user + own.system) / 1000 / milliseconds
  }
}

/**
 * Sends requests at a fixed rate, from a process of their own.
 * @throws {Error} if a response is not the answer to its request, or if the last response has no news.
 */
export async function pace(server: Server, load: Omit<Pace, 'url' | 'connections'>): Promise<PacedLoad> {
  ftruncateSync(server.log)
  const generator = new URL('paced-load.ts', import.meta.url).pathname
  const task: Pace = { ...load, url: server.url, connections }
  const { stdout } = await promisify(execFile)(process.execPath, [generator, JSON.stringify(task)], {
    timeout: (load.seconds + 30) * 1000
  })
  await send(server.url, load.toolCall) // throws if the tool fails, which does not change the status
  return JSON.parse(stdout)
}

/**
 * Measures each contender once in each round, so that other activity of the machine affects all contenders equally.
 * Returns the loads of each contender, without those of the rounds that warm up.
 */
export async function alternate<One extends { name: string }, Measured>(
  contenders: One[],
  measure: (contender: One) => Promise<Measured>,
  warmUps = 1
): Promise<Measured[][]> {
  const loads: Measured[][] = contenders.map(() => [])
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      process.stdout.write(`${round < 1 ? 'warm-up' : `round ${round} of ${rounds}`}: ${contender.name}\n`)
      const load = await measure(contender)
      if (round > 0) loads[index]?.push(load)
    }
  }
  return loads
}
