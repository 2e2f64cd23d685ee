import fc from 'fast-check'
import t from 'tap'
import { z } from 'zod'
import { readArguments } from '../../../../services/mcp/primitives/read-arguments.ts'
import { asRequest, callTool, eras, resultText, type ToolResult } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

const server = await startServer(t)
const { tools } = server.app.mcp.catalog
const fiscal = 'Economy - Fiscal Policy (e.g., tax reform, government spending)'
/** What changes from call to call. */
const withoutCost = ({ structuredContent }: ToolResult) => ({
  ...structuredContent,
  ...{ cache: '', upstream_calls: 0, data_age_seconds: 0, as_of: '', window: '', sentiment: '' }
})
const argumentLines = (result: ToolResult) => resultText(result).match(/^- `.*$/gm) ?? []

for (const era of eras) {
  t.test(`${era}: no arguments, null, or an empty text or list: as an empty object`, async (t) => {
    for (const args of [undefined, null, '', [], {}, '{}']) {
      const { body, headers } = asRequest(era, {
        method: 'tools/call',
        params: { name: 'get_news_budget', arguments: args }
      })
      const { result } = (await (await server.post(body, headers)).json()) as { result: ToolResult }
      t.match(result, { isError: undefined, structuredContent: { you: {} } }, JSON.stringify(args))
    }
    for (const args of [undefined, null]) {
      const { body, headers } = asRequest(era, {
        method: 'prompts/get',
        params: { name: 'explain_move', arguments: args }
      })
      const response = await server.post(body, headers)
      t.match(await response.json(), { error: { code: -32602, message: /`ticker` is missing: / } })
    }
  })
}

t.test('arguments as bridges and models send them: the same answer as for exact ones', async (t) => {
  const day = { since: '2026-11-01T00:00:00Z', until: '2026-11-20T09:30:00Z' }
  for (const [name, exact, ...others] of [
    [
      'get_news_sentiment',
      {
        ticker: 'BRK-A',
        limit: 2,
        min_relevance: 0.25,
        topics: ['economy_fiscal', 'earnings'],
        sort: 'earliest'
      },
      {
        ticker: '$brk.a',
        limit: ' 2 ',
        min_relevance: '0.25',
        topics: `${fiscal}, Earnings`,
        sort: 'EARLIEST',
        until: null,
        as_of: '',
        cursor: ''
      },
      {
        ticker: 'NYSE:BRK/A',
        limit: '2.0',
        min_relevance: '.25',
        topics: '["Economy - Fiscal","EARNINGS"]',
        sort: 'Earliest'
      }
    ],
    [
      'compare_news_sentiment',
      { tickers: ['AAPL', 'MSFT', 'CRYPTO:BTC'], ...day },
      { tickers: 'AAPL, msft,BTC-USD', since: '20261101T0000', until: '20261120T093000' },
      {
        tickers: '["NASDAQ:AAPL","$MSFT","BTC/USD"]',
        since: '2026-11-01 00:00 UTC',
        until: '2026-11-20 09:30'
      },
      { tickers: ['aapl', ' MSFT ', 'crypto:btc', ''], since: '20261101T000000Z', until: '2026-11-20T09:30Z' }
    ],
    [
      'get_sentiment_trend',
      { ticker: 'TSLA', bucket: 'week', since: '2026-11-01', until: '2026-11-15' },
      { ticker: 'tsla', bucket: 'WEEK', since: '20261101', until: ' 20261115 ' }
    ],
    [
      'get_market_news',
      { topic: 'financial_markets', limit: 2 },
      { topic: 'Financial Markets', limit: '2', since: null }
    ],
    ['explain_sentiment', { ticker: 'NVDA' }, { ticker: 'nvda', limit: '', since: ' ' }]
  ] as const) {
    const expected = withoutCost(await callTool(server, name, exact))
    t.ok(expected.as_of !== undefined && 'method' in expected, name)
    for (const args of others) {
      t.same(withoutCost(await callTool(server, name, args)), expected, JSON.stringify(args))
    }
    const asText = JSON.stringify(exact) as never
    t.same(withoutCost(await callTool(server, name, asText)), expected, 'JSON text of an object')
  }
})

t.test("keys of hosts: dropped, and the answer's text does not change", async (t) => {
  const hostKeys = {
    ...{ toolCallId: '1', sessionId: '2', action: 'sendMessage', chatInput: 'hi', task_progress: '- [ ] x' },
    ...{
      _meta: {},
      random_string: 'dummy',
      security_risk: 'LOW',
      tool: 'x',
      'l`imit\n': 1,
      [`limit${'_'.repeat(40)}`]: 1
    }
  }
  for (const { name, example } of tools) {
    const { isError, content } = await callTool(server, name, { ...example?.arguments, ...hostKeys })
    t.equal(isError, undefined, name)
    t.notMatch(JSON.stringify(content), /Ignored/)
  }
})

t.test(
  'a dropped key that resembles an argument: the last line names it, in that answer alone',
  async (t) => {
    const ask = (args: object) => callTool(server, 'get_news_sentiment', { ticker: 'AMZN', ...args })
    for (const [args, line] of [
      [{ limits: 5 }, 'Ignored `limits`: did you mean `limit`?'],
      [{ window: '30d', toolCallId: '1' }, 'Ignored `window`: did you mean `since`?'],
      [{ symbol: 'AAPL' }, 'Ignored `symbol`: did you mean `ticker`?'],
      [{ minRelevance: 1 }, 'Ignored `minRelevance`: did you mean `min_relevance`?'],
      [
        { topic: 'ipo', sort_by: 'x' },
        'Ignored `topic`: did you mean `topics`? Ignored `sort_by`: did you mean `sort`?'
      ],
      [
        { tikcer: 'A', symbl: 'B' },
        'Ignored `tikcer`: did you mean `ticker`? Ignored `symbl`: did you mean `ticker`?'
      ]
    ] as const) {
      const result = await ask(args)
      t.equal(result.isError, undefined)
      t.equal(resultText(result).split('\n\n').at(-1), line)
      t.notMatch(resultText(await ask({})), /Ignored/)
    }
  }
)

t.test('a dropped key that is an argument of another tool: the last line says so', async (t) => {
  const market = await callTool(server, 'get_market_news', { ticker: 'AAPL', since: '7d' })
  t.equal(resultText(market).split('\n\n').at(-1), 'Ignored `ticker`: only other tools have it.')
  const failed = await callTool(server, 'get_market_news', { ticker: 'AAPL', limit: 0 })
  t.match(argumentLines(failed), ['- `ticker` is not an argument: only other tools have it.', /`limit`/])
})

t.test('what does not fit: one line for each field, with value, what fits, and a near miss', async (t) => {
  const cases: [name: string, args: unknown, ...lines: (string | RegExp)[]][] = [
    [
      'get_news_sentiment',
      { symbol: 'AAPL', sessionId: 'x' },
      '- `symbol` is not an argument: did you mean `ticker`?',
      /^- `ticker` is missing: /
    ],
    ['get_news_sentiment', { stock: 'AAPL' }, /`stock` .* `ticker`/, /`ticker` is missing/],
    ['get_news_sentiment', { stockSymbol: 'A' }, /`stockSymbol` .* `ticker`/, /`ticker` is missing/],
    ['get_news_sentiment', { ticker: ' ', n: 3 }, /`n` .* `limit`\?$/, /`ticker` is missing/],
    [
      'compare_news_sentiment',
      { symbols: 'A,B' },
      /`symbols` .* `tickers`\?$/,
      /`tickers` is missing: 2 to 10/
    ],
    [
      'get_sentiment_trend',
      { ticker: 5, from: '7d' },
      /`from` .* `since`/,
      /^- `ticker` is `5`: must be a text: the symbol of a stock \(AAPL/
    ],
    [
      'explain_sentiment',
      { ticker: 'NVDA', limit: 'x\n`y`\u202e' },
      '- `limit` is `"x\\n\\u{60}y\\u{60}\\u{202e}"`: must be a whole number from 1 to 20.'
    ],
    ['explain_sentiment', { ticker: 'NVDA', limit: 'z'.repeat(1000) }, /^- `limit` is `"z{60}…"`: must/],
    [
      'get_news_sentiment',
      { ticker: 'A', sort: 'lastest' },
      /must be one of weight, latest, .*; did you mean `latest`\?$/
    ],
    [
      'get_news_sentiment',
      { ticker: 'A', min_relevance: [1] },
      '- `min_relevance` is `[1]`: must be a number from 0 to 1.'
    ],
    [
      'get_news_sentiment',
      { ticker: ['A'], cursor: 5 },
      /`ticker` is `\["A"\]`: must be a text/,
      /^- `cursor` is `5`: must be a text of at most 500 characters: .+\.$/
    ],
    [
      'get_news_sentiment',
      { ticker: 'A', topics: ['ipo', 'x', 'y', 'tecnology', 'z'] },
      /^- `topics\[1\]` is `"x"`, `topics\[2\]` is `"y"`: must be one of .*; `topics\[3\]` .* `technology`\? \(and 1 more\)\.$/
    ],
    [
      'compare_news_sentiment',
      { tickers: ['Apple', { a: 1 }, [[]]] },
      /`tickers\[0\]` is `"Apple"`: must be AAPL.*; `tickers\[1\]` is `\{…\}`, `tickers\[2\]` is `\[\[…\]\]`: must be a text/
    ],
    [
      'compare_news_sentiment',
      { tickers: 'AAPL' },
      '- `tickers` is `["AAPL"]`: must be a list of 2 to 10 values.'
    ],
    [
      'compare_news_sentiment',
      { tickers: 'AAPL MSFT' },
      /^- `tickers\[0\]` is `"AAPL MSFT"`: .*; `tickers` is `\["AAPL MSFT"\]`: must be a list of 2 to 10 values\.$/
    ],
    [
      'get_market_news',
      { since: 7, min_articles: 1e21 },
      /`min_articles` is `1e\+21`: must be a whole number from 3 to 100/,
      /`since` is `7`: must be a text.*: start: a duration back from the end \(24h, 7d/
    ],
    [
      'get_market_news',
      { since: 'x'.repeat(50) },
      /^- `since` is `"x{50}"`: must be a duration such as [^`]*\.$/
    ],
    ['get_news_budget', [1, 2], '- `arguments` is `[1, 2]`: must be an object.'],
    ['get_news_sentiment', 'AAPL', '- `arguments` is `"AAPL"`: must be an object.']
  ]
  const before = server.news.queries.length
  for (const [name, args, ...lines] of cases) {
    const result = await callTool(server, name, args as never)
    t.match(result, { isError: true, _meta: { code: 'INVALID_ARGUMENTS', upstream_calls: 0 } })
    t.match(argumentLines(result), lines, JSON.stringify(args))
    t.equal(argumentLines(result).length, lines.length)
  }
  t.match(resultText(await callTool(server, 'get_news_budget', 5 as never)), /It accepts no arguments\.$/)
  t.match(
    resultText(await callTool(server, 'get_market_news', { limit: 0 })),
    /\n\nIt accepts `topic`, `limit`, .*\.$/
  )
  t.equal(server.news.queries.length, before, 'no call')
})

t.test('a ticker that cannot be read: refused with the right notation, and no call is made', async (t) => {
  const before = server.news.queries.length
  for (const [ticker, advice] of [
    ['EUR/USD', /FOREX:EUR or FOREX:USD/],
    ['Apple', /AAPL/],
    ['VOD.L', /US exchange/]
  ] as const) {
    for (const [name, args] of [
      ['get_news_sentiment', { ticker }],
      ['compare_news_sentiment', { tickers: ['MSFT', ticker] }]
    ] as const) {
      t.match(resultText(await callTool(server, name, args)), advice, ticker)
    }
    const params = { uri: `news:///tickers/${encodeURIComponent(ticker)}/latest` }
    const read = await server.post({ jsonrpc: '2.0', id: 1, method: 'resources/read', params })
    t.match(await read.json(), { error: { code: -32002, message: advice, data: params } })
    const fill = { name: 'morning_brief', arguments: { tickers: `MSFT,${encodeURI(ticker)}` } }
    const prompt = await server.post({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params: fill })
    t.match(await prompt.json(), { error: { code: -32602, message: advice } })
  }
  t.equal(server.news.queries.length, before)
})

t.test('valid arguments of every tool: read unchanged', async (t) => {
  for (const { name, inputSchema, example } of tools) {
    const fields = Object.entries(inputSchema.shape).map(([field, schema]) => [field, validValues(schema)])
    const valid = fc.record(Object.fromEntries(fields), { requiredKeys: [], noNullPrototype: true })
    const check = (args: unknown) =>
      t.strictSame(readArguments(inputSchema, args), { values: args, unknownKeys: [] }, name)
    fc.assert(fc.property(valid, check), { numRuns: 50, examples: [[example?.arguments ?? {}]] })
  }
})

/** Creates the values that the published schema of a field describes. */
function validValues(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const { type, enum: choices, minimum, maximum, items, maxItems } = z.toJSONSchema(schema, { io: 'input' })
  if (choices) return fc.constantFrom(...choices)
  if (type === 'integer') return fc.integer({ min: minimum ?? 0, max: maximum ?? 1e6 })
  if (type === 'number') return fc.double({ min: minimum ?? 0, max: maximum ?? 1, noNaN: true })
  if (type === 'string')
    return fc.constantFrom('AAPL', 'CRYPTO:BTC', '7d', '2026-11-20', 'WyJ6SnVO', 'a, b', '[1]', '5')
  const item =
    typeof items === 'object' && 'enum' in items
      ? fc.constantFrom(...(items.enum ?? []))
      : fc.string({ minLength: 1 })
  return fc.array(
    item.filter((one) => String(one).trim() !== ''),
    { maxLength: maxItems ?? 5, minLength: 2 }
  )
}

t.test('property: any JSON as arguments is answered, or rejected with a line for each field', async () => {
  const names = tools.flatMap(({ inputSchema }) => Object.keys(inputSchema.shape))
  const key = fc.oneof(fc.constantFrom(...names, 'constructor', 'limits'), fc.string())
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(
      'AAPL',
      'AAPL,MSFT',
      '5',
      '["AAPL","MSFT"]',
      '7d',
      'LATEST',
      '1e999',
      -0,
      1e300,
      [null],
      ''
    )
  )
  const args = fc.oneof({ weight: 5, arbitrary: fc.dictionary(key, value) }, { weight: 1, arbitrary: value })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...tools.map(({ name }) => name)), args, async (name, args) => {
      fc.pre(!JSON.stringify(args).includes('__proto__')) // Fastify rejects such a body
      const result = await callTool(server, name, args as never)
      if (!result.isError) return true
      const lines = argumentLines(result)
      const fields = lines.map((line) => /^- `(\w+)/.exec(line)?.[1])
      const isOnePerField = new Set(fields).size === fields.length && fields.every(Boolean)
      return result._meta?.code !== 'INTERNAL_ERROR' && isOnePerField && resultText(result).length < 5000
    }),
    { numRuns: 400 }
  )
})
