import t, { type Test } from 'tap'
import { newerArticle, timesBefore, toFeed } from '../../../support/feeds.ts'
import { clockAt, hourMs, type NewsOptions, startNews } from '../../../support/news.ts'

/** Starts the tools half a second after the latest of 170 articles, published one an hour. */
async function start(t: Test, options: NewsOptions = {}) {
  const clock = clockAt('2026-11-22T20:30:00.500Z')
  const { news, ask } = await startNews(t, { clock, ...options })
  news.answer = () =>
    toFeed(
      ...timesBefore('2026-11-22T20:30:00Z', { count: 170, everyMinutes: 60 }).map((at) =>
        newerArticle({ at, about: { AAPL: [1, 0.1], MSFT: [1, 0.1] } })
      )
    )
  return { clock, ask }
}

t.test('answer: its age grows each second, and its cursor keeps the same window', async (t) => {
  const { clock, ask } = await start(t)
  const question = { ticker: 'AAPL', since: '24h' }
  const first = await ask('get_news_sentiment', question)
  clock.now += 30 * 60_000

  const second = await ask('get_news_sentiment', { ...question, cursor: first.next_cursor })
  const repeated = await ask('get_news_sentiment', question)
  clock.now += 10_000
  const later = await ask('get_news_sentiment', question)

  t.match(second, {
    window: first.window as object,
    as_of: first.as_of,
    articles_available: first.articles_available,
    upstream_calls: 0,
    data_age_seconds: 1800
  })
  t.match(repeated, { as_of: '2026-11-22T20:30:00Z', data_age_seconds: 1800, upstream_calls: 0 })
  t.match(later, { data_age_seconds: 1810 })
})

t.test('comparison of tickers fetched one after the other: ends at the first fetch', async (t) => {
  const { clock, ask } = await start(t)
  await ask('get_news_sentiment', { ticker: 'AAPL' })
  clock.now += 60_000

  t.match(await ask('compare_news_sentiment', { tickers: ['MSFT', 'AAPL'] }), {
    as_of: '2026-11-22T20:30:00Z',
    fetched_at: '2026-11-22T20:30:00.500Z',
    data_age_seconds: 60,
    upstream_calls: 1
  })
})

t.test('comparison of tickers fetched at two times: covers the time known for both', async (t) => {
  const { clock, ask } = await start(t, { cacheTtlMs: 2 * hourMs })
  const since = '24h'
  await ask('get_news_sentiment', { ticker: 'AAPL', since })
  clock.now += hourMs // MSFT is queried an hour later

  // From 21:30 to 20:30, both ends included: one less than the 25 of a full day.
  t.match(await ask('compare_news_sentiment', { tickers: ['MSFT', 'AAPL'], since }), {
    ranking: [{ articles: 24 }, { articles: 24 }],
    cut_short_by: [],
    upstream_calls: 1
  })
})

t.test('min_articles: another value on the same news has its own answer', async (t) => {
  const { ask } = await start(t)

  t.match(await ask('get_market_news', {}), { tickers_ranked: 2, upstream_calls: 1 })
  t.match(await ask('get_market_news', {}), { tickers_ranked: 2, upstream_calls: 0 })
  t.match(await ask('get_market_news', { min_articles: 100 }), { tickers_ranked: 0 })
})
