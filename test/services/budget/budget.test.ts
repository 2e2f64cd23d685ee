import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import type { FastifyReply } from 'fastify'
import t from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { minuteMs } from '../../../services/lib/time.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import {
  clockAt,
  dayMs,
  free,
  fromShortSeconds,
  hourMs,
  shortSeconds,
  startNews
} from '../../support/news.ts'
import { prepareServer } from '../../support/process.ts'
import { callTool } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { breakConnection, freeQuota, startUpstream } from '../../support/upstream.ts'

const midnight = Date.parse('2026-11-23T00:00:00Z')
const noon = '2026-11-23T12:00:00Z'

const requestCount = 2_500
const tickers = ['AAPL', 'MSFT', 'NVDA', 'TSLA', ...Array.from({ length: 40 }, (_, index) => `T${index}`)]

/** Creates requests of 50 subjects, the same in each run. Some subjects send more requests than others. */
function createRequests(): { subject: string; tool: string; args: Record<string, unknown> }[] {
  const random = fc.sample(fc.tuple(fc.nat(49), fc.nat(49), fc.nat(43), fc.nat(9)), {
    numRuns: requestCount,
    seed: 7
  })
  return random.map(([pick, otherPick, popularity, kind]) => {
    const subject = `usr_${Math.min(pick, otherPick)}`
    const ticker = tickers[Math.min(popularity, kind * 5)] ?? 'AAPL'
    if (kind < 5) return { subject, tool: 'get_news_sentiment', args: { ticker } }
    if (kind < 7) return { subject, tool: 'explain_sentiment', args: { ticker, since: '24h' } }
    if (kind === 9) return { subject, tool: 'get_market_news', args: { topic: 'earnings' } }
    const compared = [...new Set([ticker, 'AAPL', 'MSFT'])].slice(0, 2)
    return { subject, tool: 'compare_news_sentiment', args: { tickers: compared } }
  })
}

t.test(
  'a day on the free plan: 2,500 requests of 50 subjects cost at most 25 calls, no subject exceeds its share, and every answer states its true age',
  { timeout: 120_000 },
  async (t) => {
    const clock = clockAt('2026-11-23T00:00:00Z')
    const upstream = await startUpstream(t, { clock })
    const fetchTimes = new Set<number>()
    upstream.answer = (_reply, { tickers: ticker = '' }) => {
      fetchTimes.add(clock.now)
      return toFeed(
        ...[1, 2, 3].map((hours) =>
          newerArticle({
            at: new Date(clock.now - hours * hourMs).toISOString(),
            about: { [ticker || 'AAPL']: [1, 0.1] }
          })
        )
      )
    }
    const { ask, service } = await startNews(t, { clock, plan: free, upstream, cacheTtlMs: hourMs })
    const outcomes = { miss: 0, hit: 0, stale: 0, denied: 0 }
    const requestTimes = new Map<string, number>()

    /** Sends a request, and returns its outcome. Checks the age in an answer, and the reset time in a denial. */
    async function askOnce(subject: string, tool: string, args: Record<string, unknown>) {
      try {
        const answer = (await ask(tool, args, subject)) as {
          cache: 'miss' | 'hit' | 'stale'
          fetched_at: string
          data_age_seconds: number
        }
        const fetchedAt = Date.parse(answer.fetched_at)
        if (!fetchTimes.has(fetchedAt)) t.fail(`nothing was fetched at ${answer.fetched_at}`)
        if (answer.data_age_seconds !== Math.floor((clock.now - fetchedAt) / 1000)) t.fail('wrong age')
        if (answer.cache === 'hit' && clock.now - fetchedAt >= hourMs) t.fail('a hit that is stale')
        return answer.cache
      } catch (error) {
        const { code, retryAt } = error as { code?: string; retryAt?: number }
        if (!/^NEWS_(QUOTA|SHARE)_SPENT$/.test(code ?? '')) throw error
        if (retryAt !== midnight + dayMs) t.fail('wrong reset time')
        return 'denied'
      }
    }

    for (const { subject, tool, args } of createRequests()) {
      clock.now += Math.floor(dayMs / (requestCount + 1))
      const before = await service.state(subject)
      const isShared = [...requestTimes].some(
        ([requester, time]) => requester !== subject && time > clock.now - 9 * minuteMs
      )
      requestTimes.set(subject, clock.now)
      outcomes[await askOnce(subject, tool, args)] += 1
      const { callerSpent } = await service.state(subject)
      const share = Math.max(1, 0.5 * ((before.left ?? 0) + before.callerSpent))
      if (callerSpent > before.callerSpent && isShared && callerSpent > share) t.fail('above the share')
      if (callerSpent - before.callerSpent > (before.callerAllowance ?? 0)) t.fail('above the allowance')
    }

    const { spent } = await service.state('usr_1')
    t.comment(JSON.stringify({ outcomes, calls: upstream.queries.length }))
    t.equal(requestTimes.size, 50)
    t.equal(upstream.queries.length, spent, 'each call counts')
    t.ok(spent <= 25)
    t.equal(upstream.answered.length, spent, 'Alpha Vantage denied none')
    t.ok(outcomes.stale > 1000 && outcomes.denied > 100, 'without calls: stale news, or a denial')
    t.equal(outcomes.miss + outcomes.hit + outcomes.stale + outcomes.denied, requestCount)
  }
)

t.test('restart: the count continues', async (t) => {
  const clock = clockAt(noon)
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t, { clock })
  const options = { clock, folder, upstream, plan: { ...free, callsPerDay: 3 } }
  const first = await startNews(t, options)
  await first.find({ ticker: 'AAPL' })
  await first.find({ ticker: 'MSFT' })
  await first.close()

  const second = await startNews(t, options)
  t.match(await second.service.state('usr_1'), { spent: 2, left: 1, callerSpent: 2 })
  await second.find({ ticker: 'NVDA' })
  await t.rejects(second.find({ ticker: 'TSLA' }), { code: 'NEWS_QUOTA_SPENT' })
  clock.now += dayMs
  t.match(await second.find({ ticker: 'TSLA' }), { cache: 'miss' })
})

t.test('two processes with one DATA_DIR: they share the count', async (t) => {
  const clock = clockAt(noon)
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t, { clock })
  const options = { clock, folder, upstream, plan: { ...free, callsPerDay: 10 } }
  const both = await Promise.all([startNews(t, options), startNews(t, options)])
  // Each past day needs a call of its own.
  const days = Array.from({ length: 15 }, (_, index) => 30 - index)
  const outcomes = await Promise.allSettled(
    days.flatMap((day) =>
      both.map(({ find }, index) =>
        find(
          { ticker: 'AAPL' },
          { since: `${day + index * 20}d`, until: `${day + index * 20 - 1}d`, requester: `usr_${day}` }
        )
      )
    )
  )
  t.equal(upstream.queries.length, 10)
  t.equal(outcomes.filter(({ status }) => status === 'rejected').length, 20)
})

t.test(
  'server killed during a call: the count, with that call, continues after the restart',
  { timeout: 60_000 },
  async (t) => {
    const upstream = await startUpstream(t)
    const DATA_DIR = await temporaryFolder(t)
    const { start, ask } = await prepareServer(t, upstream, { DATA_DIR })
    const first = await start()
    await ask('get_news_sentiment', { ticker: 'AAPL' })
    // The interrupted call counts: Alpha Vantage may have received it.
    const arrived = Promise.withResolvers<void>()
    upstream.answer = () => {
      arrived.resolve()
      return new Promise(() => {})
    }
    const broken = t.rejects(ask('get_news_sentiment', { ticker: 'MSFT' }))
    await arrived.promise
    first.child.kill('SIGKILL')
    await Promise.all([first.ended, broken])
    upstream.answer = undefined

    const second = await startServer(t, {
      DATA_DIR,
      ALPHA_VANTAGE_API_KEY: 'KEY',
      ALPHA_VANTAGE_BASE_URL: upstream.url,
      ALPHA_VANTAGE_CALLS_PER_DAY: '25'
    })
    const { structuredContent } = await callTool(second, 'get_news_budget', {})
    t.match(structuredContent, {
      spent_today: 2,
      left_today: 23,
      you: { spent_today: 2 },
      counted_in: 'disk'
    })
    t.match(structuredContent?.cached, [{ subject: 'AAPL', window: '7d', is_fresh: true }])
    const again = await callTool(second, 'get_news_sentiment', { ticker: 'AAPL' })
    t.match(again.structuredContent, { cache: 'hit', upstream_calls: 0 })
    t.equal(upstream.queries.length, 2)
  }
)

t.test('upstream daily-limit response: no calls until reset, across restarts', async (t) => {
  const clock = clockAt(noon)
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t, { clock, quota: { ...freeQuota, perDay: 1 } })
  const options = { clock, folder, upstream, plan: free }
  const first = await startNews(t, options)
  await first.find({ ticker: 'AAPL' })
  await t.rejects(first.find({ ticker: 'MSFT' }), { code: 'NEWS_QUOTA_SPENT', retryAt: midnight + dayMs })
  await t.rejects(first.find({ ticker: 'MSFT' }), { code: 'NEWS_QUOTA_SPENT' })
  await first.close()
  const second = await startNews(t, options)
  await t.rejects(second.find({ ticker: 'MSFT' }), { code: 'NEWS_QUOTA_SPENT' })
  t.match(await second.service.state('usr_1'), {
    upstreamLimit: { code: 'NEWS_QUOTA_SPENT', until: midnight + dayMs }
  })
  t.equal(upstream.queries.length, 2)
  clock.now = midnight + dayMs + 1
  t.match(await second.find({ ticker: 'MSFT' }), { cache: 'miss' })
})

t.test('upstream daily-limit response, plan without limits: no calls until reset', async (t) => {
  const clock = clockAt(noon)
  const { find, news } = await startNews(t, { clock })
  news.answer = () => errorResponses.dailyLimit
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_QUOTA_SPENT' })
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_QUOTA_SPENT' })
  t.equal(news.queries.length, 1)
})

t.test(
  'limit of one call per second: calls wait, and Alpha Vantage receives no burst',
  { timeout: 30_000 },
  async (t) => {
    const quota = { perDay: 25, perMinute: 0, perSecond: 1 }
    const upstream = await startUpstream(t, { quota, now: shortSeconds })
    const plan = { ...free, callsPerSecond: 1 }
    const { find, service } = await startNews(t, { upstream, plan, deadlineMs: 20_000 })
    const start = Date.now()
    const asking = ['AAPL', 'MSFT', 'NVDA', 'TSLA'].map((ticker, index) =>
      find({ ticker }, { requester: `usr_${index}` })
    )
    await until(() => upstream.queries.length > 0)
    t.equal((await service.state('usr_1')).waiting, 3)
    for (const found of await Promise.all(asking)) t.match(found, { cache: 'miss', calls: 1 })
    t.equal(upstream.answered.length, 4)
    for (const [index, time] of upstream.answered.entries()) {
      t.ok(fromShortSeconds(time) - start >= index * 1000, `call ${index} is not early`)
    }
  }
)

t.test('service closed: waiting calls are neither made nor counted', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t)
  const options = { folder, upstream, plan: { ...free, callsPerSecond: 1 }, retries: 3 }
  const { find, close } = await startNews(t, options)
  const arrived = Promise.withResolvers<void>()
  upstream.answer = () => {
    arrived.resolve()
    return new Promise(() => {})
  }
  const open = t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_UPSTREAM_FAULT' })
  await arrived.promise
  const waiting = t.rejects(find({ ticker: 'MSFT' }), { code: 'NEWS_UPSTREAM_FAULT' })
  await setImmediate()
  await close()
  await Promise.all([open, waiting])
  t.equal(upstream.queries.length, 1, 'no call after that, and no retry')
  const { service } = await startNews(t, options)
  t.match(await service.state('usr_1'), { spent: 1 })
})

t.test('another API key: a separate count, and the same cached news', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t)
  const { find } = await startNews(t, { folder, upstream, plan: free })
  await find({ ticker: 'AAPL' })
  const other = await startNews(t, { folder, upstream, plan: free, account: 'OTHER' })
  t.match(await other.service.state('usr_1'), { spent: 0 })
  t.match(await other.find({ ticker: 'AAPL' }), { cache: 'hit' }, 'cached news does not depend on the key')
})

t.test('reserved calls equal to the calls of the plan: the server does not start', async (t) => {
  await t.rejects(startServer(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '5', ALPHA_VANTAGE_RESERVED_CALLS: '5' }), {
    message: /ALPHA_VANTAGE_RESERVED_CALLS is not less than ALPHA_VANTAGE_CALLS_PER_DAY/
  })
})

t.test(
  'faults of many kinds: each call is counted, and none exceeds the quota',
  { timeout: 60_000 },
  async (t) => {
    const clock = clockAt(noon)
    const upstream = await startUpstream(t, { clock })
    const { find, service } = await startNews(t, {
      clock,
      upstream,
      plan: free,
      retries: 1,
      timeoutMs: 1000,
      pauseMs: 1,
      deadlineMs: 500
    })
    const large = JSON.stringify(
      toFeed(
        ...Array.from({ length: 1000 }, (_, index) => ({
          ...newerArticle({
            at: new Date(Date.parse(noon) - index * minuteMs).toISOString(),
            about: { AAPL: [1, 0.1] }
          }),
          banner_image: 'x'.repeat(2000)
        }))
      )
    )
    let goodAnswers = 0
    const answers: ((reply: FastifyReply) => unknown)[] = [
      breakConnection,
      (reply) => reply.code(502).send('<html>'),
      () => new Promise(() => {}), // no response
      (reply) => reply.type('application/json').send('{"items":"1","feed":[{"title":"cut'),
      (reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'application/json' })
        reply.raw.write('{"items"') // and nothing after it
      },
      (reply) => {
        goodAnswers += 1
        return reply.type('application/json').send(large) // 2.5 MB, like the largest feeds
      },
      // All but a daily limit, which would end the day.
      ...Object.entries(errorResponses).flatMap(([name, body]) =>
        name.startsWith('dailyLimit') ? [] : [() => body]
      )
    ]
    let left = answers.length * 3
    upstream.answer = (reply) => answers[left % answers.length]?.(reply)
    const found: unknown[] = []
    for (; left > 0; left--) {
      const since = `${1 + (left % 80)}d`
      await find(
        // A ticker of its own for each request, so that none is answered from the cache.
        { ticker: `T${String.fromCharCode(65 + Math.floor(left / 26), 65 + (left % 26))}` },
        { since, requester: `usr_${left % 7}` }
      ).then(
        ({ news }) => found.push(news.articles.length),
        (error) => {
          if (!/^NEWS_/.test(error.code)) throw error
        }
      )
      clock.now += 10 * minuteMs
    }
    t.ok(goodAnswers > 0)
    t.same(found, Array(goodAnswers).fill(1000))
    t.ok(upstream.answered.length <= 25)
    t.equal((await service.state('usr_1')).spent, upstream.answered.length)
  }
)
