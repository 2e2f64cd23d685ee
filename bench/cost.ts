import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type OurServer, startStandIns } from './ours.ts'
import { machine, report, table } from './results.ts'
import { folder, nextPort, readUsage, stopServer, waitForAnswer } from './servers.ts'
import { createToolCall } from './tool-call.ts'

/**
 * The cost of a tool call as users and replicas grow, above all in calls to Alpha Vantage. Each user makes one tool call
 * after the other, each to the next replica. The frequency of tickers follows Zipf's law.
 */
const callsPerUser = 100
const userCounts = [1, 10, 100]
const replicaCounts = [1, 2, 4]
const tickers = Array.from({ length: 100 }, (_, index) => `T${index}`)
/** The partial sums 1, 1 + 1/2, 1 + 1/2 + 1/3, and so on. */
const cumulativeWeights = tickers.map((_, last) =>
  tickers.slice(0, last + 1).reduce((sum, _ticker, index) => sum + 1 / (index + 1), 0)
)
const tools = ['get_news_sentiment', 'get_sentiment_trend', 'explain_sentiment', 'compare_news_sentiment']

if (spawnSync('redis-server', ['--version']).status !== 0) {
  process.stderr.write('This benchmark needs redis-server.\n')
  process.exit(1)
}

const standIns = await startStandIns()
standIns.news.answer = (_reply, { tickers: ticker = '' }) => createNews(ticker)

const rows: string[][] = []
for (const users of userCounts) {
  for (const replicas of replicaCounts) {
    const shared = await measure(users, replicas, true)
    const separate = replicas === 1 ? undefined : await measure(users, replicas, false)
    const { toolCalls } = shared
    rows.push([
      String(users),
      String(replicas),
      String(toolCalls),
      `${shared.upstreamCalls} (${(shared.upstreamCalls / toolCalls).toFixed(3)})`,
      separate ? String(separate.upstreamCalls) : '',
      (shared.cpuMs / toolCalls).toFixed(2),
      (shared.commands / toolCalls).toFixed(1),
      shared.p50.toFixed(1),
      shared.p99.toFixed(1)
    ])
  }
}
await standIns.close()

await report(
  'Cost of a tool call',
  `\`npm run --prefix bench cost\`: each user makes ${callsPerUser} tool calls, one after the other, each to the next replica. They
alternate between ${tools.length} tools and choose from ${tickers.length} tickers; the nth ticker is 1/n as frequent as the first. Each row starts with empty caches, and
all news stays fresh. Replicas share a Redis with \`appendfsync always\`; in the column "without Redis", they share nothing. The load
generator, Redis and all replicas share the machine's cores, so the latency also shows how busy the cores are.`,
  machine,
  table(
    [
      'users',
      'replicas',
      'tool calls',
      'upstream calls (per tool call)',
      'upstream calls without Redis',
      'CPU ms per tool call',
      'Redis commands per tool call',
      'p50, ms',
      'p99, ms'
    ],
    rows
  )
)

async function measure(users: number, replicas: number, isShared: boolean) {
  const redis = isShared ? await startRedis() : undefined
  const servers = await Promise.all(
    Array.from({ length: replicas }, () => standIns.startOurs(redis && { REDIS_URL: redis.url }))
  )
  for (const server of servers) await waitForAnswer(server, createToolCall('legacy', { token: server.token }))
  const callsBefore = standIns.news.queries.length
  const cpuBefore = await readCpu(servers)
  const commandsBefore = await redis?.commands()
  const latencies: number[] = []

  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      const random = createRandom(user + 1)
      for (let at = 0; at < callsPerUser; at += 1) {
        const server = servers[(user + at) % servers.length]
        const started = performance.now()
        if (server) await callTool(server, tools[at % tools.length] ?? '', random)
        latencies.push(performance.now() - started)
      }
    })
  )

  const result = {
    toolCalls: latencies.length,
    upstreamCalls: standIns.news.queries.length - callsBefore,
    cpuMs: (await readCpu(servers)) - cpuBefore,
    commands: redis ? (await redis.commands()) - (commandsBefore ?? 0) : 0,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99)
  }
  await Promise.all(servers.map(stopServer))
  await redis?.stop()
  return result
}

/** Calls a tool. @throws {Error} if it returns an error, because the benchmark must not count errors. */
async function callTool({ url, token }: OurServer, name: string, random: () => number) {
  const ticker = pickTicker(random)
  const second = pickTicker(random)
  const args =
    name === 'compare_news_sentiment' ? { tickers: [ticker, second === ticker ? 'T0X' : second] } : { ticker }
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })
  })
  const { result } = (await response.json()) as { result?: { isError?: true } }
  if (!result || result.isError)
    throw new Error(`status ${response.status}: ${JSON.stringify(result).slice(0, 300)}`)
}

/** Picks a ticker. The nth ticker is 1/n as frequent as the first. */
function pickTicker(random: () => number): string {
  const position = random() * (cumulativeWeights.at(-1) ?? 0)
  return tickers[cumulativeWeights.findIndex((sum) => position <= sum)] ?? 'T0'
}

/** Creates a linear congruential generator, which returns the same numbers in each run. */
function createRandom(seed: number): () => number {
  let state = seed * 2654435761
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function createNews(ticker: string) {
  const feed = Array.from({ length: 50 }, (_, index) => {
    const time = new Date(Date.now() - index * 2 * 3_600_000).toISOString().replace(/[-:]|\.\d+Z/g, '')
    return {
      title: `News ${index} on ${ticker}`,
      url: `https://example.com/${ticker}/${index}`,
      time_published: time,
      authors: ['A. Writer'],
      summary: 'A summary of the event, in one or two sentences of about the usual length.',
      source: `Source ${index % 7}`,
      topics: [{ topic: 'earnings', relevance_score: '0.5' }],
      overall_sentiment_score: 0.1,
      overall_sentiment_label: 'Neutral',
      ticker_sentiment: [
        {
          ticker,
          relevance_score: '0.9',
          ticker_sentiment_score: String(Math.sin(index) / 2),
          ticker_sentiment_label: 'Neutral'
        }
      ]
    }
  })
  return { items: '50', feed }
}

async function readCpu(servers: OurServer[]): Promise<number> {
  const usages = await Promise.all(servers.map((server) => readUsage(server)))
  return usages.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds / 1000, 0)
}

function percentile(values: number[], fraction: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * fraction)] ?? Number.NaN
}

async function startRedis() {
  const port = nextPort()
  const child: ChildProcess = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      mkdtempSync(join(folder, 'redis-')),
      '--save',
      '',
      '--appendonly',
      'yes',
      '--appendfsync',
      'always'
    ],
    { stdio: 'ignore' }
  )
  const client = new Redis(port, '127.0.0.1')
  client.on('error', () => {}) // until Redis is up
  await client.ping()
  return {
    url: `redis://127.0.0.1:${port}`,
    commands: async () => Number(/total_commands_processed:(\d+)/.exec(await client.info('stats'))?.[1]),
    async stop() {
      client.disconnect()
      child.kill('SIGKILL')
    }
  }
}
