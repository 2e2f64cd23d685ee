import t from 'tap'
import packageJson from '../../../../package.json' with { type: 'json' }
import { collectGarbage } from '../../../support/garbage.ts'
import { asRequest, callNews, parseEvents } from '../../../support/rpc.ts'
import { startServer, type TestServer } from '../../../support/server.ts'
import { holdBack } from '../../../support/slow-body.ts'
import { until } from '../../../support/until.ts'

const versionKey = 'io.modelcontextprotocol/protocolVersion'
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities'
const serverInfo = {
  'io.modelcontextprotocol/serverInfo': { name: 'finance-news', version: packageJson.version }
}
const uri = 'news:///tickers/AAPL/latest'
const callParams = { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', limit: 1 } }

/** Sends a request of revision 2026-07-28; `change` makes it a wrong one. */
async function send(
  { post }: Pick<TestServer, 'post'>,
  request: Parameters<typeof asRequest>[1],
  change: { headers?: Record<string, string | undefined>; meta?: Record<string, unknown> } = {}
) {
  const { body, headers } = asRequest('modern', {
    ...request,
    params: { ...request.params, _meta: { ...request.params?._meta, ...change.meta } }
  })
  const all = { ...headers, ...change.headers }
  const sent = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined)
  return post(body, Object.fromEntries(sent))
}

/** For tests that change nothing, and do not look at what is asked of Alpha Vantage. */
const shared = await startServer(t)

t.test('server/discover tells the revision, what there is, and who the server is', async (t) => {
  const response = await send(shared, { method: 'server/discover' })

  t.equal(response.status, 200)
  t.strictSame(((await response.json()) as { result: object }).result, {
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {} },
    instructions: shared.app.mcp.catalog.instructions,
    resultType: 'complete',
    ttlMs: 3_600_000,
    cacheScope: 'public',
    _meta: {
      'io.modelcontextprotocol/serverInfo': {
        name: 'finance-news',
        title: 'Finance News Sentiment',
        version: packageJson.version,
        websiteUrl: `${shared.resource}/docs`
      }
    }
  })
})

t.test('every result tells its type, and every list how long it may be kept and shared', async (t) => {
  for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
    const { result } = (await (await send(shared, { method })).json()) as { result: object }
    t.match(
      result,
      { resultType: 'complete', ttlMs: 3_600_000, cacheScope: 'public', _meta: serverInfo },
      method
    )
  }
  const called = await send(shared, { method: 'tools/call', params: callParams })
  t.match(await called.json(), {
    id: 1,
    result: { resultType: 'complete', structuredContent: { ticker: 'AAPL' }, _meta: serverInfo }
  })
})

t.test('news may be kept by its reader alone, for as long as the cache holds it', async (t) => {
  const server = await startServer(t, { CACHE_TTL_MS: '60000' })
  const read = async () => {
    const response = await send(server, { method: 'resources/read', params: { uri } })
    return ((await response.json()) as { result: { ttlMs: number; cacheScope: string } }).result
  }

  const first = await read()
  const readAt = Date.now()
  await until(() => Date.now() >= readAt + 20)
  const second = await read()

  t.equal(first.cacheScope, 'private')
  t.ok(first.ttlMs > 50_000 && first.ttlMs <= 60_000, `${first.ttlMs} ms`)
  t.ok(second.ttlMs <= first.ttlMs - 20, `${second.ttlMs} ms later`)
})

t.test('headers that disagree with the body, or are missing: 400, -32020', async (t) => {
  const server = await startServer(t)
  const call = { id: 'x', method: 'tools/call', params: callParams }

  for (const headers of [
    { 'mcp-method': 'tools/list' },
    { 'mcp-method': undefined },
    { 'mcp-name': 'another' },
    { 'mcp-name': 'GET_NEWS_SENTIMENT' },
    { 'mcp-name': '=?base64?!?=' },
    { 'mcp-name': undefined },
    { 'mcp-protocol-version': '2026-07-29' },
    { 'mcp-protocol-version': '2025-11-25' },
    { 'mcp-protocol-version': undefined }
  ]) {
    const response = await send(server, call, { headers })
    t.equal(response.status, 400, JSON.stringify(headers))
    t.match(await response.json(), { jsonrpc: '2.0', id: 'x', error: { code: -32020, message: String } })
  }
  t.equal(server.news.queries.length, 0, 'nothing was done')
})

t.test('Mcp-Name is compared for prompts and resources, too', async (t) => {
  const server = await startServer(t)

  for (const [method, params] of [
    ['prompts/get', { name: 'morning_brief', arguments: { tickers: 'AAPL' } }],
    ['resources/read', { uri }]
  ] as const) {
    const response = await send(server, { method, params }, { headers: { 'mcp-name': 'another' } })
    t.equal(response.status, 400, method)
    t.match(await response.json(), { error: { code: -32020 } }, method)
  }
  t.equal(server.news.queries.length, 0)
})

t.test('an initialize that names an older revision in its _meta, too, is of the legacy era', async (t) => {
  const { post } = shared
  const protocolVersion = '2025-06-18'
  const params = {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
    _meta: { [versionKey]: protocolVersion }
  }

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'initialize', params })

  t.match(await response.json(), { result: { protocolVersion } })
})

t.test('headers may be written in other ways that mean the same', async (t) => {
  const call = { method: 'tools/call', params: callParams }
  const encoded = `=?base64?${Buffer.from(callParams.name).toString('base64')}?=`

  for (const headers of [{ 'mcp-name': encoded }, { 'mcp-name': ` ${callParams.name}\t` }]) {
    const response = await send(shared, call, { headers })
    t.match(
      await response.json(),
      { result: { structuredContent: { ticker: 'AAPL' } } },
      JSON.stringify(headers)
    )
  }
})

t.test('an envelope that is missing or malformed: 400, -32602', async (t) => {
  for (const meta of [
    { [capabilitiesKey]: undefined },
    { [capabilitiesKey]: 'none' },
    { [capabilitiesKey]: { sampling: 5 } },
    { 'io.modelcontextprotocol/clientInfo': {} },
    { [versionKey]: undefined },
    { [versionKey]: 7 }
  ]) {
    const response = await send(shared, { method: 'tools/list' }, { meta })
    t.equal(response.status, 400, JSON.stringify(meta))
    t.match(await response.json(), { id: 1, error: { code: -32602, message: String } })
  }
})

t.test('a revision that is not served: 400, -32022, with those that are', async (t) => {
  const version = '2099-01-01'

  const response = await send(
    shared,
    { method: 'tools/list' },
    { headers: { 'mcp-protocol-version': version }, meta: { [versionKey]: version } }
  )

  t.equal(response.status, 400)
  t.match(await response.json(), {
    id: 1,
    error: { code: -32022, data: { supported: ['2026-07-28'], requested: version } }
  })
})

t.test('a method that there is not, or no longer: 404, -32601', async (t) => {
  for (const method of [
    'made/up',
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'tasks/get',
    'toString'
  ]) {
    const response = await send(shared, { id: 'x', method })
    t.equal(response.status, 404, method)
    t.match(await response.json(), { id: 'x', error: { code: -32601 } }, method)
  }
})

t.test('what is wrong with the params is told in the answer', async (t) => {
  for (const [method, params] of [
    ['tools/call', { name: 'buy_stock' }],
    ['tools/call', {}],
    ['prompts/get', { name: 'nothing' }],
    ['resources/read', { uri: 'news:///nothing' }],
    ['tools/list', { cursor: 'x' }]
  ] as const) {
    const response = await send(shared, { method, params })
    t.equal(response.status, 200, method)
    t.match(await response.json(), { id: 1, error: { code: -32602, message: String } }, method)
  }
})

t.test('batches belong to the other era', async (t) => {
  const { post } = shared
  const { body, headers } = asRequest('modern', { method: 'tools/list' })

  for (const sent of [headers, {}]) {
    const response = await post([body], sent)
    t.equal(response.status, 400)
    t.match(await response.json(), { id: null, error: { code: -32600 } })
  }
})

t.test('a posted answer, or half a message, is refused in the words of this era', async (t) => {
  const { post } = shared

  for (const body of [{ jsonrpc: '2.0', id: 1, result: {} }, { jsonrpc: '2.0', id: 1 }, 'text', null]) {
    const response = await post(JSON.stringify(body), { 'mcp-protocol-version': '2026-07-28' })
    t.equal(response.status, 400)
    t.match(await response.json(), { id: null, error: { code: -32600 } }, JSON.stringify(body))
  }
})

t.test('a notification: 202 without a body', async (t) => {
  const { post } = shared
  const method = 'notifications/cancelled'

  const response = await post(
    { jsonrpc: '2.0', method, params: { requestId: 1 } },
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method }
  )

  t.equal(response.status, 202)
  t.equal(await response.text(), '')
})

t.test('GET and DELETE: 405 with Allow', async (t) => {
  const { resource, token } = shared

  for (const method of ['GET', 'DELETE']) {
    const headers = {
      authorization: `Bearer ${token}`,
      'mcp-protocol-version': '2026-07-28',
      'content-type': 'application/json'
    }
    const response = await fetch(resource, { method, headers })
    t.equal(response.status, 405, method)
    t.equal(response.headers.get('allow'), 'POST', method)
  }
})

t.test('a client that sends a progressToken is told of progress on the response stream', async (t) => {
  const server = await startServer(t)
  const { body, headers } = asRequest('modern', {
    id: 'x',
    method: 'tools/call',
    params: { ...callParams, _meta: { progressToken: 'p' } }
  })

  const response = await server.post(body, {
    ...headers,
    accept: 'application/json, text/event-stream',
    origin: 'http://localhost:6274'
  })

  t.match(response.headers.get('content-type'), 'text/event-stream')
  t.equal(
    response.headers.get('access-control-allow-origin'),
    'http://localhost:6274',
    'headers set by hooks stay'
  )
  t.match(parseEvents(await response.text()), [
    { method: 'notifications/progress', params: { progressToken: 'p', progress: 0 } },
    { method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } },
    { id: 'x', result: { resultType: 'complete', structuredContent: { ticker: 'AAPL' } } }
  ])
})

t.test('a request of the legacy era goes on beside it, at the same URL', async (t) => {
  const server = await startServer(t)

  const [legacy, modern] = await Promise.all([
    server.post(callNews({ ticker: 'AAPL' }), { 'mcp-protocol-version': '2025-11-25' }),
    send(server, { method: 'tools/call', params: callParams })
  ])

  const { result } = (await legacy.json()) as { result: object }
  t.notOk('resultType' in result)
  t.match(await modern.json(), { result: { resultType: 'complete' } })
})

const listen = (notifications: object) =>
  asRequest('modern', { id: 'sub', method: 'subscriptions/listen', params: { notifications } })

/** Opens a subscription, and reads it event by event. */
async function subscribe(server: TestServer, notifications: object, token = server.token) {
  const { body, headers } = listen(notifications)
  const response = await server.post(body, { ...headers, authorization: `Bearer ${token}` })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const next = async () => {
    const { done, value } = (await reader?.read()) ?? { done: true }
    return done ? undefined : parseEvents(String(value))[0]
  }
  return { response, next, leave: () => reader?.cancel() }
}

const subscribed = { 'io.modelcontextprotocol/subscriptionId': 'sub' }

t.test('a subscription to the news on a ticker is told when there is newer news', async (t) => {
  const server = await startServer(t, { CACHE_TTL_MS: '1' })

  const { response, next, leave } = await subscribe(server, {
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
  await leave()
})

t.test('a subscription is told however the URI of a ticker is written', async (t) => {
  const server = await startServer(t)

  for (const written of ['CRYPTO:BTC', 'CRYPTO%3AETH', 'aapl']) {
    const coin = `news:///tickers/${written}/latest`
    const { next, leave } = await subscribe(server, { resourceSubscriptions: [coin] })
    await next()
    await server.post(callNews({ ticker: decodeURIComponent(written) }))
    t.match(await next(), { params: { uri: coin } }, written)
    await leave()
  }
})

t.test('one subject has so many subscriptions open and no more; others are not touched', async (t) => {
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
  await Promise.all([first.leave(), second.leave()])

  await until(async () => {
    const { response, leave } = await subscribe(server, filter)
    await leave()
    return response.status === 200
  })
})

t.test('a subscription that is left makes room for one', async (t) => {
  const { post } = await startServer(t, { SUBSCRIPTIONS_PER_SUBJECT: '2' })
  const { body, headers } = listen({ resourceSubscriptions: [uri] })
  const [first] = await Promise.all([post(body, headers), post(body, headers)])
  await first.body?.cancel()

  await until(async () => (await post(body, headers)).status === 200)

  t.equal((await post(body, headers)).status, 429, 'and for no more than one')
})

t.test('a subscription whose token is valid for long stays open', async (t) => {
  const server = await startServer(t)
  const token = await server.signToken({ exp: Math.floor(Date.now() / 1000) + 40 * 86_400 })

  const { next, leave } = await subscribe(server, { resourceSubscriptions: [uri] }, token)
  await next()
  await server.post(callNews({ ticker: 'AAPL' }))

  t.match(
    await next(),
    { method: 'notifications/resources/updated' },
    'it is there for news that comes later'
  )
  await leave()
})

t.test('at shutdown nothing new begins that arrives late: 503', async (t) => {
  const server = await startServer(t)
  const unknown = asRequest('modern', { method: 'made/up' })
  const wrong = { ...unknown, headers: { ...unknown.headers, 'mcp-method': 'tools/list' } }
  const late = await holdBack(server, [listen({ resourceSubscriptions: [uri] }), unknown, wrong])

  const closed = server.app.close()
  await until(() => !server.app.server.listening)

  for (const finish of late) {
    t.match(await finish(), { status: 503, body: { error: { code: -32000, message: /shutting down/ } } })
  }
  await closed
})

t.test('a subscription names so many resources at most', async (t) => {
  const { post } = await startServer(t)
  const most = listen({ resourceSubscriptions: Array.from({ length: 100 }, () => uri) })
  const allowed = await post(most.body, most.headers)
  t.equal(allowed.status, 200)
  await allowed.body?.cancel()
  const { body, headers } = listen({ resourceSubscriptions: Array.from({ length: 101 }, () => uri) })

  const response = await post(body, headers)

  t.equal(response.status, 400)
  t.match(await response.json(), { id: 'sub', error: { code: -32602, message: /100/ } })
})

t.test('a subscription to what never changes is acknowledged, and ends', async (t) => {
  const server = await startServer(t)

  const { body, headers } = listen({ toolsListChanged: true, promptsListChanged: true })
  const events = parseEvents(await (await server.post(body, headers)).text())

  t.match(events, [
    { method: 'notifications/subscriptions/acknowledged', params: { notifications: {} } },
    { id: 'sub', result: { resultType: 'complete' } }
  ])
})

t.test('a subscription ends when its token does', async (t) => {
  const server = await startServer(t)
  const exp = Math.ceil(Date.now() / 1000) + 1
  const token = await server.signToken({ exp })

  const { next } = await subscribe(server, { resourceSubscriptions: [uri] }, token)
  t.match(await next(), { method: 'notifications/subscriptions/acknowledged' })
  // By then much has been: what ends it must not be.
  collectGarbage()

  t.equal(await next(), undefined)
  t.ok(Date.now() >= exp * 1000 - 50 && Date.now() < exp * 1000 + 5000, 'neither before nor long after')
})

t.test('at shutdown subscriptions end at once, with their results', async (t) => {
  const server = await startServer(t)
  const { next } = await subscribe(server, { resourceSubscriptions: [uri] })
  await next()

  const closed = server.app.close()

  t.match(await next(), { id: 'sub', result: { resultType: 'complete', _meta: subscribed } })
  t.equal(await next(), undefined)
  await closed
})

t.test('a subscription gets comments that keep it open', async (t) => {
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
