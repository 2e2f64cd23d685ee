import t, { type Test } from 'tap'
import { z } from 'zod'
import type { Prompt } from '../../../services/mcp/primitives/prompt.ts'
import { definePrompt } from '../../../services/mcp/primitives/prompt.ts'
import { defineResourceTemplate, type Resource } from '../../../services/mcp/primitives/resource.ts'
import { defineTool } from '../../../services/mcp/primitives/tool.ts'
import { connectClient, connectModernClient } from '../../support/clients.ts'
import { asRequest, callNews, eras } from '../../support/rpc.ts'
import { startServer, type TestServer } from '../../support/server.ts'

const cache = { ttlMs: 5000, cacheScope: 'public' } as const
const text = (uri: string, value: string) => [{ uri, mimeType: 'text/plain', text: value }]

const clock: Resource = {
  name: 'clock',
  title: 'Clock',
  description: 'Tells who asks.',
  uri: 'test://clock',
  mimeType: 'text/plain',
  annotations: { audience: ['user'], priority: 0.5 },
  icons: [{ src: 'data:image/svg+xml,<svg/>', mimeType: 'image/svg+xml' }],
  read: async ({ auth }) => ({ contents: text('test://clock', auth.subject), cache })
}
const broken: Resource = {
  ...clock,
  name: 'broken',
  uri: 'test://broken',
  read: async () => {
    throw new Error('the database password is hunter2')
  }
}
const guarded: Resource = { ...clock, name: 'guarded', uri: 'test://guarded', scopes: ['news:admin'] }
const pair = defineResourceTemplate<'a' | 'b'>({
  name: 'pair',
  title: 'Pair',
  description: 'Two things.',
  uriTemplate: 'test://pair/{a}/and/{b}',
  complete: {
    a: (value) => Array.from({ length: 150 }, (_, index) => `${value}${index}`),
    b: (value, { a }) => [`${a}-${value}`]
  },
  read: async ({ a, b }) => (a === 'none' ? undefined : { contents: text('test://pair', `${a} ${b}`), cache })
})
const guardedTemplate = defineResourceTemplate<'style'>({
  name: 'guarded_template',
  title: 'Guarded',
  description: 'Needs more.',
  uriTemplate: 'test://guarded/{style}',
  scopes: ['news:admin'],
  complete: { style: () => ['secret'] },
  read: async ({ style }) => ({ contents: text('test://guarded', style), cache })
})
const greeting = definePrompt({
  name: 'greeting',
  title: 'Greeting',
  description: 'Greets.',
  argumentsSchema: z.strictObject({
    name: z.string().min(2).describe('Whom.'),
    style: z.enum(['short', 'long']).optional()
  }),
  complete: { style: (value) => ['short', 'long'].filter((style) => style.startsWith(value)) },
  messages: ({ name, style }, { auth }) => [
    { role: 'assistant', content: { type: 'text', text: `${auth.subject} greets ${name} ${style}` } }
  ]
})
const guardedPrompt: Prompt = { ...greeting, name: 'guarded', scopes: ['news:admin'] }
const offer = {
  resources: [clock, broken, guarded],
  resourceTemplates: [pair, guardedTemplate],
  prompts: [greeting, guardedPrompt]
}

/** For tests that ask for no news, and change nothing. */
const shared = await startServer(t, {}, offer)

const connect = { legacy: connectClient, modern: connectModernClient }

for (const era of eras) {
  /** Both clients have the same methods, with types of their own. */
  const start = async (t: Test, server = shared) => {
    const client = (await connect[era](t, server.resource, server.token)) as Awaited<
      ReturnType<typeof connectModernClient>
    >
    const ask = (method: string, params: object = {}) => send(server, method, params)
    return { ...server, client, ask }
  }
  const send = async ({ post }: TestServer, method: string, params: object) => {
    const { body, headers } = asRequest(era, { method, params: { ...params } })
    return post(body, headers)
  }

  t.test(`${era}: schemas are of JSON Schema 2020-12`, async (t) => {
    const { ask } = await start(t)

    const $schema = 'https://json-schema.org/draft/2020-12/schema'
    const schemas = { inputSchema: { $schema, type: 'object' }, outputSchema: { $schema, type: 'object' } }
    t.match(await (await ask('tools/list')).json(), { result: { tools: [schemas] } })
  })

  t.test(`${era}: resources and templates are listed in a fixed order, and read`, async (t) => {
    const { client } = await start(t)

    const { resources } = await client.listResources()
    const { resourceTemplates } = await client.listResourceTemplates()
    const read = await client.readResource({ uri: 'test://clock' })
    const templated = await client.readResource({ uri: 'test://pair/x%2Fy/and/%C3%A4' })

    t.same(
      resources.map(({ name }) => name),
      ['topics', 'method', 'sentiment_page', 'clock', 'broken', 'guarded']
    )
    t.match(resources[3], {
      uri: 'test://clock',
      title: 'Clock',
      description: 'Tells who asks.',
      mimeType: 'text/plain',
      annotations: { audience: ['user'], priority: 0.5 },
      icons: [{ src: 'data:image/svg+xml,<svg/>', mimeType: 'image/svg+xml' }]
    })
    t.same(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      [
        'news:///tickers/{ticker}/latest',
        'news:///tickers/{ticker}/articles/{id}',
        'test://pair/{a}/and/{b}',
        'test://guarded/{style}'
      ]
    )
    t.same(read.contents, text('test://clock', 'usr_1'))
    t.same(templated.contents, text('test://pair', 'x/y ä'))
  })

  t.test(`${era}: the latest news on a ticker is a resource, however its URI is written`, async (t) => {
    const { client, news } = await start(t, await startServer(t, {}, offer))

    for (const written of ['CRYPTO:BTC', 'CRYPTO%3ABTC', 'crypto%3abtc']) {
      const { contents } = await client.readResource({ uri: `news:///tickers/${written}/latest` })
      const [content] = contents as { uri: string; mimeType: string; text: string }[]
      t.match(content, { uri: 'news:///tickers/CRYPTO%3ABTC/latest', mimeType: 'application/json' })
      t.match(JSON.parse(content?.text ?? ''), {
        ticker: 'CRYPTO:BTC',
        sample_data: true,
        articles: [{}, {}, {}]
      })
    }
    t.equal(news.queries.length, 1)
  })

  t.test(`${era}: a URI that names nothing`, async (t) => {
    const { ask } = await start(t)

    for (const uri of [
      'test://nothing',
      'test://pair/x',
      'test://pair/none/and/b',
      'test://pair/%/and/b',
      'news:///tickers/no ticker/latest',
      'news:///tickers//latest',
      'toString',
      ''
    ]) {
      const { error } = (await (await ask('resources/read', { uri })).json()) as { error: object }
      t.match(error, { code: era === 'legacy' ? -32002 : -32602, data: { uri } }, uri)
    }
  })

  t.test(`${era}: prompts are listed, and filled in`, async (t) => {
    const { client } = await start(t)

    const { prompts } = await client.listPrompts()
    const greeted = await client.getPrompt({ name: 'greeting', arguments: { name: 'Bo', style: 'long' } })
    const brief = await client.getPrompt({
      name: 'morning_brief',
      arguments: { tickers: 'aapl,  MSFT crypto:btc' }
    })

    t.same(
      prompts.map(({ name }) => name),
      ['morning_brief', 'compare_tickers', 'explain_move', 'greeting', 'guarded']
    )
    t.match(prompts[3], {
      title: 'Greeting',
      description: 'Greets.',
      arguments: [
        { name: 'name', description: 'Whom.', required: true },
        { name: 'style', required: false }
      ]
    })
    t.match(greeted, {
      description: 'Greets.',
      messages: [{ role: 'assistant', content: { type: 'text', text: 'usr_1 greets Bo long' } }]
    })
    t.match(brief.messages, [{ role: 'user', content: { text: /AAPL, MSFT, CRYPTO:BTC\.\n/ } }])
  })

  t.test(`${era}: the prompts of the server name its tools, and what they were given`, async (t) => {
    const { client } = await start(t)
    const { tools } = await client.listTools()
    const { prompts } = await client.listPrompts()
    const textOf = async (name: string, args: Record<string, string>) => {
      const { messages } = await client.getPrompt({ name, arguments: args })
      return JSON.stringify(messages)
    }

    const texts = await Promise.all([
      textOf('morning_brief', { tickers: 'AAPL', topic: 'earnings' }),
      textOf('compare_tickers', { tickers: 'aapl msft AAPL', since: '30d' }),
      textOf('explain_move', { ticker: 'crypto:btc' })
    ])

    t.match(texts, [
      /AAPL\..*since=24h.*get_market_news with topic=earnings/s,
      /AAPL, MSFT over the last 30d\..*since=30d/s,
      /CRYPTO:BTC has changed over the last 14d.*since=14d/s
    ])
    const named = texts.flatMap((text) => text.match(/\b(get|compare|explain)_\w+/g) ?? [])
    t.ok(named.length >= 5 && named.every((name) => tools.some((tool) => tool.name === name)))
    t.ok(
      prompts.slice(0, 3).every(({ arguments: args = [] }) => args.every(({ description }) => description))
    )
  })

  t.test(`${era}: topics and the method are resources`, async (t) => {
    const { client } = await start(t)
    const read = async (uri: string) => {
      const { contents } = await client.readResource({ uri })
      return contents[0] as { mimeType: string; text: string }
    }

    const topicsRead = await read('news:///topics')
    const method = await read('news:///method')

    t.equal(Object.keys(JSON.parse(topicsRead.text)).length, 15)
    t.match(JSON.parse(topicsRead.text), { economy_monetary: 'Economy - Monetary' })
    t.equal(method.mimeType, 'text/markdown')
    t.match(method.text, /S = Σ w·s \/ Σ w/)
  })

  t.test(`${era}: the tools that can be drawn name their page, which needs no network`, async (t) => {
    const { client } = await start(t)
    const uri = 'ui://finance-news/sentiment.html'

    const { tools } = await client.listTools()
    const { resources } = await client.listResources()
    const { contents } = await client.readResource({ uri })

    const drawn = tools.filter(({ _meta }) => _meta)
    t.same(
      drawn.map(({ name }) => name),
      ['compare_news_sentiment', 'get_sentiment_trend']
    )
    for (const { _meta } of drawn) t.same(_meta, { ui: { resourceUri: uri }, 'ui/resourceUri': uri })
    const page = {
      uri,
      mimeType: 'text/html;profile=mcp-app',
      _meta: { ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true } }
    }
    t.match(
      resources.find((one) => one.uri === uri),
      page
    )
    t.match(contents, [{ ...page, text: /^<!doctype html>/i }])
    const [{ text: html }] = contents as unknown as [{ text: string }]
    t.match(html, /content="default-src 'none'; style-src 'sha256-[^;]+'; script-src 'sha256-[^;]+';/)
    t.notMatch(html, /\{\{|src="|href="|@import|url\(/, 'nothing is left to fill in, and nothing to fetch')
  })

  t.test(`${era}: an article that has not been in the news is no resource`, async (t) => {
    const { ask, news } = await start(t)

    for (const uri of [
      'news:///tickers/AAPL/articles/AAAAAAAAAAAA',
      'news:///tickers/no%20ticker/articles/x'
    ]) {
      const { error } = (await (await ask('resources/read', { uri })).json()) as { error: object }
      t.match(error, { code: era === 'legacy' ? -32002 : -32602, data: { uri } })
    }
    t.equal(news.queries.length, 0)
  })

  t.test(`${era}: arguments of a prompt that do not fit are told`, async (t) => {
    const { ask } = await start(t)

    for (const [name, args, message] of [
      ['greeting', {}, /name/],
      ['greeting', { name: 'B' }, /name/],
      ['greeting', { name: 'Bo', style: 'loud' }, /style/],
      ['greeting', { name: 'Bo', extra: '1' }, /extra/],
      ['morning_brief', { tickers: '' }, /tickers/],
      ['morning_brief', { tickers: 'A B C D E F G H I J K' }, /10/],
      ['morning_brief', { tickers: 'AAPL, ???' }, /must be one ticker/],
      ['morning_brief', { tickers: 'AAPL', since: 'soon' }, /must be a duration/],
      ['morning_brief', { tickers: 'AAPL', topic: 'weather' }, /topic/],
      ['compare_tickers', { tickers: 'AAPL' }, /tickers/],
      ['explain_move', { ticker: 'AAPL, MSFT' }, /must be one ticker/],
      ['nothing', {}, /Unknown prompt: nothing/]
    ] as const) {
      const response = await ask('prompts/get', { name, arguments: args })
      t.match(await response.json(), { error: { code: -32602, message } }, `${name} ${JSON.stringify(args)}`)
    }
  })

  t.test(`${era}: completions, at most 100 of them, without a call to Alpha Vantage`, async (t) => {
    const { client, news } = await start(t)
    const complete = async (
      ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string },
      name: string,
      value: string,
      others?: Record<string, string>
    ) =>
      (
        await client.complete({
          ref,
          argument: { name, value },
          ...(others && { context: { arguments: others } })
        })
      ).completion
    const template = { type: 'ref/resource', uri: 'test://pair/{a}/and/{b}' } as const

    t.same(await complete({ type: 'ref/prompt', name: 'greeting' }, 'style', 's'), {
      values: ['short'],
      total: 1,
      hasMore: false
    })
    t.same(await complete({ type: 'ref/prompt', name: 'greeting' }, 'name', 'B'), {
      values: [],
      total: 0,
      hasMore: false
    })
    const many = await complete(template, 'a', 'x')
    t.match(many, { total: 150, hasMore: true })
    t.equal(many.values.length, 100)
    t.same((await complete(template, 'b', 'y', { a: 'x' })).values, ['x-y'])
    const latest = { type: 'ref/resource', uri: 'news:///tickers/{ticker}/latest' } as const
    t.same((await complete(latest, 'ticker', 'crypto:b')).values, ['CRYPTO:BTC'])
    t.same((await complete({ type: 'ref/prompt', name: 'morning_brief' }, 'tickers', 'AAPL, ms')).values, [
      'AAPL, MSFT'
    ])
    t.same((await complete({ type: 'ref/prompt', name: 'explain_move' }, 'since', '3')).values, ['30d'])
    t.same((await complete({ type: 'ref/prompt', name: 'morning_brief' }, 'topic', 'Econ')).values, [
      'economy_fiscal',
      'economy_monetary',
      'economy_macro'
    ])
    t.equal(news.queries.length, 0)
  })

  t.test(`${era}: a completion of what there is not`, async (t) => {
    const { ask } = await start(t)

    for (const [ref, name] of [
      [{ type: 'ref/prompt', name: 'nothing' }, 'x'],
      [{ type: 'ref/prompt', name: 'greeting' }, 'toString'],
      [{ type: 'ref/resource', uri: 'test://nothing' }, 'x'],
      [{ type: 'ref/resource', uri: 'test://pair/{a}/and/{b}' }, 'c']
    ] as const) {
      const response = await ask('completion/complete', { ref, argument: { name, value: '' } })
      t.match(
        await response.json(),
        { error: { code: -32602, message: /Unknown|has no/ } },
        JSON.stringify(ref)
      )
    }
  })

  t.test(`${era}: what a handler did not foresee is logged, and told nobody`, async (t) => {
    const { ask, log } = await start(t, await startServer(t, {}, offer))

    const answer = await (await ask('resources/read', { uri: 'test://broken' })).text()

    t.match(answer, '-32603')
    t.notMatch(answer, 'hunter2')
    t.ok(log.some((line) => line.includes('hunter2')))
  })

  t.test(`${era}: what Alpha Vantage refuses is told as it is`, async (t) => {
    const { ask, news } = await start(t, await startServer(t, {}, offer))
    news.answer = () => ({ 'Error Message': 'Invalid inputs.' })

    const response = await ask('resources/read', { uri: 'news:///tickers/AAPL/latest' })

    t.match(await response.json(), {
      error: { code: -32603, message: /AAPL/, data: { code: 'NEWS_TICKER_UNKNOWN' } }
    })
  })

  t.test(`${era}: a resource's and a prompt's own scope: 403 that names all scopes`, async (t) => {
    const { ask, ...server } = await start(t)
    const wide = await server.signToken({ scope: 'news:read news:admin' })
    const argument = { name: 'style', value: 's' }

    for (const [method, params] of [
      ['resources/read', { uri: 'test://guarded' }],
      ['resources/read', { uri: 'test://guarded/1' }],
      ['prompts/get', { name: 'guarded', arguments: { name: 'Bo' } }],
      ['completion/complete', { ref: { type: 'ref/prompt', name: 'guarded' }, argument }],
      ['completion/complete', { ref: { type: 'ref/resource', uri: 'test://guarded/{style}' }, argument }]
    ] as const) {
      const refused = await ask(method, params)
      t.equal(refused.status, 403, method)
      t.match(refused.headers.get('www-authenticate'), 'scope="news:read news:admin"')
      const { body, headers } = asRequest(era, { method, params })
      const served = await server.post(body, { ...headers, authorization: `Bearer ${wide}` })
      t.match(await served.json(), { result: Object }, method)
    }
  })

  t.test(`${era}: lists have one page`, async (t) => {
    const { ask } = await start(t)

    for (const method of ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']) {
      for (const cursor of ['next', '']) {
        const response = await ask(method, { cursor })
        t.match(await response.json(), { error: { code: -32602, message: /Leave out cursor/ } }, method)
      }
    }
  })
}

for (const era of eras) {
  t.test(`${era}: fields that are broken, and not read, open no way around a scope`, async (t) => {
    const { post } = shared
    const broken = { name: 5, uri: 7, ref: 'x', notifications: [], prompt: null }

    for (const [method, params] of [
      ['resources/read', { ...broken, uri: 'test://guarded' }],
      ['prompts/get', { ...broken, name: 'guarded', arguments: { name: 'Bo' } }],
      [
        'completion/complete',
        {
          ...broken,
          ref: { type: 'ref/resource', uri: 'test://guarded/{style}', name: 5 },
          argument: { name: 'style', value: '' }
        }
      ]
    ] as const) {
      const { body, headers } = asRequest(era, { method, params })
      t.equal((await post(body, headers)).status, 403, method)
    }
  })
}

t.test('modern: a subscription to a resource with a scope of its own: 403', async (t) => {
  const { post } = shared
  const { body, headers } = asRequest('modern', {
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions: ['test://clock', 'test://guarded'] } }
  })

  const response = await post(body, headers)

  t.equal(response.status, 403)
  t.match(response.headers.get('www-authenticate'), 'scope="news:read news:admin"')
})

t.test('a name that the catalog has twice is found at the start', async (t) => {
  await t.rejects(startServer(t, {}, { prompts: [greeting, greeting] }), {
    message: /Duplicate catalog entry: greeting/
  })
})

t.test('tickers that have been in the news are suggested, too', async (t) => {
  const { post, news } = await startServer(t)
  const suggest = async () => {
    const ref = { type: 'ref/prompt', name: 'explain_move' }
    const params = { ref, argument: { name: 'ticker', value: 'brk' } }
    const response = await post({ jsonrpc: '2.0', id: 1, method: 'completion/complete', params })
    return ((await response.json()) as { result: { completion: { values: string[] } } }).result.completion
      .values
  }

  t.same(await suggest(), ['BRK-B'])
  await (await post(callNews({ ticker: 'JPM' }))).json() // which some articles name beside BRK-A
  t.same(await suggest(), ['BRK-B', 'BRK-A'])
  t.equal(news.queries.length, 1)
})

t.test('what is typed is short: suggestions repeat it', async (t) => {
  const { post } = await startServer(t)
  const ask = async (value: string) => {
    const ref = { type: 'ref/prompt', name: 'morning_brief' }
    const params = { ref, argument: { name: 'tickers', value } }
    return (await post({ jsonrpc: '2.0', id: 1, method: 'completion/complete', params })).json()
  }

  t.match(await ask(' '.repeat(1000)), { result: { completion: { hasMore: false } } })
  t.match(await ask(' '.repeat(1001)), { error: { code: -32602, message: /1000/ } })
})

t.test('a caller who leaves is no error of the server, and costs no call', async (t) => {
  const { post, log, news } = await startServer(t)
  const read = {
    jsonrpc: '2.0',
    id: 1,
    method: 'resources/read',
    params: { uri: 'news:///tickers/AAPL/latest' }
  }

  for (const asked of [read, callNews({ ticker: 'AAPL' })]) {
    await post([asked, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }])
  }

  t.same(
    log.filter((line) => line.includes('failed')),
    []
  )
  t.equal(news.queries.length, 0)
})

t.test('a template alone is guarded, and matches its whole URI only', async (t) => {
  const dotted = defineResourceTemplate<'ab'>({
    name: 'dotted',
    title: 'Dotted',
    description: 'Its URI has a dot.',
    uriTemplate: 'test://a.b/{ab}',
    scopes: ['news:admin'],
    read: async ({ ab }) => ({ contents: text('test://a.b', ab), cache })
  })
  const { post } = await startServer(t, {}, { resourceTemplates: [dotted] })
  const read = (uri: string) => post({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } })

  t.equal((await read('test://a.b/1')).status, 403)
  for (const uri of ['test://axb/1', 'test://a.b/1/2']) {
    t.match(await (await read(uri)).json(), { error: { code: -32002 } }, uri)
  }
})

t.test('an answer that its schema does not allow is an error; content follows text', async (t) => {
  const odd = defineTool({
    name: 'odd',
    title: 'Odd',
    description: 'Answers what its schema does not allow, or text and more.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    inputSchema: z.strictObject({ fits: z.boolean() }),
    outputSchema: z.object({ n: z.number() }),
    handler: async ({ fits }) => ({
      text: 'first',
      content: [{ type: 'image', data: '', mimeType: 'image/png' }],
      structuredContent: { n: fits ? 1 : Number.NaN }
    })
  })
  const { post } = await startServer(t, {}, { tools: [odd] })
  const call = async (fits: boolean) => {
    const params = { name: 'odd', arguments: { fits } }
    return (await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })).json()
  }

  t.match(await call(false), { result: { isError: true, _meta: { code: 'INTERNAL_ERROR' } } })
  t.match(await call(true), { result: { content: [{ text: 'first' }, { type: 'image' }] } })
})
