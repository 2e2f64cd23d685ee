import t from 'tap'
import { catalogEntries } from '../../../support/catalog-entries.ts'
import { asRequest, type Era, eras } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

const server = await startServer(t, {}, catalogEntries)
const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' })

type Params = Record<string, unknown> & { _meta?: Record<string, unknown> }

/** Sends a request as clients of `era` do, with more fields in the message. */
async function ask(era: Era, method: string, params: Params = {}, more: object = {}) {
  const { body, headers } = asRequest(era, { method, params })
  const response = await server.post({ ...body, ...more }, headers)
  return { status: response.status, ...((await response.json()) as { result?: object; error?: object }) }
}

for (const era of eras) {
  t.test(`${era}: null in an optional field is as if the field were absent`, async (t) => {
    for (const [method, params, more] of [
      ['tools/list', { cursor: null }, {}],
      ['tools/list', { cursor: '' }, {}],
      ['prompts/list', { cursor: null, _meta: { progressToken: null, traceparent: null } }, {}],
      ['tools/list', {}, { result: null, error: null }],
      ['tools/call', { name: 'get_news_budget', arguments: null }, {}],
      ['tools/call', { name: 'get_news_budget', task: null, _meta: { progressToken: null } }, {}],
      ['prompts/get', { name: 'greeting', arguments: { name: 'Ada' }, description: null }, {}],
      ['resources/read', { uri: 'test://clock', _meta: { progressToken: null } }, {}],
      [
        'completion/complete',
        {
          ref: { type: 'ref/prompt', name: 'greeting', title: null },
          argument: { name: 'style', value: '' },
          context: null
        },
        {}
      ],
      [
        'completion/complete',
        {
          ref: { type: 'ref/prompt', name: 'greeting' },
          argument: { name: 'style', value: '' },
          context: { arguments: { name: null } }
        },
        {}
      ]
    ] as const) {
      const { status, result, error } = await ask(era, method, params, more)
      t.strictSame([status, error], [200, undefined], `${method} ${JSON.stringify({ ...params, ...more })}`)
      t.ok(result)
    }
  })

  t.test(
    `${era}: null in a required field is as if the field were absent: -32602, with its name`,
    async (t) => {
      for (const [method, params, message] of [
        ['tools/call', { name: null }, '`params.name` is missing.'],
        ['resources/read', { uri: null }, '`params.uri` is missing.'],
        [
          'completion/complete',
          { ref: { type: 'ref/prompt', name: null }, argument: null },
          '`params.ref.name` is missing. `params.argument` is missing.'
        ]
      ] as const) {
        const { body, headers } = asRequest(era, { method, params })
        const response = await server.post(body, headers)
        t.match(await response.json(), { id: 1, error: { code: -32602, message } }, method)
      }
    }
  )

  t.test(`${era}: a message that is not JSON-RPC 2.0: 400, -32600, with the name of its field`, async (t) => {
    const { body, headers } = asRequest(era, { method: 'tools/list' })
    const { params } = body
    for (const [change, fault] of [
      [{ jsonrpc: '1.0' }, '`jsonrpc` must be 2.0.'],
      [{ id: 1.5 }, '`id` must be a string or an integer.'],
      [{ id: {} }, '`id` must be a string or an integer.'],
      [{ id: null }, '`id` must be a string or an integer.'],
      [{ method: 5 }, '`method` must be a string.'],
      [{ method: undefined }, '`method` is missing.'],
      [{ params: [] }, '`params` must be an object.'],
      [{ params: 'x' }, '`params` must be an object.'],
      [{ params: { ...params, _meta: 'x' } }, '`params._meta` must be an object.'],
      [
        { params: { _meta: { ...Object(params)._meta, progressToken: {} } } },
        '`params._meta.progressToken` must be a string or an integer.'
      ],
      [{ more: true }, '`more` is unknown.'],
      [{ result: {}, error: { code: 1, message: 'no' } }, '`result`, `error` is unknown.']
    ] as const) {
      const response = await server.post({ ...body, ...change }, headers)
      t.equal(response.status, 400, JSON.stringify(change))
      t.match(await response.json(), {
        error: { code: -32600, message: `This is not JSON-RPC 2.0. ${fault}` }
      })
    }
    t.match(await (await server.post('5', headers)).json(), {
      error: { code: -32600, message: 'This is not JSON-RPC 2.0. The message must be an object.' }
    })
  })

  t.test(`${era}: a notification with null in id, params or a field of them: 202`, async (t) => {
    const method = 'notifications/cancelled'
    const { headers } = asRequest(era, { method })
    for (const more of [
      { params: null },
      { params: { _meta: null } },
      { params: { requestId: 7, reason: null } },
      { id: null, params: { requestId: 7, _meta: { progressToken: null } } }
    ]) {
      const response = await server.post({ jsonrpc: '2.0', method, ...more }, headers)
      t.equal(response.status, 202, JSON.stringify(more))
    }
  })
}

t.test('legacy: params and _meta may be null, also in each message of a batch', async (t) => {
  for (const params of [null, { _meta: null }]) {
    const single = await server.post({ ...ping(1), params })
    t.strictSame(await single.json(), { jsonrpc: '2.0', id: 1, result: {} })
    const batch = await server.post([
      { ...ping(1), params },
      { jsonrpc: '2.0', id: null, method: 'notifications/initialized', params },
      { ...ping('2'), params }
    ])
    t.strictSame(await batch.json(), [
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: '2', result: {} }
    ])
  }
})

t.test('legacy: initialize with null in optional fields of the client', async (t) => {
  const { result } = await ask('legacy', 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: { roots: null, sampling: null, elicitation: null, experimental: null },
    clientInfo: {
      name: 'test',
      version: '1',
      title: null,
      websiteUrl: null,
      icons: [{ src: 'a', sizes: null }]
    }
  })

  t.match(result, { protocolVersion: '2025-11-25' })
})

t.test('modern: null in optional fields of the envelope', async (t) => {
  const { result } = await ask('modern', 'tools/list', {
    _meta: {
      'io.modelcontextprotocol/clientCapabilities': { sampling: null, elicitation: { form: null } },
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1', title: null }
    }
  })

  t.match(result, { tools: Array })
})

t.test('modern: params or _meta of null lack the envelope: 400, -32602', async (t) => {
  const { body, headers } = asRequest('modern', { method: 'tools/list' })
  for (const params of [null, { _meta: null }]) {
    const response = await server.post({ ...body, params }, headers)
    t.equal(response.status, 400)
    t.match(await response.json(), { error: { code: -32602, message: /_meta/ } })
  }
})

t.test('modern: a name that is not a text: -32602, with the name of its field', async (t) => {
  const { error } = await ask('modern', 'tools/call', { name: 5 })

  t.match(error, { code: -32602, message: '`params.name` must be a string.' })
})

t.test('legacy: what only the SDK rejects, it rejects without the name of a field', async (t) => {
  const { status, error } = await ask('legacy', 'ping', {
    _meta: { 'io.modelcontextprotocol/related-task': 5 }
  })

  t.equal(status, 400)
  t.match(error, { code: -32600, message: /^This is not JSON-RPC 2\.0\.$/ })
})

t.test('null beside a name cannot bypass the scope that the name needs', async (t) => {
  for (const era of eras) {
    const { body, headers } = asRequest(era, {
      method: 'prompts/get',
      params: { name: 'guarded', ref: null }
    })
    const response = await server.post(body, headers)
    t.equal(response.status, 403, era)
  }
})

t.test('params that are nested thousands of times are accepted', async (t) => {
  const nested = `${'{"a":'.repeat(9000)}null${'}'.repeat(9000)}`
  const response = await server.post(`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"nested":${nested}}}`)

  t.equal(response.status, 200)
})
