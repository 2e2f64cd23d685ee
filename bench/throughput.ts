import { alternate, type Contender, connections } from './load.ts'
import { startStandIns } from './ours.ts'
import { machine, ratios, readVersion, report, spread, table, toMedian } from './results.ts'
import { nextPort, type Server, startServer, stopServer, waitForResponse } from './servers.ts'
import { createToolCall, type Era } from './tool-call.ts'

/** The cost of a tool call on this server and on its alternatives, as ratios to bare Fastify. */
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

const standIns = await startStandIns()
const ours = await standIns.startOurs()
const { token } = ours
const answer = await waitForResponse(ours, createToolCall('legacy', { token }))
const env = { ANSWER: JSON.stringify(answer) }

const plain = createToolCall('legacy')
const bare = startServer('./peers/fastify.ts', nextPort(), { env })
await waitForResponse(bare, plain)

const servers: Server[] = [ours, bare]
const contenders: Contender[] = [
  { name: `bare Fastify ${readVersion('fastify')}, constant answer`, server: bare, toolCall: plain }
]
const skipped: string[] = []
async function addContender(contender: Contender) {
  try {
    await waitForResponse(contender.server, contender.toolCall)
    contenders.push(contender)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    skipped.push(`Skipped: ${contender.name} (${reason}).`)
  }
}
for (const { name, file, era } of peers) {
  const server = startServer(`./peers/${file}.ts`, nextPort(), { env })
  servers.push(server)
  await addContender({ name, server, toolCall: createToolCall(era) })
}
for (const era of ['legacy', 'modern'] as const) {
  const toolCall = createToolCall(era, { token })
  await addContender({ name: `**this server, with authentication** (${era})`, server: ours, toolCall })
}
process.stdout.write(skipped.map((line) => `${line}\n`).join(''))

const loads = await alternate(contenders, { rounds, seconds })
await Promise.all(servers.map(stopServer))
await standIns.close()

const rows = contenders.map(({ name }, index) => ({ name, own: loads[index] ?? [] }))
const [baseline = []] = loads
const bytes = Buffer.byteLength(JSON.stringify({ jsonrpc: '2.0', id: 1, result: answer }))
await report(
  'Throughput',
  `\`npm ci --prefix bench && npm run --prefix bench bench\`: the same tool call (\`get_news_sentiment\`) from a warm cache.
All servers return the same ${bytes} bytes of text and structured content. Peers return a constant, check no token, and validate
only the input. This server checks the token, the scope, the input and the output, and counts requests for its rate limits.`,
  `${machine}; ${rounds} alternating rounds of ${seconds} s, ${connections} connections, one server at a time. Ratios to bare Fastify in the same
round, medians and ranges; \`cpu\` is the CPU time of the server's process per request, \`rss\` its memory after the round:`,
  table(
    ['', 'requests per second', 'p50', 'p99', 'cpu', 'rss'],
    rows.map(({ name, own }) => [
      name,
      ...(['requestsPerSecond', 'p50', 'p99', 'cpu', 'rss'] as const).map((figure) =>
        spread(ratios(own, baseline, figure))
      )
    ])
  ),
  'The absolute medians on this machine; `cores` are the cores that the server and the load generator used:',
  table(
    ['', 'requests per second', 'p50, ms', 'p99, ms', 'cpu, µs', 'rss, MB', 'cores'],
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
