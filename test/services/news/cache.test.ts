import type { FastifyReply } from 'fastify'
import t, { type Test } from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { createLocalAlphaVantage, type LocalAlphaVantage } from '../../../local/alpha-vantage/server.ts'
import { readConfig } from '../../../services/config/config.ts'
import { minuteMs } from '../../../services/lib/time.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import { clockAt, dayMs, free, hourMs, type NewsOptions, startNews } from '../../support/news.ts'
import { startServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temp.ts'

const noon = '2026-11-23T12:00:00Z'
const aapl = { ticker: 'AAPL' }

const someNews = () =>
  toFeed(
    ...[1, 2, 3].map((hours) =>
      newerArticle({ at: `2026-11-23T0${hours}:00:00Z`, about: { AAPL: [1, 0.1] } })
    )
  )

/** Starts the service at noon, with three articles on every subject. */
async function start(t: Test, options: NewsOptions = {}) {
  const clock = clockAt(noon)
  const started = await startNews(t, { clock, ...options })
  started.news.answer ??= someNews
  return { clock, ...started }
}

/** Delays the stand-in's answer until `release` is called. */
function hold(news: Pick<LocalAlphaVantage, 'answer'>) {
  const held = Promise.withResolvers<unknown>()
  const asked = Promise.withResolvers<void>()
  news.answer = () => {
    asked.resolve()
    return held.promise
  }
  return { asked: asked.promise, release: () => held.resolve(someNews()) }
}

t.test('CACHE_TTL_MS: 15 minutes by default, an hour if calls are limited by the day', async (t) => {
  const { config } = (await startServer(t)).app
  t.equal(config.CACHE_TTL_MS, 900_000)
  const settings = {
    SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.com',
    SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp',
    SCALEKIT_AUTHORIZATION_SERVERS: 'https://acme.scalekit.com/resources/res_1',
    ALPHA_VANTAGE_API_KEY: 'KEY'
  }
  t.equal(readConfig(settings).CACHE_TTL_MS, 3_600_000)
  t.equal(readConfig({ ...settings, CACHE_TTL_MS: '5' }).CACHE_TTL_MS, 5)
})

t.test('repeated query: no call, and the answer states its age', async (t) => {
  const { clock, find, ask, news } = await start(t)
  t.match(await find(aapl), { cache: 'miss', calls: 1 })
  clock.now += 10 * minuteMs
  t.match(await find(aapl), { cache: 'hit', calls: 0 })
  t.match(await ask('get_news_sentiment', aapl), {
    cache: 'hit',
    fetched_at: '2026-11-23T12:00:00.000Z',
    data_age_seconds: 600,
    upstream_calls: 0
  })
  t.equal(news.queries.length, 1)
})

t.test('stale entry: served after CACHE_SOFT_TIMEOUT_MS while the refresh continues', async (t) => {
  const { clock, find, ask, news } = await start(t, { softTimeoutMs: 20 })
  await find(aapl)
  clock.now += 2 * hourMs
  const held = hold(news)

  const stale = await ask('get_news_sentiment', aapl)
  t.match(stale, { cache: 'stale', data_age_seconds: 7200, fetched_at: '2026-11-23T12:00:00.000Z' })
  t.notOk('stale_because' in stale, 'the refresh is still running')
  await held.asked
  held.release()
  while ((await find(aapl)).cache === 'stale');
  t.match(await find(aapl), { cache: 'hit', news: { fetchedAtMs: clock.now } })
  t.equal(news.queries.length, 2)
})

t.test(
  'stale entry: waits for the refresh and returns it when it arrives within CACHE_SOFT_TIMEOUT_MS',
  async (t) => {
    const { clock, find } = await start(t, { softTimeoutMs: 5000 })
    await find(aapl)
    clock.now += 2 * hourMs
    t.match(await find(aapl), { cache: 'miss', calls: 1, news: { fetchedAtMs: clock.now } })
  }
)

for (const [name, answer, code] of [
  ['failing', (reply: FastifyReply) => reply.code(500).send('no'), 'NEWS_UPSTREAM_FAULT'],
  ['out of calls', () => errorResponses.dailyLimit, 'NEWS_QUOTA_SPENT']
] as const) {
  t.test(`Alpha Vantage ${name}: stale news with its age for CACHE_GRACE_MS, then an error`, async (t) => {
    const { clock, find, ask, news } = await start(t)
    await find(aapl)
    news.answer = answer
    clock.now += 11 * hourMs
    t.match(await ask('get_news_sentiment', aapl), {
      cache: 'stale',
      stale_because: code,
      data_age_seconds: 11 * 3600
    })
    clock.now = Date.parse(noon) + dayMs
    await t.rejects(find(aapl), { code })
  })
}

t.test('no calls left: a cached longer window answers', async (t) => {
  const { clock, find, news } = await start(t)
  await find(aapl, { since: '30d' })
  news.answer = () => errorResponses.dailyLimit
  clock.now += 2 * hourMs
  t.match(await find(aapl, { since: '24h' }), { cache: 'stale', staleReason: { code: 'NEWS_QUOTA_SPENT' } })
})

t.test('stale news over a longer window, empty in the requested one: an error', async (t) => {
  const { clock, find, news } = await start(t)
  await find(aapl, { since: '30d' })
  news.answer = () => errorResponses.dailyLimit
  clock.now += 2 * hourMs
  await t.rejects(
    find(aapl, { since: '2h' }).then(() => find({ topic: 'ipo' })),
    { code: 'NEWS_QUOTA_SPENT' }
  )
  clock.now += 20 * hourMs
  t.match(await find(aapl, { since: '24h' }), { cache: 'stale' }, 'counts the 24 hours before its fetch')
})

t.test('window of past days: fresh until it expires from the cache', async (t) => {
  const { clock, find, news } = await start(t)
  const past = { since: '2026-11-01', until: '2026-11-20' }
  await find(aapl, past)
  clock.now += 20 * hourMs
  t.match(await find(aapl, past), { cache: 'hit' })
  t.equal(news.queries.length, 1)
})

t.test('no news: cached for CACHE_NO_NEWS_TTL_MS', async (t) => {
  for (const none of [toFeed(), errorResponses.noArticles]) {
    const { clock, find, news } = await start(t)
    news.answer = () => none
    await t.rejects(find(aapl), { code: 'NEWS_NOT_FOUND' })
    clock.now += 4 * minuteMs
    await t.rejects(find(aapl), { code: 'NEWS_NOT_FOUND' })
    t.equal(news.queries.length, 1)
    clock.now += 2 * minuteMs
    news.answer = someNews
    t.match(await find(aapl), { cache: 'miss' })
  }
})

t.test('unknown ticker: cached for CACHE_UNKNOWN_TTL_MS, for every window', async (t) => {
  const { clock, find, news, service } = await start(t)
  news.answer = () => errorResponses.invalidInputs
  await t.rejects(find(aapl), { code: 'NEWS_TICKER_UNKNOWN' })
  clock.now += 50 * minuteMs
  await t.rejects(find(aapl, { since: '30d' }), { code: 'NEWS_TICKER_UNKNOWN' })
  await t.rejects(find(aapl, { since: '2026-11-01', until: '2026-11-03' }), { code: 'NEWS_TICKER_UNKNOWN' })
  t.equal(news.queries.length, 1)
  t.same(await service.listCached(), [], 'no cached news to offer')
  clock.now += 11 * minuteMs
  news.answer = someNews
  t.match(await find(aapl), { cache: 'miss' })
})

t.test('ticker with cached news: never unknown, whatever Alpha Vantage reports', async (t) => {
  const { clock, find, news } = await start(t)
  await find(aapl)
  clock.now += 2 * hourMs
  news.answer = () => errorResponses.invalidInputs
  t.match(await find(aapl), { cache: 'stale', staleReason: { code: 'NEWS_TICKER_UNKNOWN' } })
  news.answer = someNews
  t.match(await find(aapl), { cache: 'miss' })
})

t.test('topic rejected like an unknown ticker: not cached', async (t) => {
  const { find, news } = await start(t)
  news.answer = () => errorResponses.invalidInputs
  await t.rejects(find({ topic: 'ipo' }), { code: 'NEWS_TICKER_UNKNOWN' })
  news.answer = someNews
  t.match(await find({ topic: 'ipo' }), { cache: 'miss' })
})

t.test('1,000 concurrent callers without a cache entry: one call, and the same answer for all', async (t) => {
  const { find, news } = await start(t, { plan: free })
  const held = hold(news)
  const asking = Array.from({ length: 1000 }, (_, index) => find(aapl, { requester: `usr_${index % 50}` }))
  await held.asked
  held.release()
  const found = await Promise.all(asking)
  t.equal(news.queries.length, 1)
  t.equal(new Set(found.map((one) => one.news)).size, 1)
  t.equal(found.filter(({ calls }) => calls === 1).length, 1, 'one caller is charged')
})

t.test('1,000 concurrent callers of a stale entry: one call', async (t) => {
  const { clock, find, news } = await start(t)
  await find(aapl)
  clock.now += 2 * hourMs
  await Promise.all(Array.from({ length: 1000 }, () => find(aapl)))
  t.equal(news.queries.length, 2)
})

t.test('share exhausted for one caller: a concurrent caller still gets the news', async (t) => {
  const { find, news, service } = await start(t, { plan: { ...free, callsPerDay: 4 } })
  await find({ ticker: 'MSFT' }, { requester: 'usr_2' })
  await find({ ticker: 'NVDA' }, { requester: 'usr_1' })
  t.match(await service.state('usr_1'), { callerSpent: 1, callerAllowance: 0 })

  const [mine, theirs] = await Promise.allSettled([
    find({ ticker: 'TSLA' }, { requester: 'usr_1' }),
    find({ ticker: 'TSLA' }, { requester: 'usr_3' })
  ])

  t.match(mine, { status: 'rejected', reason: { code: 'NEWS_SHARE_SPENT' } })
  t.match(theirs, { status: 'fulfilled', value: { cache: 'miss', calls: 1 } })
  t.equal(news.queries.length, 3)
})

t.test('failed fetch: every waiting caller gets the error, and it is not cached', async (t) => {
  const { find, news } = await start(t, { plan: free })
  news.answer = (reply) => reply.code(500).send('')
  const asked = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => find(aapl, { requester: `usr_${index}` }))
  )
  t.ok(asked.every((one) => one.status === 'rejected' && one.reason.code === 'NEWS_UPSTREAM_FAULT'))
  t.equal(news.queries.length, 1)
  news.answer = someNews
  t.match(await find(aapl), { cache: 'miss' })
})

t.test('expired entries: neither listed nor returned', async (t) => {
  const { clock, find, service } = await start(t)
  await find(aapl)
  await find({ ticker: 'MSFT' })
  clock.now += 2 * hourMs
  await find({ ticker: 'NVDA' })
  t.match(
    (await service.listCached()).map(({ key, isFresh }) => [key, isFresh]),
    [
      ['NVDA 7d', true],
      ['AAPL 7d', false],
      ['MSFT 7d', false]
    ]
  )
  t.match(await service.findCached('AAPL 7d'), { cache: 'stale' })
  clock.now += 23 * hourMs
  t.same(
    (await service.listCached()).map(({ key }) => key),
    ['NVDA 7d']
  )
  t.equal(await service.findCached('AAPL 7d'), undefined)
})

t.test('expired unknown ticker while Alpha Vantage fails: the upstream error, no stale answer', async (t) => {
  const { clock, find, news } = await start(t)
  news.answer = () => errorResponses.invalidInputs
  await t.rejects(find(aapl), { code: 'NEWS_TICKER_UNKNOWN' })
  news.answer = (reply) => reply.code(500).send('')
  clock.now += 61 * minuteMs
  await t.rejects(find(aapl), { code: 'NEWS_UPSTREAM_FAULT' })
})

t.test('unknown ticker: the error lists no cached news', async (t) => {
  const { find, news } = await start(t)
  await find({ ticker: 'MSFT' })
  news.answer = () => errorResponses.invalidInputs
  const error = await find(aapl).catch((error) => error)
  t.equal(error.alternatives, undefined)
})

t.test('suggested tickers: those of cached news, also after a restart', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await start(t, { folder })
  await first.find(aapl)
  t.same(first.service.tickers(), ['AAPL'])
  await first.close()
  const second = await start(t, { folder, upstream: first.news })
  await second.find(aapl)
  t.same(second.service.tickers(), ['AAPL'])
})

t.test('budget errors: state the retry time and the cached news', async (t) => {
  const { clock, find } = await start(t, { plan: { ...free, callsPerDay: 1 } })
  await t.rejects(
    find(aapl).then(() => find({ ticker: 'MSFT' })),
    {
      code: 'NEWS_QUOTA_SPENT',
      message:
        '1 of 1 Alpha Vantage calls used today; resets at 2026-11-24 00:00 UTC. Cached news is still served.',
      retryAt: Date.parse('2026-11-24T00:00:00Z'),
      alternatives: 'Cached, and returned without a call: AAPL 7d (0 s old).'
    }
  )
  clock.now += 5 * hourMs
  await t.rejects(find({ ticker: 'MSFT' }), {
    code: 'NEWS_QUOTA_SPENT',
    alternatives: 'Cached, and returned without a call: AAPL 7d (5 h old).'
  })
})

t.test('budget errors of tools: retry time in the data, cached news in the text', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '1' })
  const call = async (ticker: string) => {
    const params = { name: 'get_news_sentiment', arguments: { ticker } }
    const response = await server.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    return (await response.json()) as object
  }
  await call('AAPL')
  t.match(await call('MSFT'), {
    result: {
      isError: true,
      content: [
        {
          text: /^1 of 1 Alpha Vantage calls used today; resets at \d{4}-\d\d-\d\d 00:00 UTC\. Cached news is still served\. Cached, and returned without a call: AAPL 7d/
        }
      ],
      _meta: { code: 'NEWS_QUOTA_SPENT', upstream_calls: 0, retry_at: /T00:00:00Z$/ }
    }
  })
})

t.test('second call denied by the budget: the truncated news, with its covered range', async (t) => {
  const { find, news } = await start(t, { plan: { ...free, callsPerDay: 1 } })
  const many = Array.from({ length: 50 }, (_, index) =>
    newerArticle({
      at: new Date(Date.parse(noon) - index * 20 * minuteMs).toISOString(),
      about: { AAPL: [1, 0.1] }
    })
  )
  news.answer = () => toFeed(...many)
  t.match(await find(aapl, { since: '2026-11-22', until: '2026-11-23T03:00Z' }), {
    news: { hitLimit: true },
    staleReason: { code: 'NEWS_QUOTA_SPENT' }
  })
})

t.test('restart: cached news persists, with its age', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
  t.teardown(() => upstream.close())
  const first = await start(t, { folder, upstream })
  await first.find(aapl)
  await first.find({ topic: 'ipo' })
  await first.close()

  const second = await start(t, { folder, upstream })
  second.clock.now += 10 * minuteMs
  t.match(await second.ask('get_news_sentiment', aapl), { cache: 'hit', data_age_seconds: 600 })
  t.match(
    (await second.service.listCached()).map(({ key, articles, isFresh }) => [key, articles, isFresh]),
    [
      ['AAPL 7d', 3, true],
      ['ipo 7d', 3, true]
    ]
  )
  t.equal(upstream.queries.length, 2)
})

t.test('restart: cursors and article links stay valid', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await start(t, { folder })
  const page = await first.ask('get_news_sentiment', { ...aapl, limit: 1 })
  await first.close()
  const second = await start(t, { folder, upstream: first.news })
  const next = await second.ask('get_news_sentiment', { ...aapl, limit: 1, cursor: page.next_cursor })
  t.match(next, { articles_available: 3, upstream_calls: 0 })
  const [article] = page.articles as { id: string; title: string }[]
  t.match(await second.service.findArticle(article?.id ?? '', 'AAPL'), { article: { title: article?.title } })
  t.equal(await second.service.findArticle(article?.id ?? '', 'MSFT'), undefined)
  t.equal(await second.service.findArticle('nosuchthing_', 'AAPL'), undefined)
})
