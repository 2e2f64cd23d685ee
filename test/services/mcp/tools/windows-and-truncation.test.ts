import t from 'tap'
import { errorResponses } from '../../../../local/alpha-vantage/error-bodies.ts'
import { startFeedServer } from '../../../support/feed-server.ts'
import { articlesBefore, newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { asOf, day, noon, tooLate, workedFeed } from '../../../support/worked-example.ts'

t.test('as_of: later articles do not affect any tool', async (t) => {
  const later = [1, 60, 600].map((minutes) =>
    newerArticle({
      at: new Date(Date.parse(asOf) + minutes * 60_000).toISOString(),
      about: { AAPL: [1, -1], MSFT: [1, 1] },
      title: noon.title,
      summary: noon.summary
    })
  )
  const [before, after] = await Promise.all([
    startFeedServer(t, workedFeed),
    startFeedServer(t, toFeed(...later, ...workedFeed.feed))
  ])
  const window = { as_of: asOf, since: '7d' }

  for (const [name, args] of [
    ['get_news_sentiment', { ticker: 'AAPL', limit: 50, sort: 'most_bearish', ...window }],
    ['compare_news_sentiment', { tickers: ['AAPL', 'MSFT'], ...window }],
    ['get_sentiment_trend', { ticker: 'AAPL', ...window }],
    ['get_market_news', window],
    ['explain_sentiment', { ticker: 'AAPL', ...window }]
  ] as const) {
    const [one, other] = await Promise.all([callTool(before, name, args), callTool(after, name, args)])
    const ignored = { fetched_at: '', data_age_seconds: 0 }
    t.same({ ...other.structuredContent, ...ignored }, { ...one.structuredContent, ...ignored }, name)
    t.equal(other.structuredContent?.as_of, asOf)
    t.notOk(JSON.stringify(other).includes('2026-10-21T12:01:00Z'))
  }
})

t.test('historical windows within the same days: one call', async (t) => {
  const server = await startFeedServer(t, workedFeed)

  const calls = []
  for (const args of [
    day,
    { since: '2026-10-20', until: '2026-10-21' },
    { since: '2h', as_of: '2026-10-21T23:59:00Z' }
  ]) {
    const { structuredContent } = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...args })
    calls.push(structuredContent?.upstream_calls)
  }

  t.same(calls, [1, 0, 1], 'one day and two days are different upstream windows')
})

t.test('full feed: the window is marked as truncated, with the time from which it is covered', async (t) => {
  const articles = Array.from({ length: 50 }, (_, index) =>
    newerArticle({
      at: new Date(Date.parse(asOf) - index * 3_600_000).toISOString(),
      about: { AAPL: [0.5, 0.2] }
    })
  )
  const server = await startFeedServer(t, toFeed(...articles))
  const ask = (name: string, since: string) => callTool(server, name, { ticker: 'AAPL', since, as_of: asOf })
  const covered = '2026-10-19T11:00:00Z' // 49 hours before as_of

  const week = await ask('get_news_sentiment', '7d')
  const trend = await ask('get_sentiment_trend', '7d')
  const hours = await ask('get_news_sentiment', '24h')

  t.match(week.structuredContent, { window: { truncated: true, covered_from: covered } })
  t.match(resultText(week), /articles go back only to 2026-10-19 11:00 UTC/)
  t.match(hours.structuredContent, { window: { truncated: false, covered_from: undefined } })
  t.match(
    resultList(trend, 'points').map(({ date }) => date),
    ['2026-10-19', '2026-10-20', '2026-10-21'],
    'no points for the time before the feed'
  )
})

t.test('feed filled by news after the window: fetched once more, up to the end of the window', async (t) => {
  const server = await startServer(t)
  const end = Date.parse('2026-10-21T23:59:00Z')
  const all = [
    ...articlesBefore(end, { count: 1200, everyMs: 10_000 }),
    ...articlesBefore(Date.parse(asOf), { count: 20, everyMs: 60_000, score: 0.5 })
  ]
  // Alpha Vantage returns the newest 1000 articles up to time_to.
  server.news.answer = (_reply, { time_to: to = '' }) =>
    toFeed(...all.filter(({ time_published: time }) => time <= `${to}59`).slice(0, 1000))

  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
  const again = await callTool(server, 'explain_sentiment', { ticker: 'AAPL', ...day })

  t.match(result.structuredContent, {
    sentiment: { articles: 20, score: 0.5 },
    window: { truncated: false },
    upstream_calls: 2
  })
  t.match(again.structuredContent, { sentiment: { articles: 20 }, upstream_calls: 0 })
  t.same(
    server.news.queries.map(({ time_to }) => time_to),
    ['20261022T0000', '20261021T1201']
  )
})

t.test(
  'historical window without news but with much news after it: empty result, in both response formats',
  async (t) => {
    for (const empty of [toFeed(), errorResponses.noArticles]) {
      const server = await startServer(t)
      const full = articlesBefore(Date.parse('2026-10-21T23:59:00Z'), { count: 50, everyMs: 60_000 })
      server.news.answer = (_reply, { time_to: to }) => (to === '20261022T0000' ? toFeed(...full) : empty)

      const { structuredContent } = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })

      t.match(structuredContent, {
        sentiment: { status: 'insufficient_data', articles: 0 },
        upstream_calls: 2
      })
    }
  }
)

t.test('concurrent queries with different windows: each gets its own result, from one call', async (t) => {
  const server = await startFeedServer(t, workedFeed)
  const ask = (since: string) =>
    callTool(server, 'get_news_sentiment', { ticker: 'AAPL', since, as_of: asOf, limit: 50 })

  const concurrent = await Promise.all(['24h', '20h', '13h'].map(ask))
  const sequential = await Promise.all(['24h', '20h', '13h'].map(ask))

  const summarize = (results: typeof sequential) =>
    results.map((one) => [one.structuredContent?.sentiment, resultList(one, 'articles').length])
  t.same(summarize(concurrent), summarize(sequential))
  t.equal(server.news.queries.length, 1, 'the same days contain all windows')
})

t.test('historical window without news: an empty result that reveals nothing about later news', async (t) => {
  const [empty, before, after] = await Promise.all([
    startFeedServer(t, toFeed()),
    startFeedServer(t, errorResponses.noArticles),
    startFeedServer(t, toFeed(tooLate))
  ])

  for (const name of ['get_news_sentiment', 'get_sentiment_trend', 'explain_sentiment']) {
    const [none, older, later] = await Promise.all(
      [empty, before, after].map((server) => callTool(server, name, { ticker: 'AAPL', ...day }))
    )
    const ignored = { fetched_at: '', data_age_seconds: 0 }
    t.match(none?.structuredContent, {
      sentiment: { status: 'insufficient_data', articles: 0, score: null },
      upstream_calls: name === 'get_news_sentiment' ? 1 : 0
    })
    t.same({ ...older?.structuredContent, ...ignored }, { ...none?.structuredContent, ...ignored }, name)
    t.match(later?.structuredContent, { sentiment: none?.structuredContent?.sentiment as object })
  }
})

t.test('NEWS_NOT_FOUND: does not depend on cached news of a longer window', async (t) => {
  const server = await startServer(t)
  const old = newerArticle({
    at: new Date(Date.now() - 3 * 86_400_000).toISOString(),
    about: { AAPL: [1, 0.4] }
  })
  server.news.answer = (_reply, { time_from: from = '' }) =>
    old.time_published >= from ? toFeed(old) : toFeed()
  const ask = (since: string) => callTool(server, 'get_news_sentiment', { ticker: 'AAPL', since })

  const before = await ask('24h')
  await ask('7d')
  const after = await ask('24h')

  t.match(before, { isError: true, _meta: { code: 'NEWS_NOT_FOUND', upstream_calls: 1 } })
  t.match(after, { isError: true, _meta: { code: 'NEWS_NOT_FOUND', upstream_calls: 0 } })
  t.match(resultText(after), /no news on AAPL in that window\. Try a longer window/)
})

t.test('truncated news because the share of a caller is spent: another caller gets all of it', async (t) => {
  const now = Date.now()
  t.intercept(Date, 'now', { value: () => now }) // all questions are in one second
  const server = await startServer(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '4' })
  const all = [
    ...articlesBefore(Date.parse('2026-10-21T23:59:00Z'), { count: 1200, everyMs: 10_000 }),
    ...articlesBefore(Date.parse(asOf), { count: 20, everyMs: 60_000, score: 0.5 })
  ]
  server.news.answer = (_reply, { time_to: to = '99999999T9999' }) =>
    toFeed(...all.filter(({ time_published: time }) => time <= `${to}59`).slice(0, 1000))
  const other = await server.signToken({ sub: 'usr_2' })
  const ask = (args: Record<string, unknown>, token = server.token) =>
    callTool(
      { post: (body) => server.post(body, { authorization: `Bearer ${token}` }) },
      'get_news_sentiment',
      { ticker: 'AAPL', ...args }
    ).then(({ structuredContent, content }) => structuredContent ?? content)
  await ask({ since: '90d' })
  await ask({ since: '90d' }, other)

  t.match(await ask(day), { window: { truncated: true }, upstream_calls: 1 })
  const mine = await ask(day)
  const again = await ask(day)
  const theirs = await ask(day, other)

  t.match(mine, { window: { truncated: true }, cache: 'hit', upstream_calls: 0 })
  t.same(again, mine)
  t.match(theirs, { window: { truncated: false }, upstream_calls: 1 })
})
