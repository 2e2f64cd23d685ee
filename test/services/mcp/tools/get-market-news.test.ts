import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { asOf, day, minutesBefore } from '../../../support/worked-example.ts'

t.test(
  'get_market_news: ranks tickers by score, each with its strongest article, from one call',
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
          score: 0.6,
          label: 'Bullish',
          articles: 3,
          evidence: { title: articles[2]?.title, score: 0.7 }
        },
        { ticker: 'MID', score: 0.1, label: 'Neutral' }
      ],
      most_bearish: [{ ticker: 'DOWN', score: -0.2, evidence: { title: articles[2]?.title, score: -0.3 } }],
      upstream_calls: 1
    })
    t.equal(resultList(all, 'most_bullish').length, 2)
    t.equal(resultList(all, 'most_bearish').length, 1)
    t.match(topical.structuredContent, { topic: 'earnings', most_bullish: { length: 0 }, tickers_ranked: 0 })
    t.match(
      resultText(all),
      /\n\nHighest scores:\n\n1\. UP: .*\n\n {3}> 📰 .+ \(Example Wire\)\n\n2\. MID: Neutral, sentiment score \+0\.10 .*\n\n.*\n\nLowest scores:\n\n1\. DOWN: /
    )
    t.match(
      resultText(topical),
      /No ticker is scored by at least 4 articles\. Ask for a lower min_articles or a longer window\./
    )
    t.match(server.news.queries, [
      { tickers: undefined, topics: undefined },
      { tickers: undefined, topics: 'earnings' }
    ])
  }
)

t.test(
  'get_market_news: worst ticker first; articles without an overall score are not neutral',
  async (t) => {
    const scores: Record<string, [number, number]> = {
      A: [1, -0.8],
      B: [1, -0.1],
      C: [1, -0.4],
      D: [1, 0.3],
      E: [1, 0.6],
      F: [1, 0.1]
    }
    const articles = [1, 2, 3].map((minutes) => newerArticle({ at: minutesBefore(minutes), about: scores }))
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

t.test('get_market_news, nothing to list: the text says why', async (t) => {
  const two = [1, 2].map((minutes) =>
    newerArticle({ at: minutesBefore(minutes), about: { A: [1, 0.5] }, title: `Quarter ${minutes}` })
  )
  const copy = newerArticle({ at: asOf, about: { A: [1, 0.5] }, title: 'Acme wins the largest order ever' })
  const zero = [1, 2, 3].map((minutes) =>
    newerArticle({ at: minutesBefore(minutes), about: { A: [1, 0.00004], B: [1, 0] } })
  )
  const few = 'No ticker has a score, which needs at least 3 stories. Ask for a longer window.'
  for (const [feed, text, ranked] of [
    [[], few, 0],
    [two, few, 0],
    [[two[0], copy, { ...copy, url: 'https://e.test/copy' }], few, 0],
    [zero, 'No score is above or below 0, of 2 ranked tickers.', 2]
  ] as const) {
    const server = await startFeedServer(t, toFeed(...feed))

    const result = await callTool(server, 'get_market_news', day)

    t.match(resultText(result), `.\n\n${text}\n\n`)
    t.match(result.structuredContent, {
      tickers_ranked: ranked,
      most_bullish: { length: 0 },
      most_bearish: { length: 0 }
    })
  }
})

for (const [score, text] of [
  [0.5, /^Highest scores:\n\n1\. A: Bullish.*\n\n.*\n\nNo ticker has a score below 0\.$/m],
  [-0.5, /\n\nNo ticker has a score above 0\.\n\nLowest scores:\n\n1\. A: Bearish/]
] as const) {
  t.test(
    `get_market_news, only ${score} as a score: the text says that the other list is empty`,
    async (t) => {
      const articles = [1, 2, 3].map((minutes) =>
        newerArticle({ at: minutesBefore(minutes), about: { A: [1, score] } })
      )
      const server = await startFeedServer(t, toFeed(...articles))

      t.match(resultText(await callTool(server, 'get_market_news', day)), text)
    }
  )
}

t.test('get_market_news: copies of a release count as one story, by the mean of their scores', async (t) => {
  const title = 'Acme wins the largest order ever'
  const release = [0.5, -0.3].map((score) =>
    newerArticle({ at: asOf, about: { A: [1, score] }, title, score })
  )
  const others = [0.1, 0.3].map((score) =>
    newerArticle({ at: asOf, about: { A: [1, score] }, score: -score })
  )
  const server = await startFeedServer(t, toFeed(...release, ...others))

  const result = await callTool(server, 'get_market_news', day)

  t.match(result.structuredContent, {
    // The release has (0.5 − 0.3) / 2 = 0.1, the others −0.1 and −0.3.
    market: { articles: 4, stories: 3, bullish: 0, neutral: 2, bearish: 1, breadth: -1 },
    // (0.1 + 0.1 + 0.3) / 3
    most_bullish: [{ ticker: 'A', score: 0.1667, articles: 4, stories: 3 }]
  })
  t.match(resultText(result), /^News on the market: 4 articles, 3 stories: 0 bullish, 2 neutral, 1 bearish\./)
})
