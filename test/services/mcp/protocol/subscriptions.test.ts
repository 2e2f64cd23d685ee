import t from 'tap'
import { collectGarbage } from '../../../support/garbage.ts'
import { asRequest, callNews, parseEvents } from '../../../support/rpc.ts'
import { startServer, type TestServer } from '../../../support/server.ts'
import { holdBack } from '../../../support/slow-body.ts'
import { until } from '../../../support/until.ts'

const uri = 'news:///tickers/AAPL/latest'
const subscribed = { 'io.modelcontextprotocol/subscriptionId': 'sub' }

const listen = (notifications: object) =>
  asRequest('modern', { id: 'sub', method: 'subscriptions/listen', params: { notifications } })

/** Opens a subscription; `next` returns its next message, or `undefined` at its end. */
async function subscribe(server: TestServer, notifications: object, token = server.token) {
  const { body, headers } = listen(notifications)
  const response = await server.post(body, { ...headers, authorization: `Bearer ${token}` })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const next = async () => {
    const { done, value } = (await reader?.read()) ?? { done: true }
    return done ? undefined : parseEvents(String(value))[0]
  }
  return { response, next, disconnect: () => reader?.cancel() }
}

t.test('a subscription to the news on a ticker gets a notification when there is newer news', async (t) => {
  const server = await startServer(t, { CACHE_TTL_MS: '1' })

  const { response, next, disconnect } = await subscribe(server, {
    resourceSubscriptions: [uri],
    toolsListChanged: true
  })
  t.match(response.headers.get('content-type'), 'text/event-stream')
  t.strictSame(await next(), {
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications: { resourceSubscriptions: [uri] }, _meta: subscribed }
  })
  await server.post(callNews({ ticker: 'MSFT' }))
  await server.post(callNews({ ticker: 'AAPL' }))

  t.strictSame(await next(), {
    jsonrpc: '2.0',
    method: 'notifications/resources/updated',
    params: { uri, _meta: subscribed }
  })
  await disconnect()
})

t.test('every spelling of a ticker URI gets notifications', async (t) => {
  const server = await startServer(t)

  for (const spelling of ['CRYPTO:BTC', 'CRYPTO%3AETH', 'aapl', 'brk.a']) {
    const tickerUri = `news:///tickers/${spelling}/latest`
    const { next, disconnect } = await subscribe(server, { resourceSubscriptions: [tickerUri] })
    await next()
    await server.post(callNews({ ticker: decodeURIComponent(spelling) }))
    t.match(await next(), { params: { uri: tickerUri } }, spelling)
    await disconnect()
  }
})

t.test('SUBSCRIPTIONS_PER_SUBJECT: 429 above it, for that subject only', async (t) => {
  const server = await startServer(t, { SUBSCRIPTIONS_PER_SUBJECT: '2' })
  const filter = { resourceSubscriptions: [uri] }
  const other = await server.signToken({ sub: 'usr_2' })
  const { body, headers } = listen(filter)

  const first = await subscribe(server, filter)
  const second = await subscribe(server, filter)
  const third = await server.post(body, headers)
  t.equal(third.status, 429)
  t.match(await third.json(), { id: 'sub', error: { code: -32000, message: /2 open subscriptions/ } })
  t.equal((await subscribe(server, filter, other)).response.status, 200)
  await Promise.all([first.disconnect(), second.disconnect()])

  await until(async () => {
    const { response, disconnect } = await subscribe(server, filter)
    await disconnect()
    return response.status === 200
  })
})

t.test('client disconnects from a subscription: the subject may open one more', async (t) => {
  const { post } = await startServer(t, { SUBSCRIPTIONS_PER_SUBJECT: '2' })
  const { body, headers } = listen({ resourceSubscriptions: [uri] })
  const [first] = await Promise.all([post(body, headers), post(body, headers)])
  await first.body?.cancel()

  await until(async () => (await post(body, headers)).status === 200)

  t.equal((await post(body, headers)).status, 429, 'only one more')
})

t.test('a token that is valid for 40 days: its subscription stays open', async (t) => {
  const server = await startServer(t)
  const token = await server.signToken({ exp: Math.floor(Date.now() / 1000) + 40 * 86_400 })

  const { next, disconnect } = await subscribe(server, { resourceSubscriptions: [uri] }, token)
  await next()
  await server.post(callNews({ ticker: 'AAPL' }))

  t.match(await next(), { method: 'notifications/resources/updated' }, 'it is open when the news arrives')
  await disconnect()
})

t.test('a subscription ends when its token expires', async (t) => {
  const server = await startServer(t)
  const exp = Math.ceil(Date.now() / 1000) + 1
  const token = await server.signToken({ exp })

  const { next } = await subscribe(server, { resourceSubscriptions: [uri] }, token)
  t.match(await next(), { method: 'notifications/subscriptions/acknowledged' })
  // The request must survive a garbage collection: its signal ends the subscription.
  collectGarbage()

  t.equal(await next(), undefined)
  t.ok(Date.now() >= exp * 1000 - 50 && Date.now() < exp * 1000 + 5000, 'neither before nor long after')
})

t.test('a subscription may name 100 resources; 101 are rejected with 400', async (t) => {
  const { post } = await startServer(t)
  const max = listen({ resourceSubscriptions: Array.from({ length: 100 }, () => uri) })
  const allowed = await post(max.body, max.headers)
  t.equal(allowed.status, 200)
  await allowed.body?.cancel()
  const { body, headers } = listen({ resourceSubscriptions: Array.from({ length: 101 }, () => uri) })

  const response = await post(body, headers)

  t.equal(response.status, 400)
  t.match(await response.json(), { id: 'sub', error: { code: -32602, message: /100/ } })
})

t.test('a subscription only to lists, which never change: acknowledged, then ended', async (t) => {
  const server = await startServer(t)

  const { body, headers } = listen({ toolsListChanged: true, promptsListChanged: true })
  const events = parseEvents(await (await server.post(body, headers)).text())

  t.match(events, [
    { method: 'notifications/subscriptions/acknowledged', params: { notifications: {} } },
    { id: 'sub', result: { resultType: 'complete' } }
  ])
})

t.test('shutdown: subscriptions end at once, with their results', async (t) => {
  const server = await startServer(t)
  const { next } = await subscribe(server, { resourceSubscriptions: [uri] })
  await next()

  const closed = server.app.close()

  t.match(await next(), { id: 'sub', result: { resultType: 'complete', _meta: subscribed } })
  t.equal(await next(), undefined)
  await closed
})

t.test('shutdown: a subscription or an invalid request that arrives late gets 503', async (t) => {
  const server = await startServer(t)
  const unknown = asRequest('modern', { method: 'made/up' })
  const mismatch = { ...unknown, headers: { ...unknown.headers, 'mcp-method': 'tools/list' } }
  const late = await holdBack(server, [listen({ resourceSubscriptions: [uri] }), unknown, mismatch])

  const closed = server.app.close()
  await until(() => !server.app.server.listening)

  for (const finish of late) {
    t.match(await finish(), { status: 503, body: { error: { code: -32000, message: /shutting down/ } } })
  }
  await closed
})

t.test('a subscription gets keep-alive comments', async (t) => {
  const server = await startServer(t, { SSE_KEEP_ALIVE_MS: '20' })
  const { body, headers } = listen({ resourceSubscriptions: [uri] })

  const response = await server.post(body, headers)
  let received = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    received += chunk
    if (received.includes(': keepalive\n\n: keepalive')) break
  }

  t.match(received, ': keepalive')
})
