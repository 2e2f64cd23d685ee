import type { Test } from 'tap'
import t from 'tap'
import { errorResponses } from '../../../../local/alpha-vantage/error-bodies.ts'
import { articlesBefore, newerArticle, toFeed } from '../../../support/feeds.ts'
import { asRequest, callTool, parseEvents, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { asOf, day, minutesBefore, workedFeed } from '../../../support/worked-example.ts'

/** Starts the server with news of `scores` by ticker: stories of the same weight, at the end of the window. */
async function startWith(t: Test, scores: Record<string, number[]>) {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) =>
    toFeed(
      ...(scores[tickers] ?? []).map((score) =>
        newerArticle({ at: asOf, about: { [tickers]: [0.5, score] } })
      )
    )
  return (...tickers: string[]) => callTool(server, 'compare_news_sentiment', { tickers, ...day })
}

t.test(
  'compare_news_sentiment: two scores within their uncertainty share rank 1, and each is clearly above the third',
  async (t) => {
    const compare = await startWith(t, {
      TSLA: [-0.4, -0.4, -0.4, -0.4],
      AAPL: [0.4, 0.6, 0.4, 0.6],
      MSFT: [0.35, 0.55, 0.35, 0.55],
      XOM: [0.9]
    })

    const { structuredContent, content } = await compare('XOM', 'TSLA', 'msft', 'AAPL')

    // Four stories each: n' = 4, ν = 5. AAPL and MSFT: D = .1, s² = (.08 + 4 · .01) / 5 = .024, SE² = .006.
    // TSLA: D = 0, s² = .08 / 5 = .016, SE² = .004. Intervals: ± 2.5706 · √.006 = .1991 and ± 2.5706 · √.004 = .1626.
    t.match(structuredContent?.ranking, [
      {
        ...{ ticker: 'AAPL', rank: 1, score: 0.5, low: 0.3009, high: 0.6991, side: 'bullish' },
        ...{ label: 'Bullish', label_is_certain: false, clearly_above: ['TSLA'], articles: 4, stories: 4 },
        ...{ effective_stories: 4, degrees_of_freedom: 5, dispersion: 0.1, standard_error: 0.0775 }
      },
      { ticker: 'MSFT', rank: 1, score: 0.45, clearly_above: ['TSLA'] },
      {
        ...{ ticker: 'TSLA', rank: 3, score: -0.4, low: -0.5626, high: -0.2374, side: 'bearish' },
        clearly_above: []
      },
      { ticker: 'XOM', rank: null, status: 'insufficient_data', score: null, side: null, articles: 1 }
    ])
    // Three pairs. AAPL and TSLA: SE = √.010, ν = .010² / ((.006² + .004²) / 5) = 9.6, so 9: 2.9333 · .1.
    // AAPL and MSFT: SE = √.012, ν = .012² / (2 · .006² / 5) = 10: 2.8701 · .1095.
    t.same(structuredContent?.differences, [
      { above: 'AAPL', below: 'TSLA', difference: 0.9, uncertainty: 0.2933, is_clear: true },
      { above: 'MSFT', below: 'TSLA', difference: 0.85, uncertainty: 0.2933, is_clear: true },
      { above: 'AAPL', below: 'MSFT', difference: 0.05, uncertainty: 0.3144, is_clear: false }
    ])
    t.match(structuredContent, { upstream_calls: 4, unavailable: [], as_of: asOf })
    const text = content[0]?.text ?? ''
    for (const line of [
      'Highest score first:',
      '- AAPL: Bullish, sentiment score +0.50 (95% interval +0.30 to +0.70), from 4 articles, 4 stories. The interval reaches from Somewhat-Bullish to Bullish. Rank 1: clearly above TSLA.',
      '- XOM: insufficient data (1 article, 1 story); a score needs at least 3 stories. Ask for a longer window.',
      'The largest clear difference: AAPL above TSLA, 0.90 ± 0.29. The list names every clear one. Rank: 1 + the number of tickers clearly above.'
    ]) {
      t.ok(text.split('\n').includes(line), `${line} in: ${text}`)
    }
    t.match(text, /^- MSFT: .* Rank 1: clearly above TSLA\.\n- TSLA: .* Rank 3\.$/m)
  }
)

t.test(
  'compare_news_sentiment: the same difference is clear between two tickers, and unclear among three',
  async (t) => {
    // D² = .0224 for both. AAPL: n' = 8, s² = (.08 + 8 · .0224) / 9 = .0288, SE = √(.0288 / 8) = .06, ν = 9.
    // MSFT: n' = 5, s² = (.08 + 5 · .0224) / 6 = .032, SE = √(.032 / 5) = .08, ν = 6.
    const [a, b] = [Math.sqrt(0.0224), Math.sqrt((5 / 4) * 0.0224)]
    const compare = await startWith(t, {
      AAPL: [1, 1, 1, 1, -1, -1, -1, -1].map((sign) => 0.32 + sign * a),
      MSFT: [1, 1, 0, -1, -1].map((sign) => 0.05 + sign * b),
      NVDA: [0.2, 0.2, 0.2]
    })

    const two = await compare('AAPL', 'MSFT')
    const three = await compare('AAPL', 'MSFT', 'NVDA')

    // SE = √(.06² + .08²) = .1, ν = .01² / (.06⁴/9 + .08⁴/6) = 12.1, so 12. One pair: 2.1788 · .1. Three: 2.7795 · .1.
    t.match(two.structuredContent, {
      ranking: [
        { ticker: 'AAPL', rank: 1, standard_error: 0.06, degrees_of_freedom: 9 },
        { ticker: 'MSFT', rank: 2, standard_error: 0.08, degrees_of_freedom: 6 }
      ],
      differences: [{ difference: 0.27, uncertainty: 0.2179, is_clear: true }]
    })
    t.match(three.structuredContent, {
      ranking: [
        { rank: 1, clearly_above: [] },
        { ticker: 'NVDA', rank: 1 },
        { ticker: 'MSFT', rank: 1 }
      ],
      differences: [
        { above: 'AAPL', below: 'MSFT', difference: 0.27, uncertainty: 0.2779, is_clear: false },
        { above: 'NVDA', below: 'MSFT', is_clear: false },
        { above: 'AAPL', below: 'NVDA', is_clear: false }
      ]
    })
    t.match(
      resultText(three),
      '\n\nNo clear difference between any two tickers. The largest: AAPL above MSFT, 0.27 ± 0.28.\n'
    )
    t.notMatch(resultText(three), 'Rank', 'all would have the same')
  }
)

t.test(
  'compare_news_sentiment: a clear difference is listed before a larger one that is not clear',
  async (t) => {
    const compare = await startWith(t, {
      AAPL: [0.9, 0.9, -0.3],
      MSFT: Array(8).fill(0.4),
      TSLA: Array(8).fill(0)
    })

    const { structuredContent } = await compare('AAPL', 'MSFT', 'TSLA')

    // Three pairs. AAPL: D² = .32, s² = (.08 + 3 · .32) / 4 = .26, SE² = .0867, ν = 4. The others: D = 0,
    // s² = .08 / 9 = .0089, SE² = .0011, ν = 9. MSFT and TSLA: SE = √.0022, ν = 18; 2.6391 · .0471 = .1244.
    // AAPL and another: SE² = .0878, ν = .0878² / (.0867² / 4 + .0011² / 9) = 4.1, so 4; 3.9608 · .2963 = 1.1735.
    t.same(structuredContent?.differences, [
      { above: 'MSFT', below: 'TSLA', difference: 0.4, uncertainty: 0.1244, is_clear: true },
      { above: 'AAPL', below: 'TSLA', difference: 0.5, uncertainty: 1.1735, is_clear: false },
      { above: 'AAPL', below: 'MSFT', difference: 0.1, uncertainty: 1.1735, is_clear: false }
    ])
    t.match(structuredContent?.ranking, [
      { ticker: 'AAPL', rank: 1 },
      { ticker: 'MSFT', rank: 1 },
      { ticker: 'TSLA', rank: 2 }
    ])
  }
)

t.test(
  'compare_news_sentiment, ten tickers: the ten largest differences, and more only if they are clear',
  async (t) => {
    const tickers = Array.from({ length: 10 }, (_, index) => `T${index}`)
    const withScores = (toScore: (index: number) => number) =>
      Object.fromEntries(tickers.map((ticker, index) => [ticker, Array(3).fill(toScore(index))]))
    const near = await startWith(
      t,
      withScores((index) => index / 100)
    )
    // Every ticker of the upper half is clearly above every ticker of the lower half.
    const far = await startWith(
      t,
      withScores((index) => (index < 5 ? 0.9 : -0.9))
    )

    const differences = resultList(await near(...tickers), 'differences')
    const clear = resultList(await far(...tickers), 'differences')

    t.equal(differences.length, 10)
    t.match(differences[0], { above: 'T9', below: 'T0', difference: 0.09, is_clear: false })
    t.equal(clear.length, 25)
    t.ok(clear.every((pair) => pair.is_clear === true))
  }
)

t.test('compare_news_sentiment, one ticker has news: the answer says that nothing is compared', async (t) => {
  const compare = await startWith(t, { AAPL: [0.1, 0.2, 0.3], MSFT: [0.1, 0.2] })

  const alone = await compare('AAPL', 'XOM')
  const few = await compare('AAPL', 'MSFT')
  const none = await compare('MSFT', 'XOM')

  t.match(alone.structuredContent, {
    ranking: [{ ticker: 'AAPL', rank: 1 }, { rank: null }],
    differences: []
  })
  t.match(resultText(alone), '\nNothing to compare: only AAPL has news.\n')
  t.match(resultText(alone), 'XOM: insufficient data (0 articles, 0 stories)')
  t.match(resultText(few), '\nNothing to compare: only AAPL has news of 3 stories or more.\n')
  t.match(resultText(few), 'MSFT: insufficient data (2 articles, 2 stories)')
  t.match(resultText(none), '\nNothing to compare: no ticker has news of 3 stories or more.\n')
  for (const answer of [alone, few, none]) t.notMatch(resultText(answer), /Highest|Rank|clear/)
})

t.test(
  'compare_news_sentiment, one feed truncated: all tickers are compared over the time covered for each',
  async (t) => {
    const server = await startServer(t)
    const end = Date.parse(asOf)
    const feeds: Record<string, unknown[]> = {
      AAPL: articlesBefore(end, { count: 50, everyMs: 60_000, score: 0.9 }),
      MSFT: articlesBefore(end, { count: 40, everyMs: 600_000, ticker: 'MSFT', score: -0.9 })
    }
    server.news.answer = (_reply, { tickers = '' }) => toFeed(...(feeds[tickers] ?? []))

    const { structuredContent } = await callTool(server, 'compare_news_sentiment', {
      tickers: ['AAPL', 'MSFT'],
      ...day
    })

    t.match(structuredContent, {
      window: { from: '2026-10-20T12:00:00Z', truncated: true, covered_from: '2026-10-21T11:11:00Z' },
      cut_short_by: ['AAPL'],
      ranking: [
        { ticker: 'AAPL', articles: 50 },
        { ticker: 'MSFT', articles: 5 }
      ]
    })
  }
)

t.test(
  'compare_news_sentiment, several full feeds: the shortest coverage limits the comparison',
  async (t) => {
    const server = await startServer(t)
    server.news.answer = (_reply, { tickers = '' }) =>
      toFeed(
        ...Array.from({ length: 50 }, (_, index) =>
          newerArticle({
            at: minutesBefore(index * (tickers === 'AAPL' ? 10 : 2)),
            about: { [tickers]: [1, 0.1] }
          })
        )
      )
    for (const tickers of [
      ['AAPL', 'MSFT'],
      ['MSFT', 'AAPL']
    ]) {
      const compared = await callTool(server, 'compare_news_sentiment', { tickers, ...day })
      const articles = Object.fromEntries(
        resultList(compared, 'ranking').map((one) => [one.ticker, one.articles])
      )
      t.same(articles, { AAPL: 10, MSFT: 50 }, 'the last 98 minutes')
    }
  }
)

t.test('compare_news_sentiment: three copies of one story are no score to compare', async (t) => {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) =>
    toFeed(
      ...['Reuters', 'Yahoo', 'MSN'].map((source) =>
        newerArticle({
          at: asOf,
          about: { [tickers]: [0.5, tickers === 'AAPL' ? 0.9 : -0.9] },
          title: `Markets fall after the central bank speaks - ${source}`,
          source
        })
      )
    )

  const { structuredContent } = await callTool(server, 'compare_news_sentiment', {
    tickers: ['AAPL', 'MSFT'],
    ...day
  })

  t.match(structuredContent, {
    ranking: [{ ticker: 'AAPL', articles: 3, stories: 1, score: null, rank: null, clearly_above: [] }, {}],
    differences: []
  })
})

t.test(
  'compare_news_sentiment: names the most relevant article of the story that moves each score most; null without an article',
  async (t) => {
    const server = await startServer(t)
    // A quarter of its weight each: no copy of the story has the largest contribution of an article.
    const copies = [0.7, 0.8, 0.9, 0.6].map((relevance) => ({
      relevance,
      title: 'Apple halts all its sales'
    }))
    server.news.answer = (_reply, { tickers = '' }) =>
      toFeed(
        ...(tickers === 'MSFT' ? [] : copies).map(({ relevance, title }) =>
          newerArticle({
            at: asOf,
            about: { [tickers]: [relevance, -0.9] },
            title,
            summary: `Relevance ${relevance}`
          })
        ),
        newerArticle({ at: asOf, about: { AAPL: [1, 0.3] }, summary: 'Another story' })
      )

    const result = await callTool(server, 'compare_news_sentiment', { tickers: ['AAPL', 'MSFT'], ...day })

    const [apple, microsoft] = resultList(result, 'ranking')
    const uri = `news:///tickers/AAPL/articles/${apple?.main_article_id}`
    const { body, headers } = asRequest('legacy', { method: 'resources/read', params: { uri } })
    t.match(await (await server.post(body, headers)).text(), /Relevance 0\.9/)
    t.equal(microsoft?.main_article_id, null)
  }
)

t.test('compare_news_sentiment: dropped articles and sample data in one feed are reported', async (t) => {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) => ({
    ...toFeed(
      newerArticle({ at: asOf, about: { [tickers]: [1, 0.1] } }),
      ...(tickers === 'MSFT' ? [{}] : [])
    ),
    sample_data: tickers === 'MSFT'
  })
  const { structuredContent } = await callTool(server, 'compare_news_sentiment', {
    tickers: ['AAPL', 'MSFT'],
    ...day
  })
  t.match(structuredContent, { articles_dropped: 1, sample_data: true })
})

t.test(
  'compare_news_sentiment, one ticker fails: the others are compared and its call is counted',
  async (t) => {
    const server = await startServer(t)

    const partial = await callTool(server, 'compare_news_sentiment', { tickers: ['AAPL', 'NFLX', 'MSFT'] })
    const alone = await callTool(server, 'compare_news_sentiment', { tickers: ['AAPL', 'NFLX'] })
    server.news.answer = () => errorResponses.dailyLimit
    const none = await callTool(server, 'compare_news_sentiment', { tickers: ['TSLA', 'NVDA'] })

    t.match(partial.structuredContent, {
      ranking: { length: 2 },
      unavailable: [{ ticker: 'NFLX', code: 'NEWS_TICKER_UNKNOWN', reason: /does not cover NFLX/ }],
      upstream_calls: 3
    })
    t.match(resultText(partial), /NFLX is missing: /)
    t.match(
      resultText(alone),
      /\nNothing to compare: only AAPL has news\.\n\n- NFLX is missing: .*does not cover NFLX/
    )
    t.match(none, { isError: true, _meta: { code: 'NEWS_QUOTA_SPENT' } })
  }
)

t.test('compare_news_sentiment: a client that disconnects costs no further call', async (t) => {
  const server = await startServer(t)
  const disconnect = new AbortController()
  const called = Promise.withResolvers<void>()
  const response = Promise.withResolvers<void>()
  server.news.answer = async () => {
    called.resolve()
    await response.promise
    return workedFeed
  }

  const params = { name: 'compare_news_sentiment', arguments: { tickers: ['AAPL', 'MSFT', 'NVDA'] } }
  const request = fetch(server.resource, {
    method: 'POST',
    signal: disconnect.signal,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  })
  await called.promise
  disconnect.abort()
  await t.rejects(request, { name: 'AbortError' })
  // When a later request is answered, the server has seen the disconnect.
  await callTool(server, 'get_market_news', { topic: 'weather' })
  response.resolve()
  t.match((await callTool(server, 'get_news_sentiment', { ticker: 'TSLA', ...day })).isError, undefined)

  t.same(
    server.news.queries.map(({ tickers }) => tickers),
    ['AAPL', 'TSLA']
  )
})

t.test('compare_news_sentiment: reports progress after each ticker', async (t) => {
  const { post } = await startServer(t)

  const response = await post(
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'compare_news_sentiment',
        arguments: { tickers: ['AAPL', 'MSFT', 'NVDA'] },
        _meta: { progressToken: 'p' }
      }
    },
    { accept: 'application/json, text/event-stream' }
  )

  const events = parseEvents(await response.text())
  t.match(events, [
    ...[0, 1, 2, 3].map((progress) => ({ params: { progressToken: 'p', progress, total: 3 } })),
    { id: 1, result: { structuredContent: { ranking: { length: 3 } } } }
  ])
})
