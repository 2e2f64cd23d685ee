import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import t from 'tap'
import { sampleTickers } from '../../../../local/alpha-vantage/sample-news.ts'
import { topics } from '../../../../services/alpha-vantage/topics.ts'
import { newerArticle, olderArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

const countTokens = (result: unknown) => encode(JSON.stringify(result)).length

/** The maximum size of a result in tokens: 2,000 with default arguments, more only for larger requests. */
const tickerBounds: [name: string, args: Record<string, unknown>, maxTokens: number][] = [
  ['get_news_sentiment', {}, 2000],
  ['get_news_sentiment', { limit: 50, since: '30d' }, 18_000],
  ['get_sentiment_trend', {}, 2000],
  ['get_sentiment_trend', { since: '14d' }, 2500],
  ['get_sentiment_trend', { since: '90d' }, 8000],
  ['explain_sentiment', {}, 2000],
  ['explain_sentiment', { limit: 20, since: '30d' }, 6000]
]
const otherBounds: typeof tickerBounds = [
  ['get_market_news', {}, 2000],
  ['get_market_news', { limit: 10, since: '30d' }, 5000],
  ...topics.map((topic): (typeof tickerBounds)[number] => ['get_market_news', { topic, since: '7d' }, 2000]),
  ['compare_news_sentiment', { tickers: sampleTickers.slice(0, 5) }, 2000],
  ['compare_news_sentiment', { tickers: sampleTickers.slice(0, 10) }, 2500],
  ['compare_news_sentiment', { tickers: sampleTickers.slice(-10), since: '30d' }, 2500],
  [
    'compare_news_sentiment',
    { tickers: ['AAPL', 'NFLX', 'DIS', 'KO', 'PEP', 'T', 'V', 'MA', 'HD', 'GE'] },
    2000
  ]
]

t.test(
  'every tool on every sample ticker: no result exceeds its token bound, and every call is reported',
  async (t) => {
    const server = await startServer(t)
    let reported = 0
    const queries = [
      ...sampleTickers.flatMap((ticker) =>
        tickerBounds.map(([name, args, maxTokens]): (typeof tickerBounds)[number] => [
          name,
          { ticker, ...args },
          maxTokens
        ])
      ),
      ...otherBounds
    ]

    for (const [name, args, maxTokens] of queries) {
      const before = server.news.queries.length
      const result = await callTool(server, name, args)
      const tokens = countTokens(result)
      const spent = server.news.queries.length - before
      if (result.isError) {
        t.match(result, { _meta: { code: 'NEWS_NOT_FOUND' } }, `${name} ${JSON.stringify(args)}`)
        reported += spent // a call found no news
        continue
      }
      t.ok(tokens < maxTokens, `${name} ${JSON.stringify(args)}: ${tokens} tokens`)
      t.equal(result.structuredContent?.upstream_calls, spent)
      t.equal(result.structuredContent?.sample_data, true)
      t.match(resultText(result), /^⚠️ Sample data: this news is invented/)
      reported += spent
    }
    t.equal(reported, server.news.queries.length)
  }
)

t.test('long headlines, links and summaries: under 2,000 tokens with default arguments', async (t) => {
  const server = await startServer(t)
  const words =
    'Quarterly semiconductor revenues disappoint hyperscale customers amid tightening export licences '
  const articles = Array.from({ length: 900 }, (_, index) => {
    const options = {
      at: new Date(Date.now() - index * 2_400_000).toISOString(),
      about: { AAPL: [0.9, Math.sin(index)], [`T${index % 40}`]: [0.5, Math.cos(index)] } as Record<
        string,
        [number, number]
      >,
      title: (words + words).slice(0, 120 + (index % 3) * 30),
      summary: words.repeat(6),
      source: `The Extraordinarily Long Financial Gazette ${index % 7}`,
      url: `https://www.extraordinary-gazette.com/${words.toLowerCase().replaceAll(' ', '-').repeat(2).slice(0, 150)}/${index}`
    }
    return index % 2 ? olderArticle(options) : newerArticle(options)
  })
  server.news.answer = () => toFeed(...articles)

  for (const [name, args] of [
    ['get_news_sentiment', { ticker: 'AAPL' }],
    ['get_sentiment_trend', { ticker: 'AAPL' }],
    ['explain_sentiment', { ticker: 'AAPL' }],
    ['get_market_news', {}],
    ['compare_news_sentiment', { tickers: ['T0', 'T1', 'T2', 'T3', 'T4'] }]
  ] as const) {
    const result = await callTool(server, name, args)
    const tokens = countTokens(result)
    t.ok(!result.isError && tokens < 2000, `${name}: ${tokens} tokens`)
  }
})
