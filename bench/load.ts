import { Agent, request } from 'node:http'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import autocannon from 'autocannon'
import { readUsage, type Server } from './servers.ts'
import { send, type ToolCall } from './tool-call.ts'

export const connections = 32

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
export async function saturate(server: Server, toolCall: ToolCall, seconds: number): Promise<Load> {
  return observe(server, toolCall, async (record) => {
    const { path, headers, body } = toolCall
    const options = { method: 'POST', headers, body, connections, duration: seconds } as const
    const result = await new Promise<autocannon.Result>((resolve, reject) => {
      const run = autocannon({ ...options, url: server.url + path }, (error, result) =>
        error ? reject(error) : resolve(result)
      )
      // autocannon's own latencies are whole milliseconds.
      run.on('response', (_client, _status, _bytes, milliseconds) => record(milliseconds))
    })
    const failures = result.non2xx + result.errors
    if (failures > 0) throw new Error(`${failures} responses did not have status 200`)
  })
}

/**
 * Sends `rate` requests per second, evenly spaced, without waiting for earlier responses. Measures each latency from the
 * time at which its request was due. autocannon would send bursts at the start of each second.
 * @throws {Error} if a status is not 200, or if the last response has no news.
 */
export async function pace(
  server: Server,
  toolCall: ToolCall,
  { seconds, rate }: { seconds: number; rate: number }
): Promise<Load> {
  return observe(server, toolCall, async (record) => {
    const { path, headers, body } = toolCall
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    const options = {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) }
    }
    const sendRequest = (due: number) =>
      new Promise<void>((resolve, reject) => {
        request(server.url + path, options, (response) => {
          if (response.statusCode !== 200) reject(new Error(`the status is ${response.statusCode}, not 200`))
          response.resume().once('end', () => {
            record(performance.now() - due)
            resolve()
          })
        })
          .once('error', reject)
          .end(body)
      })

    const pending: Promise<void>[] = []
    const start = performance.now()
    for (let sent = 0; sent < seconds * rate; ) {
      const due = start + (sent * 1000) / rate
      if (performance.now() < due) {
        // A timer could be late by about the time of a response.
        await setImmediate()
        continue
      }
      pending.push(sendRequest(due))
      sent += 1
    }
    await Promise.all(pending)
    agent.destroy()
  })
}

async function observe(
  server: Server,
  toolCall: ToolCall,
  run: (record: (milliseconds: number) => void) => Promise<void>
): Promise<Load> {
  const latencies: RecordableHistogram = createHistogram()
  const [before, ownBefore, start] = [await readUsage(server), process.cpuUsage(), performance.now()]
  await run((milliseconds) => latencies.record(Math.max(1, Math.round(milliseconds * 1000))))
  const milliseconds = performance.now() - start
  const [own, after] = [process.cpuUsage(ownBefore), await readUsage(server)]
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

/** A server to measure. */
export interface Contender {
  name: string
  server: Server
  toolCall: ToolCall
}

/**
 * Measures each contender once in each round, so that other activity of the machine affects all contenders equally.
 * Returns the loads of each contender.
 */
export async function alternate(
  contenders: Contender[],
  { rounds, seconds }: { rounds: number; seconds: number }
): Promise<Load[][]> {
  const loads: Load[][] = contenders.map(() => [])
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { name, server, toolCall }] of contenders.entries()) {
      process.stdout.write(round === 0 ? `warm-up: ${name}\n` : `round ${round} of ${rounds}: ${name}\n`)
      const load = await saturate(server, toolCall, seconds)
      if (round > 0) loads[index]?.push(load)
    }
  }
  return loads
}
