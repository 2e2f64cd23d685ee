import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { createLocalAlphaVantage } from '../../../local/alpha-vantage/server.ts'
import { freePort } from '../../support/ports.ts'
import { prepareServer, root } from '../../support/process.ts'
import { callNews } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

t.test('event loop blocked: 503 with Retry-After, /readyz says so, and both recover', async (t) => {
  const server = await startServer(t, { OVERLOAD_EVENT_LOOP_DELAY_MS: '100' })
  // Startup blocks the event loop, too.
  await until(async () => (await server.post(ping)).status === 200)

  const sendAll = () =>
    Promise.all([server.post(ping), ...['/readyz', '/healthz'].map((path) => fetch(server.url + path))])
  let [response, readiness, health] = await sendAll()
  while (response.status === 200 || readiness?.status === 200) {
    const end = performance.now() + 250
    while (performance.now() < end); // blocks the event loop
    await setImmediate()
    ;[response, readiness, health] = await sendAll()
  }

  t.equal(response.status, 503)
  t.equal(response.headers.get('retry-after'), '5')
  t.match(await response.json(), { error: 'temporarily_unavailable', error_description: /is overloaded/ })
  t.match(await readiness?.json(), { status: 'not ready', checks: { process: 'overloaded' } })
  t.equal(health?.status, 200, 'the process is alive')
  await until(async () => (await server.post(ping)).status === 200)
  t.match(server.log.join(''), /"level":40.*overload started: rejecting requests[\s\S]*overload ended/)
})

t.test('heap nearly full: new requests are rejected, and accepted ones are answered', async (t) => {
  const news = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
  t.teardown(() => news.close())
  const release = Promise.withResolvers<void>()
  news.answer = async () => {
    await release.promise
    return { feed: [{ title: 'A', url: 'https://example.com/1', time_published: '20261122T100000' }] }
  }
  const metricsPort = String(await freePort())
  const { start, post } = await prepareServer(t, news, {
    METRICS_PORT: metricsPort,
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
    ALPHA_VANTAGE_CALLS_PER_DAY: '0',
    ALPHA_VANTAGE_TIMEOUT_MS: '30000',
    OVERLOAD_HEAP_BYTES: '110000000',
    // Garbage collection also delays the event loop, which this test does not measure.
    OVERLOAD_EVENT_LOOP_DELAY_MS: '0'
  })
  const countOpenExchanges = async () => {
    const text = await (await fetch(`http://localhost:${metricsPort}/metrics`)).text()
    return Number(/^finance_news_mcp_open_exchanges{era="legacy"} (\d+)$/m.exec(text)?.[1] ?? 0)
  }
  const server = await start([process.execPath, '--max-old-space-size=156', join(root, 'server.ts')])
  // 120 kB that expand to several megabytes, held while the request waits: 60 of them exceed the heap.
  const heavy = callNews({ ticker: 'AAPL' }, { padding: Array.from({ length: 40_000 }, () => ({})) })
  const accepted: Promise<Response>[] = []
  let rejected: Response | undefined
  while (!rejected && accepted.length < 60) {
    const response = post(heavy)
    const isAccepted = until(async () => rejected || (await countOpenExchanges()) > accepted.length)
    rejected = await Promise.race([response, isAccepted.then(() => undefined)])
    if (!rejected) accepted.push(response)
  }

  t.equal(rejected?.status, 503)
  t.equal(rejected?.headers.get('retry-after'), '5')
  release.resolve()
  const statuses = await Promise.all(accepted.map(async (answer) => (await answer).status))
  t.ok(statuses.length > 10)
  t.strictSame([...new Set(statuses)], [200], 'accepted requests are answered')
  await until(async () => (await post(ping)).status === 200)
  server.child.kill('SIGTERM')
  t.equal((await server.ended).code, 0, 'the process survived')
})
