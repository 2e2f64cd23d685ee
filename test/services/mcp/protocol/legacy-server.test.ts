import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'
import t from 'tap'
import packageJson from '../../../../package.json' with { type: 'json' }
import { connectClient } from '../../../support/clients.ts'
import { callNews, parseEvents, type ToolResult } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

const initialize = (protocolVersion: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'test', version: '1' } }
})

t.test("the SDK's client connects, reads the server's identity, lists the tools and calls one", async (t) => {
  const { resource, token } = await startServer(t)

  const client = await connectClient(t, resource, token)
  const { tools } = await client.listTools()
  const result = await client.callTool({ name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } })

  t.match(client.getServerVersion(), {
    name: 'finance-news',
    title: 'Finance News Sentiment',
    version: packageJson.version,
    websiteUrl: `${resource}/docs`,
    icons: [{ src: /^data:image\/svg\+xml;base64,/, mimeType: 'image/svg+xml' }]
  })
  t.same(
    client.getServerCapabilities(),
    {
      tools: {},
      resources: {},
      prompts: {},
      completions: {},
      extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } }
    },
    'no listChanged, subscribe or logging, which need sessions'
  )
  t.match(client.getInstructions(), /not investment advice|Nothing here is investment advice/)
  t.match(tools, [
    {
      name: 'get_news_sentiment',
      title: 'Get news sentiment for a ticker',
      annotations: { readOnlyHint: true, openWorldHint: true, idempotentHint: true, destructiveHint: false },
      inputSchema: { type: 'object', required: ['ticker'] },
      outputSchema: { type: 'object' }
    }
  ])
  t.equal(result.isError, undefined)
})

t.test('every revision of SDK 1.x is negotiated; an unknown one yields the newest', async (t) => {
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

t.test('no session is opened, and a session id is ignored', async (t) => {
  const { post } = await startServer(t)

  const opened = await post(initialize('2025-11-25'))
  const called = await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, { 'mcp-session-id': 'made-up' })

  t.equal(opened.headers.get('mcp-session-id'), null)
  t.equal(called.status, 200)
})

t.test('JSON that is not JSON-RPC: 400', async (t) => {
  const { post } = await startServer(t)

  for (const body of ['null', '[]', '{}', '[1]', '"text"', '{"jsonrpc":"2.0","id":1}']) {
    const response = await post(body)
    t.equal(response.status, 400, body)
    t.match(await response.json(), { jsonrpc: '2.0', error: { code: Number } }, body)
  }
})

const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' })
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' }

t.test('a batch of revision 2025-03-26, or of none: an array of responses', async (t) => {
  const { post } = await startServer(t)

  for (const headers of [undefined, { 'mcp-protocol-version': '2025-03-26' }]) {
    const several = await post([ping(1), initialized, ping('1')], headers)
    t.strictSame(await several.json(), [
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: '1', result: {} }
    ])
    t.strictSame(await (await post([ping(1)], headers)).json(), [{ jsonrpc: '2.0', id: 1, result: {} }])
    const noRequest = await post([initialized, { jsonrpc: '2.0', id: 9, result: {} }], headers)
    t.equal(noRequest.status, 202)
    t.equal(await noRequest.text(), '')
  }
})

t.test('a batch with a progressToken: the responses arrive on one stream', async (t) => {
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

t.test('an invalid batch: 400, and none of it is processed', async (t) => {
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

t.test('an unsupported MCP-Protocol-Version: 400', async (t) => {
  const { post } = await startServer(t)

  for (const version of ['1999-01-01', '2027-01-01', 'latest']) {
    const response = await post(
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      { 'mcp-protocol-version': version }
    )
    t.equal(response.status, 400, version)
    t.match(await response.json(), {
      error: {
        message: `Unsupported protocol version ${version}. Send one of 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26`
      }
    })
  }
})

t.test('an empty MCP-Protocol-Version is as none', async (t) => {
  const { post } = await startServer(t)

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping' }, { 'mcp-protocol-version': '' })

  t.match(await response.json(), { result: {} })
})

t.test('a repeated call returns the same; one with another limit does not', async (t) => {
  const { post } = await startServer(t)
  const ask = async (limit: number) =>
    ((await (await post(callNews({ ticker: 'AAPL', limit }))).json()) as { result: ToolResult }).result

  const first = await ask(3)
  const again = await ask(3)

  const volatile = {
    cache: '',
    upstream_calls: 0,
    data_age_seconds: 0,
    next_cursor: '',
    as_of: '',
    window: {}
  }
  t.match(first.structuredContent, { upstream_calls: 1 })
  t.match(again.structuredContent, { upstream_calls: 0 })
  t.strictSame({ ...again.structuredContent, ...volatile }, { ...first.structuredContent, ...volatile })
  t.match(await ask(1), { structuredContent: { articles: { length: 1 } } })
})

t.test('a posted response: 202; an incomplete message: 400', async (t) => {
  const { post } = await startServer(t)

  t.equal((await post({ jsonrpc: '2.0', id: 1, error: { code: 1, message: 'no' } })).status, 202)
  t.match(await (await post({ jsonrpc: '2.0', id: 1 })).json(), { id: null, error: { code: -32600 } })
  const mixed = await post([ping(1), { jsonrpc: '2.0', id: 1, result: {} }])
  t.strictSame(
    await mixed.json(),
    [{ jsonrpc: '2.0', id: 1, result: {} }],
    'the response may have the id of a request'
  )
})

t.test('initialize negotiates a revision, whatever the header names', async (t) => {
  const { post } = await startServer(t)

  for (const header of ['1999-01-01', '2026-07-28', '2027-01-01', 'latest', '']) {
    for (const [asked, answered] of [
      ['2025-06-18', '2025-06-18'],
      ['2026-07-28', '2025-11-25'],
      ['2099-01-01', '2025-11-25']
    ] as const) {
      const response = await post(initialize(asked), { 'mcp-protocol-version': header })
      t.match(await response.json(), { result: { protocolVersion: answered } }, `${header}, ${asked}`)
    }
  }
})

t.test('a request with a task is served as one without', async (t) => {
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

t.test('invalid params: -32602, with the reason', async (t) => {
  const { post } = await startServer(t)

  for (const [method, params, wrong] of [
    ['tools/call', {}, '`params.name` is missing.'],
    ['tools/call', { name: 5 }, '`params.name` must be a string.'],
    ['resources/read', {}, '`params.uri` is missing.'],
    ['resources/read', { uri: ['x'] }, '`params.uri` must be a string.'],
    ['completion/complete', {}, '`params.ref` is missing. `params.argument` is missing.'],
    [
      'completion/complete',
      { ref: { type: 'ref/tool' }, argument: { name: 'a', value: 'x'.repeat(1001) } },
      '`params.ref.type` must be ref/prompt or ref/resource. `params.argument.value` is too long: at most 1000 characters.'
    ],
    [
      'initialize',
      { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test' } },
      '`params.clientInfo.version` is missing.'
    ],
    ['initialize', {}, /`params\.protocolVersion` is missing\. `params\.capabilities` is missing\./]
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

t.test('an unknown tool: -32602; an unknown method: -32601', async (t) => {
  const { post } = await startServer(t)

  const tool = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'buy_stock' } })
  const method = await post({ jsonrpc: '2.0', id: 2, method: 'made/up' })

  t.match(await tool.json(), { id: 1, error: { code: -32602, message: /Unknown tool: buy_stock/ } })
  t.match(await method.json(), { id: 2, error: { code: -32601 } })
})

t.test('concurrent requests with the same id get their own responses', async (t) => {
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
