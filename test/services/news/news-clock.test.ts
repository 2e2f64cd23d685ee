import t, { type Test } from 'tap'
import { coveredFrom, isTruncatedIn } from '../../../services/news/snapshot.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import { clockAt, hourMs, startNews } from '../../support/news.ts'

const about = { AAPL: [1, 0.1], MSFT: [1, 0.1] } as Record<string, [number, number]>

/** Starts the service with its tools and a fixed clock. Every query returns articles of these times. */
async function start(
  t: Test,
  { now, times, cacheTtlMs = hourMs }: { now: string; times: string[]; cacheTtlMs?: number }
) {
  const clock = clockAt(now)
  const { news, service, ask } = await startNews(t, { clock, cacheTtlMs })
  news.answer = () => toFeed(...times.map((at) => newerArticle({ at, about })))
  const find = (from: string, to: string) => {
    const window = { from: Date.parse(from), to: Date.parse(to) }
    const requester = { subject: 'usr_1', cost: { upstreamCalls: 0 } }
    return service.find({ ticker: 'AAPL' }, { window, at: clock.now, allowEmpty: false, requester })
  }
  const asked = () => news.queries.map(({ time_from: from, time_to: to }) => [from, to])
  return { clock, service, find, ask, asked }
}

/** `count` times before `end`, `everyMinutes` apart. */
const timesBefore = (end: string, { count, everyMinutes }: { count: number; everyMinutes: number }) =>
  Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(end) - index * everyMinutes * 60_000).toISOString()
  )

t.test('news fetched before the end of a window: does not answer for that window', async (t) => {
  const { clock, asked, find } = await start(t, {
    now: '2026-11-22T23:50:00Z',
    times: ['2026-11-22T20:00:00Z']
  })
  await find('2026-11-22T00:00:00Z', '2026-11-22T23:50:00Z')
  clock.now += 20 * 60_000 // the next day, and still cached

  await find('2026-11-22T12:00:00Z', '2026-11-22T23:59:59Z')

  t.same(asked(), [
    ['20261121T2350', undefined],
    ['20261122T0000', '20261123T0000']
  ])
})

t.test('a past window stays fresh while it is cached', async (t) => {
  const { find } = await start(t, {
    now: '2026-11-22T23:50:00Z',
    times: ['2026-11-22T20:00:00Z'],
    cacheTtlMs: 60_000
  })

  t.match(await find('2026-11-22T00:00:00Z', '2026-11-22T23:50:00Z'), {
    news: { fetchedAtMs: Date.parse('2026-11-22T23:50:00.000Z') },
    freshUntil: Date.parse('2026-11-22T23:51:00.000Z')
  })
})

t.test('onFetched: only news up to now', async (t) => {
  const { service, find } = await start(t, { now: '2026-11-22T23:50:00Z', times: ['2026-11-22T20:00:00Z'] })
  const told: unknown[] = []
  service.onFetched((subject) => told.push(subject))

  await find('2026-11-10T00:00:00Z', '2026-11-10T23:59:59Z')
  t.same(told, [])
  await find('2026-11-22T00:00:00Z', '2026-11-22T23:50:00Z')
  t.same(told, [{ ticker: 'AAPL' }])
})

t.test('full feed: a second call only if less than half of it is in the window', async (t) => {
  const full = {
    now: '2026-11-22T23:50:00Z',
    times: timesBefore('2026-11-22T23:00:00Z', { count: 50, everyMinutes: 20 })
  }
  const half = await start(t, full)
  const fewer = await start(t, full)

  await half.find('2026-11-22T00:00:00Z', '2026-11-22T15:00:00Z') // 26 of 50
  await fewer.find('2026-11-22T00:00:00Z', '2026-11-22T14:39:00Z') // 24 of 50

  t.equal(half.asked().length, 1)
  t.same(fewer.asked()[1], ['20261121T2350', '20261122T1440'])
})

t.test('full feed: its covered range ignores articles from before the window', async (t) => {
  const recent = timesBefore('2026-11-22T20:00:00Z', { count: 49, everyMinutes: 10 })
  const { find } = await start(t, { now: '2026-11-22T23:50:00Z', times: [...recent, '2024-01-01T00:00:00Z'] })

  const { news } = await find('2026-11-22T00:00:00Z', '2026-11-22T23:50:00Z')

  t.equal(coveredFrom(news), Date.parse('2026-11-22T12:00:00Z'))
  t.equal(isTruncatedIn(news, { from: Date.parse('2026-11-22T00:00:00Z'), to: news.to }), true)
})

const hourly = {
  now: '2026-11-22T20:30:00.500Z',
  times: timesBefore('2026-11-22T20:30:00Z', { count: 170, everyMinutes: 60 })
}

t.test('answer: its age grows each second, and its cursor keeps the same window', async (t) => {
  const { clock, ask } = await start(t, hourly)
  const question = { ticker: 'AAPL', since: '24h' }
  const first = await ask('get_news_sentiment', question)
  clock.now += 30 * 60_000

  const second = await ask('get_news_sentiment', { ...question, cursor: first.next_cursor })
  const anew = await ask('get_news_sentiment', question)
  clock.now += 10_000
  const later = await ask('get_news_sentiment', question)

  t.match(second, {
    window: first.window as object,
    as_of: first.as_of,
    articles_available: first.articles_available,
    upstream_calls: 0,
    data_age_seconds: 1800
  })
  t.match(anew, { as_of: '2026-11-22T20:30:00Z', data_age_seconds: 1800, upstream_calls: 0 })
  t.match(later, { data_age_seconds: 1810 })
})

t.test('comparison of tickers fetched one after the other: ends at the first fetch', async (t) => {
  const { clock, ask } = await start(t, hourly)
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
  const { clock, ask } = await start(t, { ...hourly, cacheTtlMs: 2 * hourMs })
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

t.test('min_articles: part of the cached query', async (t) => {
  const { ask } = await start(t, hourly)

  t.match(await ask('get_market_news', {}), { tickers_ranked: 2, upstream_calls: 1 })
  t.match(await ask('get_market_news', {}), { tickers_ranked: 2, upstream_calls: 0 })
  t.match(await ask('get_market_news', { min_articles: 100 }), { tickers_ranked: 0 })
})
