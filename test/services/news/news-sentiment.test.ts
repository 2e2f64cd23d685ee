import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { sampleTickers } from '../../../local/alpha-vantage/sample-news.ts'
import { connectClient } from '../../support/clients.ts'
import { toFeed } from '../../support/feeds.ts'
import { callTool, type ToolResult } from '../../support/rpc.ts'
import { startServer, type TestServer } from '../../support/server.ts'

interface NewsResult extends ToolResult {
  structuredContent?: { articles: Record<string, unknown>[] } & Record<string, unknown>
}

const ask = async (server: TestServer, args: Record<string, unknown>) =>
  (await callTool(server, 'get_news_sentiment', args)) as NewsResult

/** An article in the older format: numbers are strings, except for the overall score. */
const olderArticle = {
  title: 'Apple Hospitality REIT Inc. raises $5',
  url: 'https://www.zacks.com/stock/news/1/apple',
  time_published: '20261020T143000',
  authors: ['A. Writer'],
  summary: 'A summary.',
  banner_image: null,
  source: 'Zacks Commentary',
  category_within_source: 'n/a',
  source_domain: 'www.zacks.com',
  topics: [{ topic: 'Financial Markets', relevance_score: '0.5' }],
  overall_sentiment_score: 0.103,
  overall_sentiment_label: 'Neutral',
  ticker_sentiment: [
    {
      ticker: 'MSFT',
      relevance_score: '0.9',
      ticker_sentiment_score: '-0.5',
      ticker_sentiment_label: 'Bearish'
    },
    {
      ticker: 'AAPL',
      relevance_score: '0.021',
      ticker_sentiment_score: '0.245',
      ticker_sentiment_label: 'Somewhat-Bullish'
    }
  ]
}

/** The same in the newer format: topics are slugs, the domain is the source's name, no banner, no authors. */
const { banner_image: _, ...withoutBanner } = olderArticle
const newerArticle = {
  ...withoutBanner,
  title: 'A newer one',
  url: 'https://www.example.org/newer',
  time_published: '20261021T090000',
  authors: [],
  source: 'Example',
  source_domain: 'Example',
  topics: [{ topic: 'financial_markets', relevance_score: '0.5' }]
}

t.test(
  'ticker: requested from NEWS_SENTIMENT, and three articles are returned, newest first with sort latest',
  async (t) => {
    const server = await startServer(t)

    const { structuredContent, content } = await ask(server, { ticker: ' aapl ', sort: 'latest' })

    t.match(server.news.queries, [
      { function: 'NEWS_SENTIMENT', tickers: 'AAPL', sort: 'LATEST', limit: '1000', apikey: 'SECRETKEY123' }
    ])
    t.equal(structuredContent?.ticker, 'AAPL')
    t.equal(structuredContent?.articles.length, 3)
    const times = structuredContent?.articles.map((article) => String(article.published_at)) ?? []
    t.same(times, times.toSorted().reverse(), 'newest first')
    t.match(
      content[0]?.text,
      /^1\. > 📰 .+\n {3}>\n {3}> .+\n {3}>\n {3}> Source: .+\n {3}>\n {3}> Link: https.+\n\n {3}Published: .+ UTC\. Sentiment: .+ for AAPL \(score .+\)\.$/m
    )
  }
)

t.test('articles in the older and in the newer format: returned with every field', async (t) => {
  const server = await startServer(t)
  server.news.answer = () => toFeed(olderArticle, newerArticle)

  const { structuredContent, content } = await ask(server, { ticker: 'AAPL' })

  t.match(structuredContent, { articles_available: 2, articles_dropped: 0, sample_data: false })
  const withoutIds = structuredContent?.articles.map(({ id: _, ...article }) => article)
  t.same(withoutIds, [
    {
      title: 'A newer one',
      summary: 'A summary.',
      source: 'Example',
      published_at: '2026-10-21T09:00:00Z',
      url: 'https://www.example.org/newer',
      ticker_sentiment_label: 'Somewhat-Bullish',
      ticker_sentiment_score: 0.245,
      relevance_score: 0.021,
      copies: 1
    },
    {
      title: 'Apple Hospitality REIT Inc. raises $5',
      summary: 'A summary.',
      source: 'Zacks Commentary',
      published_at: '2026-10-20T14:30:00Z',
      url: 'https://www.zacks.com/stock/news/1/apple',
      ticker_sentiment_label: 'Somewhat-Bullish',
      ticker_sentiment_score: 0.245,
      relevance_score: 0.021,
      copies: 1
    }
  ])
  t.match(
    content[0]?.text,
    'Published: 2026-10-20 14:30 UTC. Sentiment: Somewhat-Bullish for AAPL (score 0.24, relevance 0.02)'
  )
  t.notMatch(content[0]?.text, 'Sample data')
})

t.test('limit from 1 to 50: as many articles, from one call', async (t) => {
  const server = await startServer(t)

  for (const limit of [1, 20, 50]) {
    const { structuredContent } = await ask(server, { ticker: 'MSFT', limit, since: '30d' })
    t.equal(structuredContent?.articles.length, limit)
  }
  t.equal(server.news.queries.length, 1, 'one call for all')
})

t.test(
  'invalid arguments: a tool error with argument and reason, and no call to Alpha Vantage',
  async (t) => {
    const server = await startServer(t)
    const cases: [Record<string, unknown>, RegExp][] = [
      [{}, /`ticker` is missing/],
      [{ ticker: '' }, /`ticker` is missing/],
      [{ ticker: 'AAPL,MSFT' }, /must be one ticker/],
      [{ ticker: 'Acme Inc' }, /must be one ticker/],
      [{ ticker: 'AAPL&apikey=x' }, /must be one ticker/],
      [{ ticker: 'STOCK:AAPL' }, /must be one ticker/],
      [{ ticker: 'A'.repeat(100) }, /must be one ticker/],
      [{ ticker: 7 }, /`ticker` is `7`: must be a text/],
      [{ ticker: 'AAPL', limit: 0 }, /`limit` is `0`: must be a whole number from 1 to 50/],
      [{ ticker: 'AAPL', limit: 51 }, /`limit` is `51`: must be a whole number from 1 to 50/],
      [{ ticker: 'AAPL', limit: 2.5 }, /`limit` is `2.5`/],
      [{ symbol: 'AAPL' }, /`symbol` is not an argument: did you mean `ticker`\?/]
    ]

    for (const [args, message] of cases) {
      const { isError, content } = await ask(server, args)
      t.equal(isError, true, JSON.stringify(args))
      t.match(content[0]?.text, message)
    }
    t.equal(server.news.queries.length, 0)
  }
)

t.test('invalid articles: dropped and counted; invalid optional fields: replaced', async (t) => {
  const server = await startServer(t)
  const [, apple] = olderArticle.ticker_sentiment
  const broken = [
    { title: undefined },
    { url: 'javascript:alert(1)' },
    { url: 'no url' },
    { time_published: 'yesterday' },
    { time_published: '20261399T000000' }
  ]
  server.news.answer = () =>
    toFeed(
      ...broken.map((change) => ({ ...olderArticle, ...change })),
      { ...olderArticle, title: 'A\u0000B\u001b[31m', summary: undefined, source: undefined },
      { ...olderArticle, title: 'Second', time_published: '20261019T1430', ticker_sentiment: [] },
      {
        ...olderArticle,
        title: 'Third',
        time_published: '20261018T143000',
        ticker_sentiment: [{ ...apple, relevance_score: 'high' }]
      },
      {
        ...olderArticle,
        time_published: '20261017T143000',
        ticker_sentiment: [{ ...apple, ticker_sentiment_label: 'Somewhat_Bullish' }]
      }
    )

  const { structuredContent, content } = await ask(server, { ticker: 'AAPL', sort: 'latest', limit: 50 })

  t.match(structuredContent, { articles_dropped: broken.length, articles_available: 4 })
  t.match(structuredContent?.articles, [
    { title: 'A B [31m', summary: '', source: 'zacks.com', ticker_sentiment_score: 0.245 },
    { published_at: '2026-10-19T14:30:00Z', ticker_sentiment_label: null, ticker_sentiment_score: null },
    { ticker_sentiment_label: null, relevance_score: null },
    { ticker_sentiment_label: 'Somewhat-Bullish' }
  ])
  t.match(content[0]?.text, /Sentiment: not scored for AAPL/)
})

t.test('the same query by many callers at the same time: one call, and one failure, for all', async (t) => {
  const server = await startServer(t)
  const [tool] = server.app.mcp.catalog.tools
  if (!tool) throw new Error('the catalog is empty')
  const calls = t.capture(tool, 'handler', tool.handler)
  const queryFiftyTimes = async (ticker: string, body: unknown) => {
    let arrived = 0
    server.news.answer = async () => {
      while (arrived < 50) {
        arrived += calls().length
        await setImmediate()
      }
      return body
    }
    return Promise.all(Array.from({ length: 50 }, () => ask(server, { ticker })))
  }

  const good = await queryFiftyTimes('AAPL', toFeed(olderArticle))
  const failed = await queryFiftyTimes('MSFT', errorResponses.dailyLimit)

  t.ok(good.every(({ structuredContent }) => structuredContent?.ticker === 'AAPL'))
  t.ok(failed.every(({ isError }) => isError))
  t.same(
    server.news.queries.map(({ tickers }) => tickers),
    ['AAPL', 'MSFT']
  )
})

t.test('CACHE_TTL_MS: within it, the cached news is returned; after it, newer news', async (t) => {
  const server = await startServer(t, { CACHE_TTL_MS: '1500', CACHE_SOFT_TIMEOUT_MS: '10000' })

  const first = await ask(server, { ticker: 'AAPL' })
  const again = await ask(server, { ticker: 'AAPL' })
  t.equal(again.structuredContent?.fetched_at, first.structuredContent?.fetched_at)

  let later = again
  while (later.structuredContent?.fetched_at === first.structuredContent?.fetched_at) {
    later = await ask(server, { ticker: 'AAPL' })
  }
  t.equal(server.news.queries.length, 2)
})

t.test(
  'every sample ticker: the result matches the declared schema, and is marked as sample data',
  async (t) => {
    const server = await startServer(t)
    const client = await connectClient(t, server.resource, server.token)
    await client.listTools() // from here on, the client validates structuredContent

    for (const ticker of sampleTickers) {
      const { structuredContent, content } = await client.callTool({
        name: 'get_news_sentiment',
        arguments: { ticker, limit: 50 }
      })
      t.match(structuredContent, { ticker, sample_data: true }, ticker)
      t.match(content, [{ type: 'text', text: /^⚠️ Sample data: this news is invented/ }])
    }
  }
)

t.test('invalid ticker entry: the article keeps its other entries; HTML entities: decoded', async (t) => {
  const server = await startServer(t)
  const [microsoft, apple] = olderArticle.ticker_sentiment
  server.news.answer = () =>
    toFeed({
      ...olderArticle,
      title: 'Johnson &amp; Johnson&#39;s &lt;plan&gt;',
      ticker_sentiment: [{ ...microsoft, relevance_score: '1.2' }, null, apple]
    })

  const { structuredContent } = await ask(server, { ticker: 'AAPL' })

  t.match(structuredContent?.articles, [
    { title: "Johnson & Johnson's <plan>", ticker_sentiment_score: 0.245 }
  ])
})

t.test('ALPHA_VANTAGE_CALLS_PER_SECOND: further calls wait for their time', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_CALLS_PER_SECOND: '5' })
  const arrived: number[] = []
  server.news.answer = () => {
    arrived.push(performance.now())
    return toFeed(olderArticle)
  }

  const start = performance.now()
  await Promise.all(['AAPL', 'MSFT', 'NVDA'].map((ticker) => ask(server, { ticker })))

  t.equal(arrived.length, 3)
  // The calls take different times to arrive, so the gaps between arrivals differ.
  for (const [index, at] of arrived.entries())
    t.ok(at - start >= index * 200, `call ${index}: after ${at - start} ms`)
})

t.test('no call possible before the deadline: NEWS_RATE_LIMITED at once, without a call', async (t) => {
  const server = await startServer(t, {
    ALPHA_VANTAGE_CALLS_PER_SECOND: '1',
    ALPHA_VANTAGE_DEADLINE_MS: '50'
  })

  const tickers = ['AAPL', 'MSFT', 'NVDA']
  const codes = await Promise.all(
    tickers.map(async (ticker) => (await ask(server, { ticker }))._meta?.code ?? 'answered')
  )
  const first = tickers[codes.indexOf('answered')]
  const compared = await callTool(server, 'compare_news_sentiment', { tickers: ['TSLA', first] })

  t.same(codes.toSorted(), ['NEWS_RATE_LIMITED', 'NEWS_RATE_LIMITED', 'answered'])
  t.match(compared.structuredContent, {
    ranking: [{ ticker: first }],
    unavailable: [{ ticker: 'TSLA', code: 'NEWS_RATE_LIMITED' }],
    upstream_calls: 0
  })
  t.equal(server.news.queries.length, 1)
})
