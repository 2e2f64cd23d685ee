import { createServer } from 'node:http'
import t from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { addGauge } from '../../../plugins/observability/gauge.ts'
import { createKey } from '../../support/key-server.ts'
import { freePort } from '../../support/ports.ts'
import { skip, startRedis } from '../../support/redis.ts'
import { asRequest, callTool, eras } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

async function startWithMetrics(t: Parameters<typeof startServer>[0], environment = {}) {
  const port = await freePort()
  const server = await startServer(t, { METRICS_PORT: String(port), ...environment })
  const read = async () => (await fetch(`http://localhost:${port}/metrics`)).text()
  return { server, read, port }
}

t.test('metrics: queries by cache status, calls by outcome, and the budget', async (t) => {
  const { server, read } = await startWithMetrics(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '25' })
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  server.news.answer = (reply) => reply.code(404).send('')
  await callTool(server, 'get_news_sentiment', { ticker: 'MSFT' })

  const text = await read()

  for (const line of [
    'finance_news_questions_total{cache="miss"} 1',
    'finance_news_questions_total{cache="hit"} 1',
    'finance_news_questions_total{cache="error"} 1',
    'finance_news_upstream_calls_total{outcome="ok"} 1',
    'finance_news_upstream_calls_total{outcome="NEWS_UPSTREAM_FAULT"} 1',
    'finance_news_budget_calls{state="spent"} 2',
    'finance_news_budget_calls{state="left"} 23',
    'finance_news_budget_calls{state="waiting"} 0',
    'finance_news_upstream_circuit_open 0',
    'finance_news_store_up 1'
  ]) {
    t.ok(text.split('\n').includes(line), line)
  }
})

t.test('metrics: no call left once Alpha Vantage reports its limit; faults start at 0', async (t) => {
  const { server, read } = await startWithMetrics(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '25' })
  server.news.answer = () => errorResponses.dailyLimit
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })

  const text = await read()

  t.equal(readSeries(text, 'finance_news_budget_calls{state="left"}'), '0')
  for (const code of ['NEWS_UPSTREAM_FAULT', 'NEWS_UPSTREAM_TIMEOUT', 'NEWS_KEY_REFUSED']) {
    t.equal(readSeries(text, `finance_news_upstream_calls_total{outcome="${code}"}`), '0')
  }
})

/** The value of a series, by its full name and labels. */
const readSeries = (text: string, series: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1)

t.test('metrics: requests by route and status, tool calls by name and outcome, with durations', async (t) => {
  const { server, read } = await startWithMetrics(t)
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  await callTool(server, 'get_news_sentiment', { ticker: '?' })
  await callTool(server, 'nothing', {})
  await fetch(`${server.url}/mcp`, { method: 'POST' })
  await fetch(`${server.url}/nowhere`)
  await fetch(`${server.url}/nowhere/else`)

  const text = await read()

  const values = {
    'finance_news_http_requests_total{method="POST",route="/mcp",status="200"}': '3',
    'finance_news_http_requests_total{method="POST",route="/mcp",status="401"}': '1',
    'finance_news_http_requests_total{method="GET",route="",status="404"}': '2',
    'finance_news_http_request_duration_seconds_count{route="/mcp"}': '4',
    'finance_news_tool_calls_total{tool="get_news_sentiment",outcome="ok"}': '1',
    'finance_news_tool_calls_total{tool="get_news_sentiment",outcome="INVALID_ARGUMENTS"}': '1',
    'finance_news_tool_call_duration_seconds_count{tool="get_news_sentiment"}': '2'
  }
  for (const [series, value] of Object.entries(values)) t.equal(readSeries(text, series), value, series)
  t.notMatch(text, /tool="nothing"/, 'no label from caller input')
})

t.test('metrics: a client that disconnects before the answer counts as 499', async (t) => {
  const { server, read } = await startWithMetrics(t)
  const called = Promise.withResolvers<void>()
  server.news.answer = (reply) => {
    called.resolve()
    return reply.hijack()
  }
  const controller = new AbortController()
  const { body } = asRequest('legacy', {
    method: 'tools/call',
    params: { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } }
  })
  const response = fetch(server.resource, {
    method: 'POST',
    signal: controller.signal,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  await called.promise
  t.equal(readSeries(await read(), 'finance_news_mcp_open_exchanges{era="legacy"}'), '1')
  controller.abort()
  await t.rejects(response)
  const series = 'finance_news_http_requests_total{method="POST",route="/mcp",status="499"}'
  await until(async () => readSeries(await read(), series) === '1')
  t.equal(readSeries(await read(), 'finance_news_mcp_open_exchanges{era="legacy"}'), '0')
})

t.test('metrics: token decisions by reason, key fetches by outcome', async (t) => {
  const { server, read } = await startWithMetrics(t, { SCALEKIT_KEYS_COOLDOWN_MS: '10' })
  const expired = await server.signToken({ exp: 1 })
  const narrow = await server.signToken({ scope: 'openid' })
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  const send = (authorization: string) => server.post(ping, { authorization })
  await send(`Bearer ${server.token}`)
  await send(`Bearer ${server.token}`)
  await send(`Bearer ${expired}`)
  await send(`Bearer ${narrow}`)
  await send('')
  await send('Bearer ???')
  server.keyServer.answer = (response) => response.writeHead(500).end()
  await send(`Bearer ${await server.signToken({}, await createKey('unknown'))}`)

  const text = await read()

  const decisions = {
    accepted: '1',
    remembered: '1',
    expired: '1',
    insufficient_scope: '1',
    unauthorized: '1',
    invalid_request: '1',
    undecided: '1'
  }
  for (const [decision, count] of Object.entries(decisions)) {
    t.equal(readSeries(text, `finance_news_token_decisions_total{decision="${decision}"}`), count, decision)
  }
  t.equal(readSeries(text, 'finance_news_key_refreshes_total{outcome="changed"}'), '1')
  t.ok(Number(readSeries(text, 'finance_news_key_refreshes_total{outcome="failed"}')) >= 1)
  t.equal(readSeries(text, 'finance_news_keys_up'), '1')
})

t.test('metrics: exchanges by era, and open subscriptions', async (t) => {
  const { server, read } = await startWithMetrics(t)
  for (const era of eras) {
    const { body, headers } = asRequest(era, { method: 'tools/list' })
    await (await server.post(body, headers)).text()
  }
  const { body, headers } = asRequest('modern', {
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions: ['news:///tickers/AAPL/latest'] } }
  })
  const stream = await server.post(body, { ...headers, accept: 'application/json, text/event-stream' })

  const text = await read()
  await stream.body?.cancel()

  t.equal(readSeries(text, 'finance_news_mcp_exchanges_total{era="legacy"}'), '1')
  t.equal(readSeries(text, 'finance_news_mcp_exchanges_total{era="modern"}'), '2')
  t.equal(readSeries(text, 'finance_news_mcp_open_subscriptions'), '1')
  t.equal(readSeries(text, 'finance_news_connections_dropped_total'), '0')
  t.ok(Number(readSeries(text, 'finance_news_connections_open')) >= 1)
  t.equal(readSeries(text, 'finance_news_overloaded'), '0')
})

t.test('GET /metrics includes the metrics of the process, as Prometheus text', async (t) => {
  const { port } = await startWithMetrics(t)

  const response = await fetch(`http://localhost:${port}/metrics`)

  t.match(response.headers.get('content-type'), /^text\/plain; version=/)
  const text = await response.text()
  t.ok(Number(readSeries(text, 'process_resident_memory_bytes')) > 0)
  t.ok(readSeries(text, 'nodejs_eventloop_lag_mean_seconds'))
  t.equal(readSeries(text, 'finance_news_store_up'), '1')
})

t.test('METRICS_PORT equal to PORT: the server refuses to start and names the setting', async (t) => {
  const port = String(await freePort())

  await t.rejects(startServer(t, { PORT: port, METRICS_PORT: port }), {
    code: 'SETTINGS_INVALID',
    message: /METRICS_PORT is the same as PORT: metrics have no authentication and need a port of their own\./
  })
})

t.test('metrics: a Redis outage is counted', { skip }, async (t) => {
  const redis = await startRedis(t)
  const { server, read } = await startWithMetrics(t, { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '10000' })
  t.match(await read(), /finance_news_redis_outages_total 0\n.*finance_news_redis_up 1\n/s)
  await redis.stop()
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  t.match(
    await read(),
    /finance_news_redis_outages_total 1\n.*finance_news_redis_up 0\n.*finance_news_store_up 0\n/s
  )
})

t.test('metrics: the port serves nothing else, and without METRICS_PORT there is none', async (t) => {
  const { server, port } = await startWithMetrics(t)
  t.equal((await fetch(`http://localhost:${port}/mcp`)).status, 404)
  t.equal((await fetch(`http://localhost:${port}/metrics`, { method: 'POST' })).status, 404)
  t.equal((await fetch(new URL('/metrics', server.resource))).status, 404)
})

t.test('metrics: a failed collection is a 500 and a log line', async (t) => {
  const { server, port } = await startWithMetrics(t)
  addGauge(server.app.metrics, 'broken', 'Fails.', () => {
    throw new Error('BROKEN')
  })

  const response = await fetch(`http://localhost:${port}/metrics`)

  t.equal(response.status, 500)
  t.equal(await response.text(), '')
  t.ok(server.log.some((line) => /BROKEN.*collecting metrics failed/.test(line)))
})

t.test('METRICS_PORT in use: the server does not start', async (t) => {
  const port = await freePort()
  const other = createServer().listen(port, 'localhost')
  t.teardown(() => other.close())
  await t.rejects(startServer(t, { METRICS_PORT: String(port) }), { code: 'EADDRINUSE', port })
})
