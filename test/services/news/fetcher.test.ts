import { once } from 'node:events'
import type { FastifyReply } from 'fastify'
import t from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import { free, hourMs, startNews, unlimited } from '../../support/news.ts'
import { callTool } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'
import { breakConnection, startUpstream } from '../../support/upstream.ts'

t.test('retries: only after broken connections and status 5xx, and each call counts', async (t) => {
  const faults: [name: string, answer: (reply: FastifyReply) => unknown, calls: number][] = [
    ['a broken connection', breakConnection, 3],
    ['503', (reply) => reply.code(503).send(''), 3],
    ['404', (reply) => reply.code(404).send(''), 1],
    ['a page', (reply) => reply.type('text/html').send('<html>'), 1],
    ['a limit', () => errorResponses.burst, 1],
    ['a rejected key', () => errorResponses.invalidKey, 1]
  ]
  for (const [name, answer, calls] of faults) {
    const { find, news, service } = await startNews(t, { plan: free, retries: 2 })
    news.answer = answer
    await t.rejects(find({ ticker: 'AAPL' }), { code: /^NEWS_/ }, name)
    t.equal(news.queries.length, calls, name)
    t.match(await service.state('usr_1'), { spent: calls, callerSpent: calls }, name)
  }
})

t.test('successful retry: the answer reports both calls', async (t) => {
  const { find, news } = await startNews(t, { plan: free, retries: 1 })
  news.answer = (reply) => {
    news.answer = undefined
    breakConnection(reply)
  }
  t.match(await find({ ticker: 'AAPL' }), { cache: 'miss', calls: 2 })
})

t.test('deadline over: no retry', async (t) => {
  const { find, news } = await startNews(t, { plan: free, retries: 5, deadlineMs: 0 })
  news.answer = breakConnection
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_UPSTREAM_FAULT' })
  t.equal(news.queries.length, 1)
})

t.test('connection refused: the call is not counted', async (t) => {
  const upstream = await startUpstream(t)
  await upstream.close()
  const { find, service } = await startNews(t, { plan: free, upstream, retries: 2 })
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_UPSTREAM_FAULT' })
  t.match(await service.state('usr_1'), { spent: 0, callerSpent: 0 })
})

t.test('response above the size limit: not retried', async (t) => {
  const { find, news } = await startNews(t, { plan: free, retries: 3 })
  news.answer = (reply) => reply.type('application/json').send(`{"feed":["${'x'.repeat(9_000_000)}"]}`)
  await t.rejects(find({ ticker: 'AAPL' }), {
    code: 'NEWS_UPSTREAM_FAULT',
    cause: { message: /EXCEEDED_MAX_SIZE/ }
  })
  t.equal(news.queries.length, 1)
})

t.test('three faults in a row: the circuit opens for ALPHA_VANTAGE_PAUSE_MS', async (t) => {
  const pauseMs = 600_000
  const { find, news, service, logged } = await startNews(t, { plan: free, pauseMs })
  news.answer = (reply) => reply.code(500).send('')

  const before = Date.now()
  for (const ticker of ['AAPL', 'MSFT', 'NVDA'])
    await t.rejects(find({ ticker }), { code: 'NEWS_UPSTREAM_FAULT' })
  const { circuitOpenUntil = 0, spent } = await service.state('usr_1')

  t.ok(circuitOpenUntil >= before + pauseMs && circuitOpenUntil <= Date.now() + pauseMs)
  t.equal(spent, 3)
  await t.rejects(find({ ticker: 'AAPL' }), {
    code: 'NEWS_UPSTREAM_FAULT',
    message: /Try again at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
    retryAt: circuitOpenUntil
  })
  t.equal(news.queries.length, 3)
  t.match(logged.at(-1), { level: 'warn', message: 'Alpha Vantage circuit opened' })
})

t.test('probe of an open circuit fails: it opens for longer; probe succeeds: it closes', async (t) => {
  const { find, news, service } = await startNews(t, { plan: free, pauseMs: 20 })
  const calledAt: number[] = []
  news.answer = (reply) => {
    calledAt.push(Date.now())
    return reply.code(500).send('')
  }
  for (const ticker of ['AAPL', 'MSFT', 'NVDA']) await t.rejects(find({ ticker }))

  await until(() => find({ ticker: 'AAPL' }).catch(() => calledAt.length === 6))
  const pauses = calledAt.slice(3).map((at, index) => at - (calledAt[index + 2] ?? 0))
  news.answer = undefined
  await until(() => find({ ticker: 'AAPL' }).catch(() => undefined))

  for (const [index, pauseMs] of [20, 40, 80].entries()) t.ok((pauses[index] ?? 0) >= pauseMs, pauses.join())
  t.match(await service.state('usr_1'), { circuitOpenUntil: undefined, spent: 7 })
  t.match(await find({ ticker: 'MSFT' }), { cache: 'miss' })
})

t.test('circuit opens while a call waits for its time: the call is not made', async (t) => {
  const { find, news, service } = await startNews(t, { plan: { ...free, callsPerSecond: 10 } })
  news.answer = (reply) => reply.code(500).send('')

  const outcomes = await Promise.allSettled(
    ['AAPL', 'MSFT', 'NVDA', 'TSLA'].map((ticker, index) => find({ ticker }, { requester: `usr_${index}` }))
  )

  t.match(outcomes[3], { reason: { code: 'NEWS_UPSTREAM_FAULT', message: /Try again at/ } })
  t.equal(news.queries.length, 3)
  t.match(await service.state('usr_3'), { spent: 3, callerSpent: 0 })
})

t.test('faults with good answers between them: the circuit stays closed', async (t) => {
  const { find, news } = await startNews(t, { plan: unlimited })
  for (let index = 0; index < 5; index++) {
    news.answer = (reply) => reply.code(500).send('')
    await t.rejects(find({ ticker: `A${index}` }), { code: 'NEWS_UPSTREAM_FAULT' })
    news.answer = () => errorResponses.noArticles
    await t.rejects(find({ ticker: `B${index}` }), { code: 'NEWS_NOT_FOUND' })
  }
  t.equal(news.queries.length, 10)
})

t.test('invalid API key: circuit opens after three calls and reports the key error', async (t) => {
  const { find, news, logged } = await startNews(t, { plan: free })
  news.answer = () => errorResponses.invalidKey
  for (let index = 0; index < 5; index++) {
    await t.rejects(find({ ticker: 'AAPL' }), {
      code: 'NEWS_KEY_REFUSED',
      message: /check ALPHA_VANTAGE_API_KEY/
    })
  }
  t.equal(news.queries.length, 3)
  t.match(logged.at(-1), {
    message: 'Alpha Vantage circuit opened',
    details: { err: { code: 'NEWS_KEY_REFUSED' } }
  })
})

t.test('circuit: opened by faults and rejected requests, not by answers about one question', async (t) => {
  const never = () => new Promise(() => {})
  const bodies: [unknown, boolean][] = [
    [errorResponses.demoKey, true],
    [errorResponses.invalidCall, true],
    [never, true],
    [errorResponses.invalidInputs, false],
    [errorResponses.noArticles, false],
    [errorResponses.premiumEndpoint, false]
  ]
  for (const [body, opens] of bodies) {
    const { find, news, service } = await startNews(t, { timeoutMs: body === never ? 300 : 5000 })
    news.answer = typeof body === 'function' ? (body as () => unknown) : () => body
    for (const ticker of ['A', 'B', 'C', 'D']) await t.rejects(find({ ticker }))
    t.equal((await service.state('usr_1')).circuitOpenUntil !== undefined, opens, JSON.stringify(body))
    t.equal(news.queries.length, opens ? 3 : 4)
  }
})

t.test('circuit half-open: one call probes Alpha Vantage, all others fail at once', async (t) => {
  const { find, news, service } = await startNews(t, { plan: unlimited, pauseMs: 20 })
  news.answer = breakConnection
  for (const ticker of ['AAPL', 'MSFT', 'NVDA']) await t.rejects(find({ ticker }))
  await until(async () => (await service.state('usr_1')).circuitOpenUntil === undefined)
  const arrived = Promise.withResolvers<void>()
  const held = Promise.withResolvers<unknown>()
  news.answer = () => {
    arrived.resolve()
    return held.promise
  }
  const probing = find({ ticker: 'AAPL' })
  await arrived.promise
  await t.rejects(find({ ticker: 'MSFT' }), { code: 'NEWS_UPSTREAM_FAULT' })
  held.resolve(
    toFeed(newerArticle({ at: new Date(Date.now() - hourMs).toISOString(), about: { AAPL: [1, 0.1] } }))
  )
  t.match(await probing, { cache: 'miss' })
  t.equal(news.queries.length, 4)
})

t.test('client disconnects: the call goes on for other callers', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '25' })
  const held = Promise.withResolvers<unknown>()
  const arrived = Promise.withResolvers<void>()
  server.news.answer = () => {
    arrived.resolve()
    return held.promise
  }
  const client = new AbortController()
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } }
  }
  const first = t.rejects(
    fetch(server.resource, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(call),
      signal: client.signal
    })
  )
  await arrived.promise
  const second = callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  const closed = once(server.app.server, 'request').then(([request]) => once(request, 'close'))
  client.abort()
  await first
  held.resolve(
    toFeed(newerArticle({ at: new Date(Date.now() - hourMs).toISOString(), about: { AAPL: [1, 0.1] } }))
  )
  t.match((await second).structuredContent, { upstream_calls: 0, articles: { length: 1 } })
  await closed
  t.equal(server.news.queries.length, 1)
})
