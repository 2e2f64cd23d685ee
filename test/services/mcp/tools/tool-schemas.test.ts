import t from 'tap'
import { sampleTickers } from '../../../../local/alpha-vantage/sample-news.ts'
import { connectClient, connectModernClient } from '../../../support/clients.ts'
import { asRequest, callTool, eras, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { argumentsByTool } from '../../../support/tool-arguments.ts'

const connect = { legacy: connectClient, modern: connectModernClient }

for (const era of eras) {
  t.test(
    `${era}: the result of every tool matches its output schema, as the SDK client checks it`,
    async (t) => {
      const server = await startServer(t)
      const client = (await connect[era](t, server.resource, server.token)) as Awaited<
        ReturnType<typeof connectModernClient>
      >

      const { tools } = await client.listTools() // from here on the client validates structuredContent

      t.same(
        tools.map(({ name }) => name),
        [
          'get_news_sentiment',
          'compare_news_sentiment',
          'get_sentiment_trend',
          'get_market_news',
          'explain_sentiment',
          'get_news_budget'
        ]
      )
      for (const { name, title, description, annotations, outputSchema } of tools) {
        t.ok(title && description && outputSchema, name)
        t.match(annotations, {
          readOnlyHint: true,
          destructiveHint: false,
          idempotentHint: true,
          openWorldHint: name !== 'get_news_budget'
        })
      }
      for (const { name } of tools) {
        const expected =
          name === 'get_news_budget'
            ? { left_today: null }
            : { sample_data: true, as_of: /Z$/, notice: /third-party/ }
        for (const args of argumentsByTool[name] ?? []) {
          const result = await client.callTool({ name, arguments: args })
          t.match(
            result,
            { isError: undefined, structuredContent: expected },
            `${name} ${JSON.stringify(args)}`
          )
        }
      }
    }
  )

  t.test(`${era}: tools/list has chart pages and bounds, and no patterns`, async (t) => {
    const { post } = await startServer(t)
    const { body, headers } = asRequest(era, { method: 'tools/list' })
    const listed = (await (await post(body, headers)).json()) as {
      result: { tools: { name: string; _meta?: unknown; inputSchema: { properties: unknown } }[] }
    }
    const tools = Object.fromEntries(listed.result.tools.map((tool) => [tool.name, tool]))
    const uri = 'ui://finance-news/sentiment.html'
    for (const name of ['compare_news_sentiment', 'get_sentiment_trend']) {
      t.same(tools[name]?._meta, { ui: { resourceUri: uri }, 'ui/resourceUri': uri })
    }
    t.equal(tools.get_news_sentiment?._meta, undefined)
    t.match(tools.get_news_sentiment?.inputSchema.properties, {
      limit: { minimum: 1, maximum: 50 },
      min_relevance: { minimum: 0, maximum: 1 }
    })
    t.notMatch(JSON.stringify(listed), /9007199254740991|"pattern"/)
  })
}

t.test('invalid arguments: rejected with the reason, without a call', async (t) => {
  const server = await startServer(t)
  const ticker = 'AAPL'

  for (const [name, args, message] of [
    ['get_news_sentiment', { ticker, since: 'yesterday' }, /since.*|must be a duration/s],
    ['get_news_sentiment', { ticker, since: '91d' }, /must be a duration/],
    ['get_news_sentiment', { ticker, since: '2026-01-01' }, /longer than 90 days/],
    [
      'get_news_sentiment',
      { ticker, as_of: '0000-01-05' },
      /must be an ISO 8601 time, or one such as 2026-11-20 or 2026-11-20 09:30 UTC/
    ],
    ['get_news_sentiment', { ticker, until: '2099-01-01' }, /until .* is later than/],
    [
      'get_news_sentiment',
      { ticker, as_of: '7d' },
      /must be an ISO 8601 time, or one such as 2026-11-20 or 2026-11-20 09:30 UTC/
    ],
    ['get_news_sentiment', { ticker, as_of: '2099-01-01' }, /as_of .* is later than/],
    ['get_news_sentiment', { ticker, topics: ['weather'] }, /topics/],
    ['get_news_sentiment', { ticker, sort: 'best' }, /sort/],
    ['get_news_sentiment', { ticker, min_relevance: 2 }, /min_relevance/],
    ['compare_news_sentiment', { tickers: ['AAPL'] }, /tickers/],
    ['compare_news_sentiment', { tickers: ['AAPL', 'aapl'] }, /must not name a ticker twice/],
    ['compare_news_sentiment', { tickers: sampleTickers.slice(0, 11) }, /tickers/],
    ['get_sentiment_trend', { ticker, bucket: 'month' }, /bucket/],
    ['get_sentiment_trend', { ticker, since: '2026-11-01', until: '2026-10-01' }, /since .* must be earlier/],
    ['get_market_news', { topic: 'weather' }, /topic/],
    ['get_market_news', { min_articles: 1 }, /min_articles/],
    ['explain_sentiment', { ticker, limit: 21 }, /limit/],
    ['explain_sentiment', { ticker: 'Apple Inc' }, /must be AAPL/]
  ] as const) {
    const result = await callTool(server, name, args)
    t.match(result, { isError: true, _meta: { code: 'INVALID_ARGUMENTS' } }, JSON.stringify(args))
    t.match(resultText(result), message)
  }
  t.equal(server.news.queries.length, 0)
})

t.test(
  'example of every tool: its arguments are valid, and the tool answers them without an error',
  async (t) => {
    const server = await startServer(t)
    const { tools } = server.app.mcp.catalog

    for (const { name, example } of tools) {
      t.ok(example?.question.endsWith('?'), `${name} has a question`)
      const result = await callTool(server, name, { ...example?.arguments })
      t.match(result, { isError: undefined, content: [{ type: 'text' }] }, name)
    }
  }
)
