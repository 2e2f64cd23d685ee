import t from 'tap'
import { errorResponses } from '../../../../local/alpha-vantage/error-bodies.ts'
import { articlesBefore, newerArticle, toFeed } from '../../../support/feeds.ts'
import { asRequest, callTool, parseEvents, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { asOf, day, minutesBefore, workedFeed } from '../../../support/worked-example.ts'

t.test(
  'compare_news_sentiment: ranks tickers and separates clear differences from uncertain ones',
  async (t) => {
    const server = await startServer(t)
    const scores: Record<string, number[]> = {
      // Levels −0.4 ± 0, 0.5 ± 0.08 and 0.45 ± 0.08; one article is insufficient data.
      TSLA: [-0.4, -0.4, -0.4, -0.4],
      AAPL: [0.4, 0.6, 0.4, 0.6],
      MSFT: [0.35, 0.55, 0.35, 0.55],
      XOM: [0.9]
    }
    server.news.answer = (_reply, { tickers = '' }) =>
      toFeed(
        ...(scores[tickers] ?? []).map((score, index) =>
          newerArticle({
            at: asOf,
            about: { [tickers]: [0.5, score] },
            title: ['Apples', 'Pears', 'Plums', 'Figs'][index] ?? '',
            summary: ''
          })
        )
      )

    const { structuredContent, content } = await callTool(server, 'compare_news_sentiment', {
      tickers: ['XOM', 'TSLA', 'msft', 'AAPL'],
      ...day
    })

    t.match(structuredContent?.ranking, [
      { ticker: 'AAPL', level: 0.5, label: 'Bullish', clearly_above: ['TSLA'], articles: 4 },
      { ticker: 'MSFT', level: 0.45, clearly_above: ['TSLA'] },
      { ticker: 'TSLA', level: -0.4, low: -0.4, high: -0.4, clearly_above: [] },
      { ticker: 'XOM', status: 'insufficient_data', level: null, articles: 1, clearly_above: [] }
    ])
    // Dispersion 0.1, four equal weights: SE = 0.05; 1.96 · √(0.05² + 0.05²) = 0.1386 and 1.96 · 0.05 = 0.098
    t.same(structuredContent?.differences, [
      { above: 'AAPL', below: 'MSFT', difference: 0.05, uncertainty: 0.1386, is_certain: false },
      { above: 'MSFT', below: 'TSLA', difference: 0.85, uncertainty: 0.098, is_certain: true }
    ])
    t.match(structuredContent, { upstream_calls: 4, unavailable: [], as_of: asOf })
    t.match(
      content[0]?.text,
      /1\. AAPL: .* Clearly above TSLA\.\n2\. MSFT: .* Clearly above TSLA\.\n3\. TSLA: [^C]*\n\n- XOM: insufficient data/
    )
  }
)

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

t.test('compare_news_sentiment: copies of one story make no difference clear', async (t) => {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) =>
    toFeed(
      ...[1, 2, 3].map(() =>
        newerArticle({
          at: asOf,
          about: { [tickers]: [0.5, tickers === 'AAPL' ? 0.9 : -0.9] },
          title: 'The same',
          summary: ''
        })
      )
    )

  const { structuredContent } = await callTool(server, 'compare_news_sentiment', {
    tickers: ['AAPL', 'MSFT'],
    ...day
  })

  t.match(structuredContent, {
    ranking: [{ ticker: 'AAPL', articles: 3, stories: 1, clearly_above: [] }],
    differences: [{ difference: 1.8, uncertainty: 0, is_certain: false }]
  })
})

t.test(
  'compare_news_sentiment: names the article that moves each level most; none without an article',
  async (t) => {
    const server = await startServer(t)
    server.news.answer = (_reply, { tickers = '' }) =>
      toFeed(
        ...(tickers === 'MSFT' ? [] : [0.1, -0.9, 0.2]).map((score) =>
          newerArticle({ at: asOf, about: { [tickers]: [1, score] }, title: `Score ${score}` })
        )
      )

    const result = await callTool(server, 'compare_news_sentiment', { tickers: ['AAPL', 'MSFT'], ...day })

    const [apple, microsoft] = resultList(result, 'ranking')
    const uri = `news:///tickers/AAPL/articles/${apple?.main_article_id}`
    const { body, headers } = asRequest('legacy', { method: 'resources/read', params: { uri } })
    t.match(await (await server.post(body, headers)).text(), /Score -0\.9/)
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
    server.news.answer = () => errorResponses.dailyLimit
    const none = await callTool(server, 'compare_news_sentiment', { tickers: ['TSLA', 'NVDA'] })

    t.match(partial.structuredContent, {
      ranking: { length: 2 },
      unavailable: [{ ticker: 'NFLX', code: 'NEWS_TICKER_UNKNOWN', reason: /does not cover NFLX/ }],
      upstream_calls: 3
    })
    t.match(resultText(partial), /NFLX is missing: /)
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
