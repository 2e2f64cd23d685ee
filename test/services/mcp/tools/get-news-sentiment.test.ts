import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList, resultText } from '../../../support/rpc.ts'
import {
  asOf,
  day,
  dayBefore,
  midnight,
  noon,
  scoreApple,
  toTitle,
  unscored,
  workedFeed,
  workedSentiment
} from '../../../support/worked-example.ts'

t.test('get_news_sentiment: returns the score worked out by hand, from both article formats', async (t) => {
  const server = await startFeedServer(t, workedFeed)

  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 10, ...day })

  const { structuredContent } = result
  t.same(structuredContent?.sentiment, workedSentiment)
  t.same(
    resultList(result, 'articles').map(toTitle),
    [noon, midnight, dayBefore, unscored].map(toTitle),
    'the window includes both of its ends'
  )
  t.match(structuredContent, {
    as_of: asOf,
    window: { from: '2026-10-20T12:00:00Z', to: asOf, truncated: false },
    articles_available: 4,
    next_cursor: null,
    upstream_calls: 1,
    data_source: 'Alpha Vantage NEWS_SENTIMENT',
    sample_data: false,
    method: 'news:///method'
  })
  t.match(
    resultText(result),
    /^AAPL: Somewhat-Bullish, sentiment score \+0\.29 \(95% interval -0\.38 to \+0\.95\), from 3 articles, 3 stories\. The interval reaches from Bearish to Bullish\. One source has 57% of the weight:\n\n> A\n\n/
  )
  t.match(resultText(result), '\n- Method: news:///method\n')
  t.match(server.news.queries, [
    { tickers: 'AAPL', time_from: '20261020T0000', time_to: '20261022T0000', limit: '1000', sort: 'LATEST' }
  ])
})

t.test('get_news_sentiment with until or as_of: lists no article from outside the window', async (t) => {
  const dayAfter = newerArticle({ at: '2026-10-23T12:00:00Z', about: scoreApple(-1) })
  const inside = newerArticle({ at: asOf, about: scoreApple(0.4) })
  const yearBefore = newerArticle({ at: '2025-10-21T12:00:00Z', about: scoreApple(-1) })
  const server = await startFeedServer(t, toFeed(dayAfter, inside, yearBefore))
  for (const end of [{ as_of: asOf }, { until: asOf }]) {
    const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 50, ...end })
    t.same(resultList(result, 'articles').map(toTitle), [inside.title], JSON.stringify(end))
    t.match(result.structuredContent, { articles_available: 1 })
  }
})

t.test(
  'old feed that does not match the default window: listed, not counted, and not fetched again',
  async (t) => {
    const server = await startFeedServer(t, workedFeed)

    for (const calls of [1, 0]) {
      const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 50 })
      t.match(result.structuredContent, {
        sentiment: { articles: 0 },
        articles_available: 6,
        upstream_calls: calls
      })
    }
    t.match(await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', since: '6d' }), {
      structuredContent: { articles_available: 0 }
    })
  }
)
