import { connections, pace, saturate } from './load.ts'
import { startStandIns } from './ours.ts'
import { machine, median, report, spread, table } from './results.ts'
import { nextPort, startServer, stopServer, waitForResponse } from './servers.ts'
import { createToolCall } from './tool-call.ts'

/** Latency at half of the maximum load: the ratio of p99 to the median. */
const rounds = 5
const seconds = 5

const standIns = await startStandIns()
const ours = await standIns.startOurs()
const { token } = ours
const answer = await waitForResponse(ours, createToolCall('legacy', { token }))
const bare = startServer('./peers/fastify.ts', nextPort(), { env: { ANSWER: JSON.stringify(answer) } })
await waitForResponse(bare, createToolCall('legacy'))
const contenders = [
  { name: 'bare Fastify', server: bare, toolCall: createToolCall('legacy') },
  { name: 'this server (legacy)', server: ours, toolCall: createToolCall('legacy', { token }) },
  { name: 'this server (modern)', server: ours, toolCall: createToolCall('modern', { token }) }
]

const rows: string[][] = []
for (const { name, server, toolCall } of contenders) {
  process.stdout.write(`half load: ${name}\n`)
  await saturate(server, toolCall, seconds) // warm-up
  const { requestsPerSecond } = await saturate(server, toolCall, seconds)
  const rate = requestsPerSecond / 2
  const loads = []
  for (let round = 0; round < rounds; round += 1) loads.push(await pace(server, toolCall, { seconds, rate }))
  rows.push([
    name,
    rate.toFixed(0),
    median(loads.map(({ p50 }) => p50)).toFixed(2),
    median(loads.map(({ p99 }) => p99)).toFixed(2),
    spread(loads.map(({ p50, p99 }) => p99 / p50)),
    spread(loads.map(({ generatorCores }) => generatorCores))
  ])
}
await Promise.all([stopServer(ours), stopServer(bare)])
await standIns.close()

await report(
  'Half load',
  `The load generator sends requests evenly at half the maximum rate of the server, on up to ${connections} connections, without waiting for
earlier responses. Aim: p99 below 5 times the median. Bare Fastify shows the latency that the machine itself adds. A load
generator with less than one core shared it with other programs.`,
  `${machine}; ${rounds} rounds of ${seconds} s, medians and the range:`,
  table(['', 'requests per second', 'p50, ms', 'p99, ms', 'p99 / p50', 'generator, cores'], rows)
)
