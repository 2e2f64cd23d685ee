import { alternate, type Contender, connections } from './load.ts'
import { createSurroundings } from './ours.ts'
import { createQuestion, type Era } from './question.ts'
import { machine, ratios, readVersion, report, spread, table, toMedian } from './results.ts'
import { nextPort, type Server, startServer, stopServer, waitForAnswer } from './servers.ts'

/** The cost of a tool call: this server and its alternatives, as ratios to bare Fastify. */
const rounds = 5
const seconds = 5

const peers: { name: string; file: string; era: Era }[] = [
  {
    name: `SDK ${readVersion('@modelcontextprotocol/sdk')}, stateless (legacy)`,
    file: 'sdk-1',
    era: 'legacy'
  },
  {
    name: `SDK ${readVersion('@modelcontextprotocol/server')}, \`createMcpHandler\` (modern)`,
    file: 'sdk-2',
    era: 'modern'
  },
  {
    name: `fastify-mcp ${readVersion('fastify-mcp')}, stateless (legacy)`,
    file: 'fastify-mcp',
    era: 'legacy'
  },
  { name: `fastmcp ${readVersion('fastmcp')}, stateless (legacy)`, file: 'fastmcp', era: 'legacy' },
  { name: `mcp-handler ${readVersion('mcp-handler')} (modern)`, file: 'mcp-handler', era: 'modern' }
]

const surroundings = await createSurroundings()
const ours = await surroundings.startOurs()
const { token } = ours
const answer = await waitForAnswer(ours, createQuestion('legacy', { token }))
const env = { ANSWER: JSON.stringify(answer) }

const plain = createQuestion('legacy')
const bare = startServer('./peers/fastify.ts', nextPort(), { env })
await waitForAnswer(bare, plain)

const servers: Server[] = [ours, bare]
const contenders: Contender[] = [
  { name: `bare Fastify ${readVersion('fastify')}, constant answer`, server: bare, question: plain }
]
const skipped: string[] = []
async function enter(contender: Contender) {
  try {
    await waitForAnswer(contender.server, contender.question)
    contenders.push(contender)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    skipped.push(`Left out: ${contender.name} (${reason}).`)
  }
}
for (const { name, file, era } of peers) {
  const server = startServer(`./peers/${file}.ts`, nextPort(), { env })
  servers.push(server)
  await enter({ name, server, question: createQuestion(era) })
}
for (const era of ['legacy', 'modern'] as const) {
  const question = createQuestion(era, { token })
  await enter({ name: `**this server, with authentication** (${era})`, server: ours, question })
}
process.stdout.write(skipped.map((line) => `${line}\n`).join(''))

const loads = await alternate(contenders, { rounds, seconds })
await Promise.all(servers.map(stopServer))
await surroundings.close()

const rows = contenders.map(({ name }, index) => ({ name, own: loads[index] ?? [] }))
const [baseline = []] = loads
const bytes = Buffer.byteLength(JSON.stringify({ jsonrpc: '2.0', id: 1, result: answer }))
await report(
  'Throughput',
  `\`npm ci --prefix bench && npm run --prefix bench bench\`: the same tool call (\`get_news_sentiment\`) from warm cache,
answered with the same ${bytes} bytes of text and structured content. Peers answer with a constant, check no token and
validate the input alone; this server checks the token, the scope, the input and the output, and counts for its rate limits.`,
  `${machine}; ${rounds} alternating rounds of ${seconds} s, ${connections} connections, one server at a time. Ratios to bare Fastify in the same
round, medians and ranges; \`cpu\` is CPU time of the server's process a request, \`rss\` its memory after the round:`,
  table(
    ['', 'requests a second', 'p50', 'p99', 'cpu', 'rss'],
    rows.map(({ name, own }) => [
      name,
      ...(['requestsPerSecond', 'p50', 'p99', 'cpu', 'rss'] as const).map((figure) =>
        spread(ratios(own, baseline, figure))
      )
    ])
  ),
  'The same, as this machine has them, medians; `cores` are those of the server and of the load generator:',
  table(
    ['', 'requests a second', 'p50, ms', 'p99, ms', 'cpu, µs', 'rss, MB', 'cores'],
    rows.map(({ name, own }) => [
      name,
      toMedian(own, 'requestsPerSecond').toFixed(0),
      toMedian(own, 'p50').toFixed(2),
      toMedian(own, 'p99').toFixed(2),
      (toMedian(own, 'cpu') * 1000).toFixed(0),
      (toMedian(own, 'rss') / 1e6).toFixed(0),
      `${toMedian(own, 'serverCores').toFixed(2)} + ${toMedian(own, 'generatorCores').toFixed(2)}`
    ])
  ),
  ...skipped
)
