import t, { type Test } from 'tap'
import { errorResponses } from '../../../../local/alpha-vantage/error-bodies.ts'
import type { Environment } from '../../../../services/config/environment.ts'
import { floorTo } from '../../../../services/lib/time.ts'
import { startCaching } from '../../../support/cached-responses.ts'
import { stopClock } from '../../../support/clock.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { skip } from '../../../support/redis.ts'
import { prepareReplicas } from '../../../support/replicas.ts'
import { until } from '../../../support/until.ts'

/** Starts a server whose clock the test moves. `askAt` asks for news at a time after the first second. */
async function start(t: Test, environment: Environment = {}) {
  const clock = stopClock(t)
  const startedAt = floorTo(clock.now, 1000)
  const { ask, signToken, news, app } = await startCaching(t, environment)
  const call = async (sub: string, name: string, args: object) => {
    const authorization = `Bearer ${await signToken({ sub })}`
    const params = { name, arguments: args }
    const { isCached, text } = await ask(
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
      { authorization }
    )
    const { structuredContent } = JSON.parse(text).result as { structuredContent: Record<string, unknown> }
    return { isCached, ...structuredContent }
  }
  return {
    app,
    news,
    call,
    askAt(afterMs: number, { ticker = 'AAPL', sub = 'usr_1' } = {}) {
      clock.now = startedAt + afterMs
      return call(sub, 'get_news_sentiment', { ticker })
    }
  }
}

t.test('an answer is reused for any caller until the second of its query ends', async (t) => {
  const { askAt } = await start(t)
  await askAt(500)
  t.match(await askAt(600), { isCached: false, cache: 'hit' })

  t.match(await askAt(999, { sub: 'usr_2' }), { isCached: true, cache: 'hit', data_age_seconds: 0 })
  t.match(await askAt(1000), { isCached: false, cache: 'hit', data_age_seconds: 0 })
})

t.test('an answer is reused until the age of its news is a second more', async (t) => {
  const { askAt } = await start(t)
  await askAt(900)
  await askAt(1000)

  t.match(await askAt(1899), { isCached: true, data_age_seconds: 0 })
  t.match(await askAt(1900), { isCached: false, data_age_seconds: 1 })
})

t.test('an answer that cost a call is not reused', async (t) => {
  const { askAt } = await start(t)

  t.match(await askAt(0), { upstream_calls: 1 })
  t.match(await askAt(0), { isCached: false, upstream_calls: 0, cache: 'hit' })
})

t.test('other news is fetched within the second: the answer is not reused', async (t) => {
  const { askAt } = await start(t)
  await askAt(0)
  await askAt(0)
  t.match(await askAt(0), { isCached: true })

  await askAt(0, { ticker: 'MSFT' })

  t.match(await askAt(0), { isCached: false })
})

t.test('the news becomes stale within the second: it is fetched again at once', async (t) => {
  const { askAt, news } = await start(t, { CACHE_TTL_MS: '300' })
  const answerWith = (title: string) => {
    const at = new Date(Date.now() - 60_000).toISOString()
    news.answer = () => toFeed(newerArticle({ at, title, about: { AAPL: [1, 0.1] } }))
  }
  answerWith('Old')
  await askAt(0)
  await askAt(100)
  t.match(await askAt(299), { isCached: true, articles: [{ title: 'Old' }] })
  answerWith('New')

  t.match(await askAt(300), { isCached: false, cache: 'miss', articles: [{ title: 'New' }] })
})

t.test('stale news while no calls are left for anyone: reused', async (t) => {
  const { askAt } = await start(t, { CACHE_TTL_MS: '1000', ALPHA_VANTAGE_CALLS_PER_DAY: '1' })
  await askAt(0)
  await askAt(5000)

  const reused = await askAt(5000, { sub: 'usr_2' })

  t.match(reused, { isCached: true, cache: 'stale', stale_because: 'NEWS_QUOTA_SPENT' })
})

t.test('stale news expires within the second: not reused', async (t) => {
  const { askAt } = await start(t, {
    CACHE_TTL_MS: '1000',
    CACHE_GRACE_MS: '1500',
    ALPHA_VANTAGE_CALLS_PER_DAY: '1'
  })
  await askAt(0)
  await askAt(1100)
  t.match(await askAt(1499), { isCached: true, cache: 'stale' })

  t.match(await askAt(1500), { isCached: false, cache: undefined })
})

t.test('stale news because the caller has spent its share: not reused for another caller', async (t) => {
  const { askAt } = await start(t, { CACHE_TTL_MS: '1000', ALPHA_VANTAGE_CALLS_PER_DAY: '6' })
  await askAt(0, { sub: 'usr_2' })
  await askAt(0, { ticker: 'MSFT' })
  await askAt(0, { ticker: 'NVDA' })
  const stale = { isCached: false, cache: 'stale', stale_because: 'NEWS_SHARE_SPENT' }
  t.match(await askAt(5000), stale)
  t.match(await askAt(5000), stale)

  t.match(await askAt(5000, { sub: 'usr_2' }), { isCached: false, cache: 'miss' })
})

t.test(
  'stale news because Alpha Vantage has just reported its limit: the next answer costs no call',
  async (t) => {
    const { askAt, news } = await start(t, { CACHE_TTL_MS: '1000' })
    await askAt(0)
    news.answer = () => errorResponses.dailyLimit
    const stale = { isCached: false, cache: 'stale', stale_because: 'NEWS_QUOTA_SPENT' }
    t.match(await askAt(5000), { ...stale, upstream_calls: 1 })

    t.match(await askAt(5000), { ...stale, upstream_calls: 0 })
  }
)

t.test('stale news because a refresh of two callers failed: the next caller tries again', async (t) => {
  const { askAt, news, app } = await start(t, { CACHE_TTL_MS: '1000' })
  await askAt(0)
  const released = Promise.withResolvers<void>()
  news.answer = async (reply) => {
    await released.promise
    return reply.code(404).send('')
  }
  const queries = t.capture(app.newsSentiment, 'find', app.newsSentiment.find)
  const failed = [askAt(5000), askAt(5000, { sub: 'usr_2' })]
  let open = 0
  await until(() => {
    open += queries().length
    return open === 2
  })
  released.resolve()
  const stale = { cache: 'stale', stale_because: 'NEWS_UPSTREAM_FAULT' }
  t.match(await Promise.all(failed), [stale, stale])
  const calls = news.queries.length

  t.match(await askAt(5000), { ...stale, upstream_calls: 1 })

  t.equal(news.queries.length, calls + 1)
})

t.test('a caller that got a reused answer counts as active: the share of others shrinks', async (t) => {
  const { askAt, call } = await start(t, {
    ALPHA_VANTAGE_CALLS_PER_DAY: '10',
    ALPHA_VANTAGE_RESERVED_CALLS: '0'
  })
  const readShare = async () =>
    ((await call('usr_1', 'get_news_budget', {})) as unknown as { you: { may_spend: number } }).you.may_spend
  await askAt(0)
  await askAt(0)
  t.equal(await readShare(), 9)

  t.match(await askAt(0, { sub: 'usr_2' }), { isCached: true })

  t.ok((await readShare()) < 9)
})

t.test('another replica fetches news: no earlier answer is reused', { skip }, async (t) => {
  const { startReplica } = await prepareReplicas(t)
  const [first, second] = [await startReplica(), await startReplica()]
  const { version } = second.service

  await first.find({ ticker: 'AAPL' })

  await until(() => second.service.version !== version)
  t.not(second.service.version, version)
})
