import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'
import t from 'tap'
import packageJson from '../../../../package.json' with { type: 'json' }
import { toAuthInfo } from '../../../../services/mcp/protocol/auth-info.ts'
import { connectClient } from '../../../support/clients.ts'
import { callNews, parseEvents, type ToolResult } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

const initialize = (protocolVersion: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } }
})

t.test("the SDK's client connects, reads who the server is, lists the tool and calls it", async (t) => {
  const { resource, token } = await startServer(t)

  const client = await connectClient(t, resource, token)
  const { tools } = await client.listTools()
  const result = await client.callTool({ name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } })

  t.match(client.getServerVersion(), {
    name: 'finance-news',
    title: 'Finance News Sentiment',
    version: packageJson.version,
    websiteUrl: `${resource}/docs`
  })
  t.same(
    client.getServerCapabilities(),
    { tools: {}, resources: {}, prompts: {}, completions: {} },
    'no listChanged, subscribe or logging: there are no sessions'
  )
  t.match(client.getInstructions(), /not investment advice|Nothing here is investment advice/)
  t.match(tools, [
    {
      name: 'get_news_sentiment',
      title: 'News sentiment of a ticker',
      annotations: { readOnlyHint: true, openWorldHint: true, idempotentHint: true, destructiveHint: false },
      inputSchema: { type: 'object', required: ['ticker'] },
      outputSchema: { type: 'object' }
    }
  ])
  t.equal(result.isError, undefined)
})

t.test('every revision that SDK 1.x speaks is negotiated, and an unknown one gets the newest', async (t) => {
  const { post } = await startServer(t)

  for (const version of SUPPORTED_PROTOCOL_VERSIONS) {
    const response = await post(initialize(version))
    t.match(await response.json(), { result: { protocolVersion: version } }, version)
    const next = await post(
      { jsonrpc: '2.0', id: 2, method: 'tools/list' },
      { 'mcp-protocol-version': version }
    )
    t.match(await next.json(), { result: { tools: [{ name: 'get_news_sentiment' }] } }, version)
  }
  const unknown = await post(initialize('1999-01-01'))
  t.match(await unknown.json(), { result: { protocolVersion: SUPPORTED_PROTOCOL_VERSIONS[0] } })
})

t.test('/mcp and /mcp/ are the same', async (t) => {
  const { post } = await startServer(t)

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping' }, {}, '/mcp/')

  t.match(await response.json(), { jsonrpc: '2.0', id: 1, result: {} })
})

t.test('no session is opened, and none is asked for', async (t) => {
  const { post } = await startServer(t)

  const opened = await post(initialize('2025-11-25'))
  const called = await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, { 'mcp-session-id': 'made-up' })

  t.equal(opened.headers.get('mcp-session-id'), null)
  t.equal(called.status, 200)
})

t.test('answers are JSON, whatever the client accepts besides it', async (t) => {
  const { post } = await startServer(t)

  for (const accept of ['application/json, text/event-stream', 'application/json', '*/*']) {
    const response = await post(callNews({ ticker: 'AAPL' }), { accept })
    t.match(response.headers.get('content-type'), 'application/json', accept)
    t.match(await response.json(), { id: 1, result: { structuredContent: { ticker: 'AAPL' } } })
  }
})

t.test('a client that accepts a stream and sends a progressToken is told of progress on one', async (t) => {
  const { post } = await startServer(t)

  const response = await post(callNews({ ticker: 'AAPL' }, { progressToken: 'p1' }), {
    accept: 'application/json, text/event-stream',
    origin: 'http://localhost:6274'
  })
  const messages = parseEvents(await response.text())

  t.match(response.headers.get('content-type'), 'text/event-stream')
  t.equal(response.headers.get('x-accel-buffering'), 'no')
  t.equal(
    response.headers.get('access-control-allow-origin'),
    'http://localhost:6274',
    'headers set by hooks stay'
  )
  t.match(messages, [
    { method: 'notifications/progress', params: { progressToken: 'p1', progress: 0, total: 1 } },
    { method: 'notifications/progress', params: { progressToken: 'p1', progress: 1, total: 1 } },
    { id: 1, result: { structuredContent: { ticker: 'AAPL' } } }
  ])
})

t.test(
  'a client that accepts only JSON gets JSON, progressToken or not; one that accepts only a stream, a stream',
  async (t) => {
    const { post } = await startServer(t)

    const json = await post(callNews({ ticker: 'AAPL' }, { progressToken: 1 }), {
      accept: 'application/json'
    })
    const stream = await post(callNews({ ticker: 'AAPL' }), { accept: 'text/event-stream' })

    t.match(json.headers.get('content-type'), 'application/json')
    t.match(stream.headers.get('content-type'), 'text/event-stream')
    t.match(await stream.text(), /^data: \{.*"id":1/m)
  }
)

t.test('GET and DELETE: 405 with Allow', async (t) => {
  const { resource, token } = await startServer(t)

  for (const method of ['GET', 'DELETE', 'HEAD']) {
    const response = await fetch(resource, { method, headers: { authorization: `Bearer ${token}` } })
    t.equal(response.status, 405, method)
    t.equal(response.headers.get('allow'), 'POST', method)
  }
})

t.test('another content type: 415', async (t) => {
  const { post } = await startServer(t)

  for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    const response = await post('{}', { 'content-type': contentType })
    t.equal(response.status, 415, contentType)
    t.match(await response.json(), {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: /application\/json/ }
    })
  }
})

t.test('a body over the limit: 413', async (t) => {
  const { post } = await startServer(t, { BODY_LIMIT_BYTES: '2048' })

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping', params: { filler: 'x'.repeat(2048) } })

  t.equal(response.status, 413)
  t.match(await response.json(), { jsonrpc: '2.0', id: null, error: { code: -32600 } })
})

t.test('broken JSON: 400 with a parse error', async (t) => {
  const { post } = await startServer(t)

  for (const body of ['{"jsonrpc":', '', 'x', '{"__proto__":{}}']) {
    const response = await post(body)
    t.equal(response.status, 400, body)
    t.match(await response.json(), { jsonrpc: '2.0', id: null, error: { code: -32700 } }, body)
  }
})

t.test('what is no JSON-RPC: 400', async (t) => {
  const { post } = await startServer(t)

  for (const body of ['null', '[]', '{}', '[1]', '"text"', '{"jsonrpc":"2.0","id":1}']) {
    const response = await post(body)
    t.equal(response.status, 400, body)
    t.match(await response.json(), { jsonrpc: '2.0', error: { code: Number } }, body)
  }
})

t.test('the caller is handed to the SDK as its authInfo, without the token', async (t) => {
  const caller = {
    subject: 's',
    clientId: 'c',
    organization: 'o',
    scopes: ['a', 'b'],
    expiresAt: 7,
    tokenId: 'j',
    tokenHash: 'h'
  }
  const { log } = (await startServer(t)).app

  t.match(toAuthInfo({ caller, log, recordCall: () => {} }), {
    token: '',
    clientId: 'c',
    scopes: ['a', 'b'],
    expiresAt: 7,
    extra: { caller }
  })
})

const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' })
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' }

t.test('a batch is answered with an array, whether it is named to be of 2025-03-26 or of none', async (t) => {
  const { post } = await startServer(t)

  for (const headers of [undefined, { 'mcp-protocol-version': '2025-03-26' }]) {
    const several = await post([ping(1), initialized, ping('1')], headers)
    t.strictSame(await several.json(), [
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: '1', result: {} }
    ])
    t.strictSame(await (await post([ping(1)], headers)).json(), [{ jsonrpc: '2.0', id: 1, result: {} }])
    const none = await post([initialized, { jsonrpc: '2.0', id: 9, result: {} }], headers)
    t.equal(none.status, 202)
    t.equal(await none.text(), '')
  }
})

t.test('a batch may be answered on one stream, each request in its own time', async (t) => {
  const { post } = await startServer(t)

  const response = await post([ping(1), { ...callNews({ ticker: 'AAPL' }, { progressToken: 'p' }), id: 2 }], {
    accept: 'application/json, text/event-stream'
  })

  t.match(response.headers.get('content-type'), 'text/event-stream')
  const messages = parseEvents(await response.text())
  t.equal(messages.filter(({ method }) => method === 'notifications/progress').length, 2)
  t.match(
    messages.filter(({ method }) => method === undefined),
    [
      { id: 1, result: {} },
      { id: 2, result: { structuredContent: { ticker: 'AAPL' } } }
    ]
  )
})

t.test('a batch that cannot be served: 400, and none of it is done', async (t) => {
  const { news, post } = await startServer(t)
  const call = callNews({ ticker: 'AAPL' })

  for (const [wrong, body, revision] of [
    ['is empty', [], undefined],
    ['has no batches', [call], '2025-06-18'],
    ['has no batches', [call], '2025-11-25'],
    ['more than 10', [call, ...Array.from({ length: 10 }, (_, index) => ping(index + 2))], undefined],
    ['same id', [call, ping(1)], undefined],
    ['initialize', [call, { ...initialize('2025-03-26'), id: 2 }], undefined],
    ['not JSON-RPC', [call, { jsonrpc: '2.0', id: {} }], undefined],
    ['not JSON-RPC', [call, [call]], undefined]
  ] as const) {
    const response = await post(body, revision && { 'mcp-protocol-version': revision })
    t.equal(response.status, 400, wrong)
    t.match(await response.json(), { jsonrpc: '2.0', id: null, error: { code: -32600, message: wrong } })
  }
  const deep = await post(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)
  t.equal(deep.status, 400)
  t.equal(news.queries.length, 0)
})

t.test('what the SDK would leave without an answer is refused', async (t) => {
  const { post } = await startServer(t)

  for (const wrong of [
    { ...ping(1), more: true },
    ping(1.5),
    ping(null),
    { ...ping(1), params: [] },
    { ...ping(1), params: { _meta: { progressToken: {} } } },
    { ...ping(1), params: { _meta: 'x' } },
    { ...ping(1), jsonrpc: '1.0' },
    { ...ping(1), result: {} }
  ]) {
    const response = await post(wrong)
    t.equal(response.status, 400, JSON.stringify(wrong))
    t.match(await response.json(), { error: { code: -32600 } })
  }
})

t.test('an unsupported MCP-Protocol-Version: 400', async (t) => {
  const { post } = await startServer(t)

  const response = await post(
    { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    { 'mcp-protocol-version': '1999-01-01' }
  )

  t.equal(response.status, 400)
  t.match(await response.json(), {
    error: { message: /Unsupported protocol version 1999-01-01\. Send one of 2025-11-25/ }
  })
})

t.test('an answer that is given again is the same, and one of another limit is not', async (t) => {
  const { post } = await startServer(t)
  const ask = async (limit: number) =>
    ((await (await post(callNews({ ticker: 'AAPL', limit }))).json()) as { result: ToolResult }).result

  const first = await ask(3)
  const again = await ask(3)

  const ofTheMoment = {
    cache: '',
    upstream_calls: 0,
    data_age_seconds: 0,
    next_cursor: '',
    as_of: '',
    window: {}
  }
  t.match(first.structuredContent, { upstream_calls: 1 })
  t.match(again.structuredContent, { upstream_calls: 0 })
  t.strictSame({ ...again.structuredContent, ...ofTheMoment }, { ...first.structuredContent, ...ofTheMoment })
  t.match(await ask(1), { structuredContent: { articles: { length: 1 } } })
})

t.test("what a client answers or refuses is nobody's: 202; half a message is none: 400", async (t) => {
  const { post } = await startServer(t)

  t.equal((await post({ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'no' } })).status, 202)
  t.match(await (await post({ jsonrpc: '2.0', id: 1 })).json(), { id: null, error: { code: -32600 } })
  const mixed = await post([ping(1), { jsonrpc: '2.0', id: 1, result: {} }])
  t.strictSame(await mixed.json(), [{ jsonrpc: '2.0', id: 1, result: {} }], 'its id may be that of a request')
})

t.test('what opens a conversation is served whatever revision the header names', async (t) => {
  const { post } = await startServer(t)

  const response = await post(initialize('1999-01-01'), { 'mcp-protocol-version': '1999-01-01' })

  t.match(await response.json(), { result: { protocolVersion: SUPPORTED_PROTOCOL_VERSIONS[0] } })
})

t.test('a progressToken may be 0, and a wildcard accepts JSON', async (t) => {
  const { post } = await startServer(t)
  const call = (accept: string, meta?: object) => post(callNews({ ticker: 'AAPL' }, { ...meta }), { accept })

  const noted = await call('application/json, text/event-stream', { progressToken: 0 })
  const wild = await call('text/event-stream, application/*')

  t.match(parseEvents(await noted.text()), [{ params: { progressToken: 0 } }, {}, { id: 1 }])
  t.match(wild.headers.get('content-type'), 'application/json')
})

t.test('what asks for a task is served as if it did not', async (t) => {
  const { post } = await startServer(t)
  const call = callNews(
    { ticker: 'AAPL' },
    { progressToken: 1, 'io.modelcontextprotocol/related-task': { taskId: 't' } }
  )

  const response = await post(
    { ...call, params: { ...call.params, task: { ttl: 1000 } } },
    { accept: 'application/json, text/event-stream' }
  )

  t.match(parseEvents(await response.text()), [
    { method: 'notifications/progress' },
    { method: 'notifications/progress' },
    { id: 1, result: { structuredContent: { ticker: 'AAPL' } } }
  ])
})

t.test('params that do not fit: -32602, and what is wrong with them', async (t) => {
  const { post } = await startServer(t)

  for (const [method, params, wrong] of [
    ['tools/call', {}, /name/],
    ['tools/call', { name: 5 }, /name/],
    ['tools/call', { name: 'get_news_sentiment', arguments: [] }, /arguments/],
    ['resources/read', {}, /uri/],
    ['completion/complete', {}, /ref/],
    ['initialize', {}, /initialize/]
  ] as const) {
    const response = await post({ jsonrpc: '2.0', id: 1, method, params })
    t.match(await response.json(), { id: 1, error: { code: -32602, message: wrong } }, method)
  }
})

t.test('a notification: 202 without a body', async (t) => {
  const { post } = await startServer(t)

  const response = await post({ jsonrpc: '2.0', method: 'notifications/initialized' })

  t.equal(response.status, 202)
  t.equal(await response.text(), '')
})

t.test('an unknown tool and an unknown method are protocol errors', async (t) => {
  const { post } = await startServer(t)

  const tool = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'buy_stock' } })
  const method = await post({ jsonrpc: '2.0', id: 2, method: 'made/up' })

  t.match(await tool.json(), { id: 1, error: { code: -32602, message: /Unknown tool: buy_stock/ } })
  t.match(await method.json(), { id: 2, error: { code: -32601 } })
})

t.test('two clients with the same id at the same time get their own answers', async (t) => {
  const { post } = await startServer(t)

  const answers = await Promise.all(
    ['AAPL', 'MSFT', 'NVDA', 'TSLA'].map(async (ticker) => {
      const response = await post(callNews({ ticker }))
      return (await response.json()) as { result: { structuredContent: { ticker: string } } }
    })
  )

  t.same(
    answers.map(({ result }) => result.structuredContent.ticker),
    ['AAPL', 'MSFT', 'NVDA', 'TSLA']
  )
})

t.test(
  'a caller who leaves ends the exchange; the call to Alpha Vantage goes on, and its answer is kept',
  async (t) => {
    const { app, news, port, token, post } = await startServer(t)
    const [tool] = app.mcp.catalog.tools
    if (!tool) throw new Error('the catalog is empty')
    const calls = t.capture(tool, 'handler', tool.handler)
    const held = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    news.answer = async () => {
      asked.resolve()
      await held.promise
      return { feed: [{ title: 'Kept', url: 'https://example.com/kept', time_published: '20261122T100000' }] }
    }

    const leaving: ClientRequest = request({
      host: 'localhost',
      port,
      path: '/mcp',
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    })
    leaving.on('error', () => {}) // it is cut off on purpose
    leaving.end(JSON.stringify(callNews({ ticker: 'AAPL' })))
    await asked.promise
    const { signal } = calls()[0]?.args[1] ?? {}
    t.equal(signal?.aborted, false)
    leaving.destroy()
    if (!signal?.aborted) await once(signal as AbortSignal, 'abort')
    held.resolve()
    await setImmediate()
    const response = await post(callNews({ ticker: 'AAPL' }))

    t.match(await response.json(), { result: { structuredContent: { articles: [{ title: 'Kept' }] } } })
    t.equal(news.queries.length, 1, 'the second caller is answered from what the first one asked')
  }
)
