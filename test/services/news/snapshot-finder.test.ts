import t, { type Test } from 'tap'
import { coveredFrom, isTruncatedIn } from '../../../services/news/snapshot.ts'
import { newerArticle, timesBefore, toFeed } from '../../support/feeds.ts'
import { clockAt, hourMs, startNews } from '../../support/news.ts'

const about = { AAPL: [1, 0.1], MSFT: [1, 0.1] } as Record<string, [number, number]>

/** Starts the service with a fixed clock. Every fetch returns articles published at `times`. */
async function start(
  t: Test,
  { now, times, cacheTtlMs = hourMs }: { now: string; times: string[]; cacheTtlMs?: number }
) {
  const clock = clockAt(now)
  const { news, service } = await startNews(t, { clock, cacheTtlMs })
  news.answer = () => toFeed(...times.map((at) => newerArticle({ at, about })))
  const find = (from: string, to: string) => {
    const window = { from: Date.parse(from), to: Date.parse(to) }
    const requester = { subject: 'usr_1', cost: { upstreamCalls: 0 } }
    return service.find({ ticker: 'AAPL' }, { window, at: clock.now, allowEmpty: false, requester })
  }
  const fetchedWindows = () => news.queries.map(({ time_from: from, time_to: to }) => [from, to])
  return { clock, service, find, fetchedWindows }
}

t.test('news fetched before the end of a window: does not answer for that window', async (t) => {
  const { clock, fetchedWindows, find } = await start(t, {
    now: '2026-11-22T23:50:00Z',
    times: ['2026-11-22T20:00:00Z']
  })
  await find('2026-11-22T00:00:00Z', '2026-11-22T23:50:00Z')
  clock.now += 20 * 60_000 // the next day, and still cached

  await find('2026-11-22T12:00:00Z', '2026-11-22T23:59:59Z')

  t.same(fetchedWindows(), [
    ['20261121T2350', undefined],
    ['20261122T0000', '20261123T0000']
  ])
})

t.test('news up to now: fresh for CACHE_TTL_MS', async (t) => {
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
  const subjects: unknown[] = []
  service.onFetched((subject) => subjects.push(subject))

  await find('2026-11-10T00:00:00Z', '2026-11-10T23:59:59Z')
  t.same(subjects, [])
  await find('2026-11-22T00:00:00Z', '2026-11-22T23:50:00Z')
  t.same(subjects, [{ ticker: 'AAPL' }])
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

  t.equal(half.fetchedWindows().length, 1)
  t.same(fewer.fetchedWindows()[1], ['20261121T2350', '20261122T1440'])
})

t.test('full feed: its covered range ignores articles from before the window', async (t) => {
  const recent = timesBefore('2026-11-22T20:00:00Z', { count: 49, everyMinutes: 10 })
  const { find } = await start(t, { now: '2026-11-22T23:50:00Z', times: [...recent, '2024-01-01T00:00:00Z'] })

  const { news } = await find('2026-11-22T00:00:00Z', '2026-11-22T23:50:00Z')

  t.equal(coveredFrom(news), Date.parse('2026-11-22T12:00:00Z'))
  t.equal(isTruncatedIn(news, { from: Date.parse('2026-11-22T00:00:00Z'), to: news.to }), true)
})
