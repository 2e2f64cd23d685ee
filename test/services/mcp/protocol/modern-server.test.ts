import t from 'tap'
import packageJson from '../../../../package.json' with { type: 'json' }
import { asRequest, callNews } from '../../../support/rpc.ts'
import { startServer, type TestServer } from '../../../support/server.ts'
import { until } from '../../../support/until.ts'

const versionKey = 'io.modelcontextprotocol/protocolVersion'
const capabilitiesKey = 'io.modelcontextprotocol/clientCapabilities'
const serverInfo = {
  'io.modelcontextprotocol/serverInfo': { name: 'finance-news', version: packageJson.version }
}
const uri = 'news:///tickers/AAPL/latest'
const callParams = { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', limit: 1 } }

/** Sends a request of revision 2026-07-28; `change` makes it invalid. */
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
  const defined = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined)
  return post(body, Object.fromEntries(defined))
}

/** For tests that change nothing and do not check the calls to Alpha Vantage. */
const shared = await startServer(t)

t.test("server/discover returns the revision, the capabilities and the server's identity", async (t) => {
  const response = await send(shared, { method: 'server/discover' })

  t.equal(response.status, 200)
  t.strictSame(((await response.json()) as { result: object }).result, {
    supportedVersions: ['2026-07-28'],
    capabilities: {
      tools: {},
      resources: { subscribe: true },
      prompts: {},
      completions: {},
      extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } }
    },
    instructions: shared.app.mcp.catalog.instructions,
    resultType: 'complete',
    ttlMs: 3_600_000,
    cacheScope: 'public',
    _meta: {
      'io.modelcontextprotocol/serverInfo': {
        name: 'finance-news',
        title: 'Finance News Sentiment',
        version: packageJson.version,
        websiteUrl: `${shared.resource}/docs`,
        icons: shared.app.mcp.catalog.icons
      }
    }
  })
})

t.test('every result has its type, and every list how long clients may cache and share it', async (t) => {
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

t.test("news is cacheable for its reader only, until the server's cache entry expires", async (t) => {
  const server = await startServer(t, { CACHE_TTL_MS: '60000' })
  const read = async () => {
    const response = await send(server, { method: 'resources/read', params: { uri } })
    return ((await response.json()) as { result: { ttlMs: number; cacheScope: string } }).result
  }

  const first = await read()
  const readAt = Date.now()
  await until(() => Date.now() >= readAt + 1000)
  const second = await read()

  t.equal(first.cacheScope, 'private')
  t.ok(first.ttlMs > 50_000 && first.ttlMs <= 60_000, `${first.ttlMs} ms`)
  t.ok(second.ttlMs <= first.ttlMs - 1000, `${second.ttlMs} ms later`)
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
  t.equal(server.news.queries.length, 0, 'no call was made')
})

t.test('Mcp-Name that disagrees with a prompt or a resource: 400, -32020', async (t) => {
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

t.test('initialize with an older revision in _meta belongs to the legacy era', async (t) => {
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

t.test('Mcp-Name may be in Base64 or have spaces around it', async (t) => {
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

t.test('a missing or malformed envelope: 400, -32602, and the message names the field', async (t) => {
  const infoKey = 'io.modelcontextprotocol/clientInfo'
  for (const [field, meta] of [
    [capabilitiesKey, { [capabilitiesKey]: undefined }],
    [capabilitiesKey, { [capabilitiesKey]: 'none' }],
    [`${capabilitiesKey}.sampling`, { [capabilitiesKey]: { sampling: 5 } }],
    [infoKey, { [infoKey]: 5 }],
    [`${infoKey}.name`, { [infoKey]: {} }],
    ['io.modelcontextprotocol/logLevel', { 'io.modelcontextprotocol/logLevel': 'loud' }],
    [versionKey, { [versionKey]: undefined }],
    [versionKey, { [versionKey]: 7 }]
  ] as const) {
    const response = await send(shared, { method: 'tools/list' }, { meta })
    t.equal(response.status, 400, JSON.stringify(meta))
    const { id, error } = (await response.json()) as { id: number; error: { code: number; message: string } }
    t.strictSame([id, error.code], [1, -32602])
    t.ok(error.message.includes(field), error.message)
  }
})

t.test('an unsupported revision: 400, -32022, with the supported ones', async (t) => {
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

t.test('an unknown or removed method: 404, -32601', async (t) => {
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

t.test('invalid params: -32602 with status 200', async (t) => {
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

t.test('a batch, which this revision has not: 400, -32600', async (t) => {
  const { post } = shared
  const { body, headers } = asRequest('modern', { method: 'tools/list' })

  for (const batchHeaders of [headers, {}]) {
    const response = await post([body], batchHeaders)
    t.equal(response.status, 400)
    t.match(await response.json(), { id: null, error: { code: -32600 } })
  }
})

t.test('a posted response, or an incomplete message: 400, -32600', async (t) => {
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

t.test('legacy and modern requests work at the same URL at the same time', async (t) => {
  const server = await startServer(t)

  const [legacy, modern] = await Promise.all([
    server.post(callNews({ ticker: 'AAPL' }), { 'mcp-protocol-version': '2025-11-25' }),
    send(server, { method: 'tools/call', params: callParams })
  ])

  const { result } = (await legacy.json()) as { result: object }
  t.notOk('resultType' in result)
  t.match(await modern.json(), { result: { resultType: 'complete' } })
})
