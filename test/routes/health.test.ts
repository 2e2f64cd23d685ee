import t from 'tap'
import { skip, startRedis } from '../support/redis.ts'
import { callTool } from '../support/rpc.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

interface Readiness {
  status: number
  body: { status: string; checks: Record<string, unknown> }
}

async function readReadiness({ url }: Pick<TestServer, 'url'>): Promise<Readiness> {
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, body: (await response.json()) as Readiness['body'] }
}

async function waitForCheck(server: TestServer, check: string, state: unknown): Promise<Readiness> {
  let readiness = await readReadiness(server)
  await until(async () => {
    readiness = await readReadiness(server)
    return readiness.body.checks[check] === state
  })
  return readiness
}

t.test('/readyz: ready', async (t) => {
  const server = await startServer(t)
  await waitForCheck(server, 'scalekit_keys', 'fresh')
  t.strictSame(await readReadiness(server), {
    status: 200,
    body: {
      status: 'ready',
      checks: { process: 'up', scalekit_keys: 'fresh', store: 'up', upstream_circuit: 'closed' }
    }
  })
})

for (const [keys, SCALEKIT_KEYS_STALE_MS, readiness] of [
  ['stale', '600000', { status: 200, body: { status: 'ready' } }],
  ['missing', '0', { status: 503, body: { status: 'not ready' } }]
] as const) {
  t.test(`/readyz: ${readiness.body.status} with keys that are ${keys}`, async (t) => {
    const server = await startServer(t, {
      SCALEKIT_KEYS_MAX_AGE_MS: '100',
      SCALEKIT_KEYS_STALE_MS,
      SCALEKIT_KEYS_COOLDOWN_MS: '50'
    })
    await waitForCheck(server, 'scalekit_keys', 'fresh')

    server.keyServer.answer = (response) => response.writeHead(500).end()

    t.match(await waitForCheck(server, 'scalekit_keys', keys), readiness)
  })
}

t.test('/readyz: an open circuit is reported with its end, and the server stays ready', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_RETRIES: '0' })
  await waitForCheck(server, 'scalekit_keys', 'fresh')
  server.news.answer = (reply) => reply.code(500).send('')
  const before = Date.now()
  for (const ticker of ['AAPL', 'MSFT', 'NVDA']) await callTool(server, 'get_news_sentiment', { ticker })

  const { status, body } = await readReadiness(server)

  t.equal(status, 200)
  t.equal(body.checks.upstream_circuit, 'open')
  t.ok(Date.parse(String(body.checks.upstream_retry_at)) > before)
})

t.test('/readyz: an unavailable store is reported, and the replica stays ready', { skip }, async (t) => {
  const redis = await startRedis(t)
  const server = await startServer(t, { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '200' })
  await waitForCheck(server, 'scalekit_keys', 'fresh')

  await redis.stop()

  t.match(await waitForCheck(server, 'store', 'away'), { status: 200, body: { status: 'ready' } })
})

t.test('/healthz: the process is up', async (t) => {
  const { url } = await startServer(t)

  const response = await fetch(`${url}/healthz`)

  t.equal(response.status, 200)
  t.same(await response.json(), { status: 'ok' })
})
