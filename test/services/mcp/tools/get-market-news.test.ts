import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { asOf, day, minutesBefore } from '../../../support/worked-example.ts'

t.test(
  'get_market_news: ranks tickers by level, each with its strongest article, from one call',
  async (t) => {
    const server = await startServer(t)
    const articles = [0.1, 0.2, 0.3].map((more) =>
      newerArticle({
        at: asOf,
        about: { UP: [0.5, 0.4 + more], MID: [0.5, 0.1], DOWN: [0.5, -more], RARE: [0.1, 0] },
        score: more
      })
    )
    const rare = newerArticle({ at: asOf, about: { NEW: [1, 1] }, score: -0.5 })
    server.news.answer = () => toFeed(...articles, rare)

    const all = await callTool(server, 'get_market_news', day)
    const topical = await callTool(server, 'get_market_news', {
      topic: 'earnings',
      limit: 1,
      min_articles: 4,
      ...day
    })

    t.match(all.structuredContent, {
      topic: null,
      market: { articles: 4, bullish: 2, neutral: 1, bearish: 1, breadth: 0.3333 },
      tickers_ranked: 4,
      most_bullish: [
        {
          ticker: 'UP',
          level: 0.6,
          label: 'Bullish',
          articles: 3,
          evidence: { title: articles[2]?.title, score: 0.7 }
        },
        { ticker: 'MID', level: 0.1, label: 'Neutral' }
      ],
      most_bearish: [{ ticker: 'DOWN', level: -0.2, evidence: { title: articles[2]?.title, score: -0.3 } }],
      upstream_calls: 1
    })
    t.equal(resultList(all, 'most_bullish').length, 2)
    t.equal(resultList(all, 'most_bearish').length, 1)
    t.match(topical.structuredContent, { topic: 'earnings', most_bullish: { length: 0 }, tickers_ranked: 0 })
    t.match(resultText(all), /\n\n1\. UP: .*\n\n {3}> 📰 .+ \(Example Wire\)\n\n2\. MID: /)
    t.match(resultText(topical), /No ticker has enough articles/)
    t.match(server.news.queries, [
      { tickers: undefined, topics: undefined },
      { tickers: undefined, topics: 'earnings' }
    ])
  }
)

t.test(
  'get_market_news: worst ticker first; articles without an overall score are not neutral',
  async (t) => {
    const levels: Record<string, [number, number]> = {
      A: [1, -0.8],
      B: [1, -0.1],
      C: [1, -0.4],
      D: [1, 0.3],
      E: [1, 0.6],
      F: [1, 0.1]
    }
    const articles = [1, 2, 3].map((minutes) => newerArticle({ at: minutesBefore(minutes), about: levels }))
    const withoutScore = {
      ...newerArticle({ at: asOf, about: { A: [0.1, -0.8] } }),
      overall_sentiment_score: undefined
    }
    const server = await startFeedServer(t, toFeed(withoutScore, ...articles))
    const ask = (args: object) => callTool(server, 'get_market_news', { ...args, ...day })
    const toTickers = (result: Awaited<ReturnType<typeof ask>>, name: string) =>
      resultList(result, name).map(({ ticker }) => ticker)
    const all = await ask({})
    t.same(
      [toTickers(all, 'most_bullish'), toTickers(all, 'most_bearish')],
      [
        ['E', 'D', 'F'],
        ['A', 'C', 'B']
      ]
    )
    const two = await ask({ limit: 2 })
    t.same(
      [toTickers(two, 'most_bullish'), toTickers(two, 'most_bearish')],
      [
        ['E', 'D'],
        ['A', 'C']
      ]
    )
    t.match(all.structuredContent, {
      market: { articles: 4, bullish: 0, neutral: 3, bearish: 0 },
      tickers_ranked: 6
    })
    t.same(toTickers(await ask({ min_articles: 4 }), 'most_bearish'), ['A'])
  }
)

t.test(
  'get_market_news, ticker of a feed that reads like an address: hosts make no link of it',
  async (t) => {
    const articles = [1, 2, 3].map((minutes) =>
      newerArticle({ at: minutesBefore(minutes), about: { 'WWW.EVIL.NET': [1, 0.5] } })
    )
    const server = await startFeedServer(t, toFeed(...articles))

    const result = await callTool(server, 'get_market_news', day)

    t.match(resultList(result, 'most_bullish'), [{ ticker: 'WWW.EVIL.NET' }])
    t.match(resultText(result), '1. WWW\\.EVIL.NET: Bullish')
  }
)
