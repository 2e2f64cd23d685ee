import { createServer } from 'node:http'
import t from 'tap'
import { callTool, freePort, startServer } from './helper.ts'
import { skip, startRedis } from './redis-server.ts'

async function startWithMetrics(t: Parameters<typeof startServer>[0], environment = {}) {
  const port = await freePort()
  const server = await startServer(t, { METRICS_PORT: String(port), ...environment })
  const read = async () => (await fetch(`http://localhost:${port}/metrics`)).text()
  return { server, read, port }
}

t.test('metrics: questions by how they were answered, calls by outcome, and the budget', async (t) => {
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

t.test('metrics: Redis going away is counted', { skip }, async (t) => {
  const redis = await startRedis(t)
  const { server, read } = await startWithMetrics(t, { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '200' })
  t.match(await read(), /finance_news_redis_outages_total 0\n.*finance_news_redis_up 1\n/s)
  await redis.stop()
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  t.match(
    await read(),
    /finance_news_redis_outages_total 1\n.*finance_news_redis_up 0\n.*finance_news_store_up 0\n/s
  )
})

t.test('metrics: nothing else is there, and none without METRICS_PORT', async (t) => {
  const { server, port } = await startWithMetrics(t)
  t.equal((await fetch(`http://localhost:${port}/mcp`)).status, 404)
  t.equal((await fetch(`http://localhost:${port}/metrics`, { method: 'POST' })).status, 404)
  t.equal((await fetch(new URL('/metrics', server.resource))).status, 404)
})

t.test('metrics: a port that is taken ends the start', async (t) => {
  const port = await freePort()
  const other = createServer().listen(port, 'localhost')
  t.teardown(() => other.close())
  await t.rejects(startServer(t, { METRICS_PORT: String(port) }), { code: 'EADDRINUSE', port })
})
