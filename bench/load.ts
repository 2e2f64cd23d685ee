import { Agent, request } from 'node:http'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import autocannon from 'autocannon'
import { ask, type Question } from './question.ts'
import { readUsage, type Server } from './servers.ts'

export const connections = 32

/** The figures of a server under load. Latencies and CPU time are in milliseconds, memory is in bytes. */
export interface Load {
  requestsPerSecond: number
  p50: number
  p99: number
  /** CPU time of the server's process for each request. */
  cpu: number
  rss: number
  /** The share of one core that the server's process used. Well below 1, it waited for the load generator. */
  serverCores: number
  generatorCores: number
}

/**
 * Sends as many requests as the server can answer, on connections that wait for each answer.
 * @throws {Error} when an answer is not 200, or the last one has no news.
 */
export async function saturate(server: Server, question: Question, seconds: number): Promise<Load> {
  return observe(server, question, async (record) => {
    const { path, headers, body } = question
    const options = { method: 'POST', headers, body, connections, duration: seconds } as const
    const result = await new Promise<autocannon.Result>((resolve, reject) => {
      const run = autocannon({ ...options, url: server.url + path }, (error, result) =>
        error ? reject(error) : resolve(result)
      )
      // autocannon's own latencies are whole milliseconds.
      run.on('response', (_client, _status, _bytes, milliseconds) => record(milliseconds))
    })
    const failures = result.non2xx + result.errors
    if (failures > 0) throw new Error(`${failures} answers were not 200`)
  })
}

/**
 * Sends `rate` requests a second, evenly spaced, whether or not earlier ones have been answered. Each latency counts from
 * the time that its request was due. autocannon would send bursts at the start of each second.
 * @throws {Error} when an answer is not 200, or the last one has no news.
 */
export async function pace(
  server: Server,
  question: Question,
  { seconds, rate }: { seconds: number; rate: number }
): Promise<Load> {
  return observe(server, question, async (record) => {
    const { path, headers, body } = question
    const agent = new Agent({ keepAlive: true, maxSockets: connections })
    const options = {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) }
    }
    const send = (due: number) =>
      new Promise<void>((resolve, reject) => {
        request(server.url + path, options, (response) => {
          if (response.statusCode !== 200) reject(new Error(`an answer was ${response.statusCode}`))
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
        // A timer would be late by about the time of an answer.
        await setImmediate()
        continue
      }
      pending.push(send(due))
      sent += 1
    }
    await Promise.all(pending)
    agent.destroy()
  })
}

async function observe(
  server: Server,
  question: Question,
  run: (record: (milliseconds: number) => void) => Promise<void>
): Promise<Load> {
  const latencies: RecordableHistogram = createHistogram()
  const [before, ownBefore, start] = [await readUsage(server), process.cpuUsage(), performance.now()]
  await run((milliseconds) => latencies.record(Math.max(1, Math.round(milliseconds * 1000))))
  const milliseconds = performance.now() - start
  const [own, after] = [process.cpuUsage(ownBefore), await readUsage(server)]
  await ask(server.url, question) // tool errors have status 200, too

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
  question: Question
}

/**
 * Measures every contender once in each round, and returns the loads of each. Other activity of the machine then affects
 * all contenders alike.
 */
export async function alternate(
  contenders: Contender[],
  { rounds, seconds }: { rounds: number; seconds: number }
): Promise<Load[][]> {
  const loads: Load[][] = contenders.map(() => [])
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { name, server, question }] of contenders.entries()) {
      process.stdout.write(round === 0 ? `warm-up: ${name}\n` : `round ${round} of ${rounds}: ${name}\n`)
      const load = await saturate(server, question, seconds)
      if (round > 0) loads[index]?.push(load)
    }
  }
  return loads
}
