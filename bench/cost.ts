import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { createSurroundings, type OurServer } from './ours.ts'
import { createQuestion } from './question.ts'
import { machine, report, table } from './results.ts'
import { nextPort, readUsage, stopServer, waitForAnswer } from './servers.ts'

/**
 * The cost of an answered question as users and replicas grow, above all in calls to Alpha Vantage. Each user sends one
 * question after the other, each to the next replica, about tickers whose popularity differs widely (Zipf).
 */
const questionsPerUser = 100
const manyUsers = [1, 10, 100]
const manyReplicas = [1, 2, 4]
const tickers = Array.from({ length: 100 }, (_, index) => `T${index}`)
/** The partial sums 1, 1 + 1/2, 1 + 1/2 + 1/3, and so on. */
const sums = tickers.map((_, last) =>
  tickers.slice(0, last + 1).reduce((sum, _one, index) => sum + 1 / (index + 1), 0)
)
const tools = ['get_news_sentiment', 'get_sentiment_trend', 'explain_sentiment', 'compare_news_sentiment']

if (spawnSync('redis-server', ['--version']).status !== 0) {
  process.stderr.write('This benchmark needs redis-server.\n')
  process.exit(1)
}

const surroundings = await createSurroundings()
surroundings.news.answer = (_reply, { tickers: ticker = '' }) => createNews(ticker)

const rows: string[][] = []
for (const users of manyUsers) {
  for (const replicas of manyReplicas) {
    const shared = await measure(users, replicas, true)
    const apart = replicas === 1 ? undefined : await measure(users, replicas, false)
    const { asked } = shared
    rows.push([
      String(users),
      String(replicas),
      String(asked),
      `${shared.calls} (${(shared.calls / asked).toFixed(3)})`,
      apart ? String(apart.calls) : '',
      (shared.cpuMs / asked).toFixed(2),
      (shared.commands / asked).toFixed(1),
      shared.p50.toFixed(1),
      shared.p99.toFixed(1)
    ])
  }
}
await surroundings.close()

await report(
  'Cost of an answered question',
  `\`npm run --prefix bench cost\`: each user asks ${questionsPerUser} questions, one after the other, each at the next replica: ${tools.length} tools by turns,
about ${tickers.length} tickers of which the nth is asked about as often as 1/n of the first. Nothing is kept at the start of a line, and all of it
stays fresh. Replicas share a Redis with \`appendfsync always\`; "apart" they do not. The load generator, Redis and all replicas share
the machine's cores, so latency says how busy those are.`,
  machine,
  table(
    [
      'users',
      'replicas',
      'questions',
      'calls (a question)',
      'calls, apart',
      'CPU ms a question',
      'Redis commands a question',
      'p50, ms',
      'p99, ms'
    ],
    rows
  )
)

async function measure(users: number, replicas: number, isShared: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'finance-news-bench-'))
  const redis = isShared ? await startRedis(folder) : undefined
  const servers = await Promise.all(
    Array.from({ length: replicas }, (_, index) =>
      surroundings.startOurs({
        DATA_DIR: join(folder, String(index)),
        ...(redis && { REDIS_URL: redis.url })
      })
    )
  )
  for (const server of servers) await waitForAnswer(server, createQuestion('legacy', { token: server.token }))
  const callsBefore = surroundings.news.queries.length
  const cpuBefore = await readCpu(servers)
  const commandsBefore = await redis?.commands()
  const waits: number[] = []

  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      const random = createRandom(user + 1)
      for (let at = 0; at < questionsPerUser; at += 1) {
        const server = servers[(user + at) % servers.length]
        const started = performance.now()
        if (server) await ask(server, tools[at % tools.length] ?? '', random)
        waits.push(performance.now() - started)
      }
    })
  )

  const result = {
    asked: waits.length,
    calls: surroundings.news.queries.length - callsBefore,
    cpuMs: (await readCpu(servers)) - cpuBefore,
    commands: redis ? (await redis.commands()) - (commandsBefore ?? 0) : 0,
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99)
  }
  await Promise.all(servers.map(stopServer))
  await redis?.stop()
  await rm(folder, { recursive: true, force: true })
  return result
}

/** @throws {Error} when the answer is an error, which must not be counted. */
async function ask({ url, token }: OurServer, name: string, random: () => number) {
  const ticker = pick(random)
  const second = pick(random)
  const args =
    name === 'compare_news_sentiment' ? { tickers: [ticker, second === ticker ? 'T0X' : second] } : { ticker }
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })
  })
  const { result } = (await response.json()) as { result?: { isError?: true } }
  if (!result || result.isError)
    throw new Error(`answers ${response.status}: ${JSON.stringify(result).slice(0, 300)}`)
}

/** Picks a ticker: the nth is 1/n as frequent as the first. */
function pick(random: () => number): string {
  const place = random() * (sums.at(-1) ?? 0)
  return tickers[sums.findIndex((sum) => place <= sum)] ?? 'T0'
}

/** A linear congruential generator, for the same numbers in each run. */
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

function percentile(values: number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN
}

async function startRedis(folder: string) {
  const port = nextPort()
  const child: ChildProcess = spawn(
    'redis-server',
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
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
