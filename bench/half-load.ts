import { connections, pace, saturate } from './load.ts'
import { createSurroundings } from './ours.ts'
import { createQuestion } from './question.ts'
import { machine, median, report, spread, table } from './results.ts'
import { nextPort, startServer, stopServer, waitForAnswer } from './servers.ts'

/** Latency at half of the maximum load: p99 against the median. */
const rounds = 5
const seconds = 5

const surroundings = await createSurroundings()
const ours = await surroundings.startOurs()
const { token } = ours
const answer = await waitForAnswer(ours, createQuestion('legacy', { token }))
const bare = startServer('./peers/fastify.ts', nextPort(), { env: { ANSWER: JSON.stringify(answer) } })
await waitForAnswer(bare, createQuestion('legacy'))
const contenders = [
  { name: 'bare Fastify', server: bare, question: createQuestion('legacy') },
  { name: 'this server (legacy)', server: ours, question: createQuestion('legacy', { token }) },
  { name: 'this server (modern)', server: ours, question: createQuestion('modern', { token }) }
]

const rows: string[][] = []
for (const { name, server, question } of contenders) {
  process.stdout.write(`half load: ${name}\n`)
  await saturate(server, question, seconds) // warm-up
  const { requestsPerSecond } = await saturate(server, question, seconds)
  const rate = requestsPerSecond / 2
  const loads = []
  for (let round = 0; round < rounds; round += 1) loads.push(await pace(server, question, { seconds, rate }))
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
await surroundings.close()

await report(
  'Half load',
  `Requests come evenly at half the rate that the server reached just before, on up to ${connections} connections, whether or not earlier
ones have been answered. Aim: p99 below 5 times the median. Bare Fastify shows what the machine itself adds; so does a
load generator with less than the one core that it asks for: others had the rest.`,
  `${machine}; ${rounds} rounds of ${seconds} s, medians and the range:`,
  table(['', 'requests a second', 'p50, ms', 'p99, ms', 'p99 / p50', 'generator, cores'], rows)
)
