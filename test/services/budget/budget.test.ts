import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate, setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import type { FastifyReply } from 'fastify'
import t, { type Test } from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { createLocalAlphaVantage } from '../../../local/alpha-vantage/server.ts'
import { createAlphaVantage } from '../../../services/alpha-vantage/client.ts'
import { createSqliteStorage } from '../../../services/storage/news-storage.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import { clockAt, dayMs, free, hourMs, shortSeconds, startNews, unlimited } from '../../support/news.ts'
import { prepareServer, root } from '../../support/process.ts'
import { callTool, resultText } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const midnight = Date.parse('2026-11-23T00:00:00Z')
const noon = '2026-11-23T12:00:00Z'
const minuteMs = 60_000
const freeQuota = { perDay: 25, perMinute: 0, perSecond: 0 }

/** A look-alike that enforces a quota by `clock`. */
async function startUpstream(
  t: Test,
  {
    clock,
    now = clock && (() => clock.now),
    quota = freeQuota
  }: { clock?: { now: number }; now?: (() => number) | undefined; quota?: typeof freeQuota } = {}
) {
  const upstream = await createLocalAlphaVantage({
    port: 0,
    host: '127.0.0.1',
    quota,
    ...(now && { now })
  })
  t.teardown(() => upstream.close())
  return upstream
}

const questions = 2_500
const tickers = ['AAPL', 'MSFT', 'NVDA', 'TSLA', ...Array.from({ length: 40 }, (_, index) => `T${index}`)]

t.test(
  'a day on the free plan: 2,500 questions of 50 subjects cost 25 calls at most, nobody is above the share, and every answer is true about its age',
  { timeout: 120_000 },
  async (t) => {
    const clock = clockAt('2026-11-23T00:00:00Z')
    const upstream = await startUpstream(t, { clock })
    const fetched = new Map<string, number[]>()
    upstream.answer = (_reply, { tickers: ticker = '', topics = '' }) => {
      const about = ticker || topics
      fetched.set(about, [...(fetched.get(about) ?? []), clock.now])
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
    // The same every time: which subject asks what, one question after the other.
    const random = fc.sample(fc.tuple(fc.nat(49), fc.nat(49), fc.nat(43), fc.nat(9)), {
      numRuns: questions,
      seed: 7
    })
    const outcomes = { miss: 0, hit: 0, stale: 0, refused: 0 }
    const asked = new Map<string, number>()
    const spent = new Map<string, number>()
    for (const [who, other, what, tool] of random) {
      clock.now += Math.floor(dayMs / (questions + 1))
      const subject = `usr_${Math.min(who, other)}` // some ask more than others
      const ticker = tickers[Math.min(what, tool * 5)] ?? 'AAPL'
      const [name, args] =
        tool < 5
          ? ['get_news_sentiment', { ticker }]
          : tool < 7
            ? ['explain_sentiment', { ticker, since: '24h' }]
            : tool < 9
              ? [
                  'compare_news_sentiment',
                  {
                    tickers: [ticker, 'AAPL']
                      .filter((one, at, all) => all.indexOf(one) === at)
                      .concat('MSFT')
                      .slice(0, 2)
                  }
                ]
              : ['get_market_news', { topic: 'earnings' }]
      const { callerSpent: before, left, callerAllowance: allowance } = await service.state(subject)
      const othersAsk = [...asked].some(([one, time]) => one !== subject && time > clock.now - 9 * minuteMs)
      asked.set(subject, clock.now)
      try {
        const answer = (await ask(String(name), args as Record<string, unknown>, subject)) as {
          cache: 'miss' | 'hit' | 'stale'
          fetched_at: string
          data_age_seconds: number
          upstream_calls: number
        }
        outcomes[answer.cache] += 1
        const at = Date.parse(answer.fetched_at)
        if (![...fetched.values()].flat().includes(at)) t.fail(`nothing was fetched at ${answer.fetched_at}`)
        if (answer.data_age_seconds !== Math.floor((clock.now - at) / 1000)) t.fail('not its age')
        if (answer.cache === 'hit' && clock.now - at >= hourMs) t.fail('that is not fresh')
        spent.set(subject, (spent.get(subject) ?? 0) + answer.upstream_calls)
      } catch (error) {
        const { code, retryAt } = error as { code?: string; retryAt?: number }
        if (!/^NEWS_(QUOTA|SHARE)_SPENT$/.test(code ?? '')) throw error
        if (retryAt !== midnight + dayMs) t.fail('when the count begins anew')
        outcomes.refused += 1
      }
      const { callerSpent: after } = await service.state(subject)
      const share = Math.max(1, 0.5 * ((left ?? 0) + before))
      if (after > before && othersAsk && after > share) t.fail(`${subject} is above the share`)
      if (after - before > (allowance ?? 0)) t.fail('more than was said')
    }
    const { spent: counted } = await service.state('usr_1')
    t.comment(JSON.stringify({ outcomes, calls: upstream.queries.length, subjects: spent.size }))
    t.equal(asked.size, 50)
    t.equal(upstream.queries.length, counted, 'each call is counted')
    t.ok(counted <= 25)
    t.equal(upstream.answered.length, counted, 'Alpha Vantage never had to refuse one')
    t.ok(outcomes.stale > 1000 && outcomes.refused > 100, 'with no calls left, news that is kept or a time')
    t.equal(outcomes.miss + outcomes.hit + outcomes.stale + outcomes.refused, questions)
  }
)

t.test('a restart holds the count', async (t) => {
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

t.test('two processes on one folder count together', async (t) => {
  const clock = clockAt(noon)
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t, { clock })
  const options = { clock, folder, upstream, plan: { ...free, callsPerDay: 10 } }
  const both = await Promise.all([startNews(t, options), startNews(t, options)])
  // Days of the past, each a question of its own.
  const days = Array.from({ length: 15 }, (_, index) => 30 - index)
  const asked = await Promise.allSettled(
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
  t.equal(asked.filter(({ status }) => status === 'rejected').length, 20)
})

t.test(
  'a server that is killed in the middle of the day: the count holds',
  { timeout: 60_000 },
  async (t) => {
    const upstream = await startUpstream(t)
    const DATA_DIR = await temporaryFolder(t)
    const { start, ask } = await prepareServer(t, upstream, { DATA_DIR })
    const first = await start()
    await ask('get_news_sentiment', { ticker: 'AAPL' })
    // It is killed while a call is under way: that one counts, for nobody knows what became of it.
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

t.test('what Alpha Vantage says of the day is believed until it ends, also after a restart', async (t) => {
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

t.test('a plan without limits: what Alpha Vantage says is believed all the same', async (t) => {
  const clock = clockAt(noon)
  const { find, news } = await startNews(t, { clock })
  news.answer = () => errorResponses.dailyLimit
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_QUOTA_SPENT' })
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_QUOTA_SPENT' })
  t.equal(news.queries.length, 1)
})

t.test(
  'one a second: calls wait for their turn, and Alpha Vantage sees no burst',
  { timeout: 30_000 },
  async (t) => {
    const quota = { perDay: 25, perMinute: 0, perSecond: 1 }
    const upstream = await startUpstream(t, { quota, now: shortSeconds })
    const plan = { ...free, callsPerSecond: 1 }
    const { find, service } = await startNews(t, { upstream, plan, deadlineMs: 20_000 })
    const asking = ['AAPL', 'MSFT', 'NVDA', 'TSLA'].map((ticker, index) =>
      find({ ticker }, { requester: `usr_${index}` })
    )
    await until(() => upstream.queries.length > 0)
    t.equal((await service.state('usr_1')).waiting, 3)
    for (const found of await Promise.all(asking)) t.match(found, { cache: 'miss', calls: 1 })
    t.equal(upstream.answered.length, 4)
  }
)

t.test('a service that ends: calls that wait for their turn are not made, and not counted', async (t) => {
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
  t.equal(upstream.queries.length, 1, 'and none again')
  const { service } = await startNews(t, options)
  t.match(await service.state('usr_1'), { spent: 1 })
})

const breaks = (reply: FastifyReply) => {
  reply.hijack()
  reply.raw.destroy()
}

t.test('retries: broken connections and 5xx, each counted, and nothing else', async (t) => {
  const faults: [name: string, answer: (reply: FastifyReply) => unknown, calls: number][] = [
    ['a broken connection', breaks, 3],
    ['503', (reply) => reply.code(503).send(''), 3],
    ['404', (reply) => reply.code(404).send(''), 1],
    ['a page', (reply) => reply.type('text/html').send('<html>'), 1],
    ['a limit', () => errorResponses.burst, 1],
    ['a refused key', () => errorResponses.invalidKey, 1]
  ]
  for (const [name, answer, calls] of faults) {
    const { find, news, service } = await startNews(t, { plan: free, retries: 2 })
    news.answer = answer
    await t.rejects(find({ ticker: 'AAPL' }), { code: /^NEWS_/ }, name)
    t.equal(news.queries.length, calls, name)
    t.match(await service.state('usr_1'), { spent: calls, callerSpent: calls }, name)
  }
})

t.test('a retry that goes well: an answer, which tells of both calls', async (t) => {
  const { find, news } = await startNews(t, { plan: free, retries: 1 })
  news.answer = (reply) => {
    news.answer = undefined
    breaks(reply)
  }
  t.match(await find({ ticker: 'AAPL' }), { cache: 'miss', calls: 2 })
})

t.test('no retry begins after the deadline', async (t) => {
  const { find, news } = await startNews(t, { plan: free, retries: 5, deadlineMs: 0 })
  news.answer = breaks
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_UPSTREAM_FAULT' })
  t.equal(news.queries.length, 1)
})

t.test('a call that never left is given back: nobody listens there', async (t) => {
  const upstream = await startUpstream(t)
  await upstream.close()
  const { find, service } = await startNews(t, { plan: free, upstream, retries: 2 })
  await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_UPSTREAM_FAULT' })
  t.match(await service.state('usr_1'), { spent: 0, callerSpent: 0 })
})

t.test('a call whose time is over before there is a connection never leaves, and says so', async (t) => {
  const upstream = await startUpstream(t)
  const alphaVantage = createAlphaVantage({ baseUrl: upstream.url, apiKey: 'KEY', timeoutMs: 50, limit: 50 })
  t.teardown(() => alphaVantage.close())

  const asking = alphaVantage.newsSentiment({ ticker: 'AAPL' }, { name: '24h', from: Date.now() - dayMs })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100) // the event loop is busy meanwhile

  await t.rejects(asking, { code: 'NEWS_UPSTREAM_TIMEOUT', wasSent: false })
  t.equal(upstream.queries.length, 0)
})

t.test(
  'three faults in a row: Alpha Vantage is left alone, then asked again once, and for good when it is well',
  async (t) => {
    const { find, news, service, logged } = await startNews(t, { plan: free, pauseMs: 100 })
    news.answer = (reply) => reply.code(500).send('')
    for (const ticker of ['AAPL', 'MSFT', 'NVDA'])
      await t.rejects(find({ ticker }), { code: 'NEWS_UPSTREAM_FAULT' })
    const { circuitOpenUntil: pausedUntil = 0, spent } = await service.state('usr_1')
    t.ok(pausedUntil > Date.now() && pausedUntil <= Date.now() + 100)
    t.equal(spent, 3)
    await t.rejects(find({ ticker: 'AAPL' }), {
      code: 'NEWS_UPSTREAM_FAULT',
      message: /is asked again at/,
      retryAt: pausedUntil
    })
    t.equal(news.queries.length, 3)
    t.match(logged.at(-1), { level: 'warn', message: /left alone/ })

    await until(() => find({ ticker: 'AAPL' }).catch(() => news.queries.length === 4))
    const again = await service.state('usr_1')
    t.ok((again.circuitOpenUntil ?? 0) > Date.now() + 100, 'for longer')
    t.equal(again.spent, 4)

    news.answer = undefined
    await until(() => find({ ticker: 'AAPL' }).catch(() => undefined))
    t.equal((await service.state('usr_1')).circuitOpenUntil, undefined)
    t.match(await find({ ticker: 'MSFT' }), { cache: 'miss' })
  }
)

t.test('whoever waits for a turn when the circuit opens makes no call', async (t) => {
  const { find, news, service } = await startNews(t, { plan: { ...free, callsPerSecond: 10 } })
  news.answer = (reply) => reply.code(500).send('')

  const asked = await Promise.allSettled(
    ['AAPL', 'MSFT', 'NVDA', 'TSLA'].map((ticker, index) => find({ ticker }, { requester: `usr_${index}` }))
  )

  t.match(asked[3], { reason: { code: 'NEWS_UPSTREAM_FAULT', message: /is asked again at/ } })
  t.equal(news.queries.length, 3)
  t.match(await service.state('usr_3'), { spent: 3, callerSpent: 0 })
})

t.test('faults with answers between them are not in a row', async (t) => {
  const { find, news } = await startNews(t, { plan: unlimited })
  for (let index = 0; index < 5; index++) {
    news.answer = (reply) => reply.code(500).send('')
    await t.rejects(find({ ticker: `A${index}` }), { code: 'NEWS_UPSTREAM_FAULT' })
    news.answer = () => errorResponses.noArticles
    await t.rejects(find({ ticker: `B${index}` }), { code: 'NEWS_NOT_FOUND' })
  }
  t.equal(news.queries.length, 10)
})

t.test('a key that is refused: asked three times, then left alone, and told as that', async (t) => {
  const { find, news, logged } = await startNews(t, { plan: free })
  news.answer = () => errorResponses.invalidKey
  for (let index = 0; index < 5; index++) {
    await t.rejects(find({ ticker: 'AAPL' }), {
      code: 'NEWS_KEY_REFUSED',
      message: /check ALPHA_VANTAGE_API_KEY/
    })
  }
  t.equal(news.queries.length, 3)
  t.match(logged.at(-1), { message: /left alone/, details: { err: { code: 'NEWS_KEY_REFUSED' } } })
})

t.test('what opens the circuit, and what does not', async (t) => {
  const never = () => new Promise(() => {})
  const bodies: [unknown, boolean][] = [
    [errorResponses.demoKey, true],
    [errorResponses.invalidCall, true],
    [never, true],
    [errorResponses.invalidInputs, false],
    [errorResponses.noArticles, false],
    [errorResponses.premiumEndpoint, false]
  ]
  for (const [body, opens] of bodies) {
    const { find, news, service } = await startNews(t, { timeoutMs: body === never ? 300 : 5000 })
    news.answer = typeof body === 'function' ? (body as () => unknown) : () => body
    for (const ticker of ['A', 'B', 'C', 'D']) await t.rejects(find({ ticker }))
    t.equal((await service.state('usr_1')).circuitOpenUntil !== undefined, opens, JSON.stringify(body))
    t.equal(news.queries.length, opens ? 3 : 4)
  }
})

t.test('another key has a count of its own', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t)
  const { find } = await startNews(t, { folder, upstream, plan: free })
  await find({ ticker: 'AAPL' })
  const other = await startNews(t, { folder, upstream, plan: free, account: 'OTHER' })
  t.match(await other.service.state('usr_1'), { spent: 0 })
  t.match(await other.find({ ticker: 'AAPL' }), { cache: 'hit' }, 'but news is the same for both')
})

t.test('a text in the place of another that is not there any more: refused', async (t) => {
  const folder = await temporaryFolder(t)
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const options = { folder, source: 'a', account: 'a', maxBytes: 1e6, log }
  const [one, other] = [createSqliteStorage(options), createSqliteStorage(options)]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  t.equal(await one.ledgerCell.compareAndSwap(undefined, 'first'), true)
  t.equal(await other.ledgerCell.compareAndSwap(undefined, 'second'), false)
  t.equal(await other.ledgerCell.compareAndSwap('first', 'third'), true)
  t.equal(await one.ledgerCell.compareAndSwap('first', 'fourth'), false)
  t.match(await one.ledgerCell.read(), { text: 'third' })
})

t.test('an answer that is too large is not asked for again', async (t) => {
  const { find, news } = await startNews(t, { plan: free, retries: 3 })
  news.answer = (reply) => reply.type('application/json').send(`{"feed":["${'x'.repeat(9_000_000)}"]}`)
  await t.rejects(find({ ticker: 'AAPL' }), {
    code: 'NEWS_UPSTREAM_FAULT',
    cause: { message: /EXCEEDED_MAX_SIZE/ }
  })
  t.equal(news.queries.length, 1)
})

t.test('more calls kept for newcomers than there are: told at the start', async (t) => {
  await t.rejects(startServer(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '5', ALPHA_VANTAGE_RESERVED_CALLS: '5' }), {
    message: /ALPHA_VANTAGE_RESERVED_CALLS is not less than ALPHA_VANTAGE_CALLS_PER_DAY/
  })
})

t.test(
  'faults of many kinds, quota enforced: every call is counted, and none is above it',
  { timeout: 60_000 },
  async (t) => {
    const clock = clockAt(noon)
    const upstream = await startUpstream(t, { clock })
    const { find, service } = await startNews(t, {
      clock,
      upstream,
      plan: free,
      retries: 1,
      timeoutMs: 500,
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
    let wellAnswered = 0
    const answers: ((reply: FastifyReply) => unknown)[] = [
      breaks,
      (reply) => reply.code(502).send('<html>'),
      () => new Promise(() => {}), // never
      (reply) => reply.type('application/json').send('{"items":"1","feed":[{"title":"cut'),
      (reply) => {
        reply.hijack()
        reply.raw.writeHead(200, { 'content-type': 'application/json' })
        reply.raw.write('{"items"') // and no more of it
      },
      (reply) => {
        wellAnswered += 1
        return reply.type('application/json').send(large) // 2.5 MB, as the largest feeds are
      },
      ...Object.values(errorResponses)
        .filter((body) => !JSON.stringify(body).includes('requests per day'))
        .map((body) => () => body)
    ]
    let left = answers.length * 3
    upstream.answer = (reply) => answers[left % answers.length]?.(reply)
    const found: unknown[] = []
    for (; left > 0; left--) {
      const since = `${1 + (left % 80)}d`
      await find(
        { ticker: tickers[left % tickers.length] ?? '' },
        { since, requester: `usr_${left % 7}` }
      ).then(
        ({ news }) => found.push(news.articles.length),
        (error) => {
          if (!/^NEWS_/.test(error.code)) throw error
        }
      )
      clock.now += 10 * minuteMs
    }
    t.ok(wellAnswered > 0)
    t.same(found, Array(wellAnswered).fill(1000))
    t.ok(upstream.answered.length <= 25)
    t.equal((await service.state('usr_1')).spent, upstream.answered.length)
  }
)

t.test('a ledger that cannot be written: a warning, and the count goes on in memory', async (t) => {
  for (const damage of [true, false]) {
    const folder = await temporaryFolder(t)
    await writeFile(join(folder, 'ledger.sqlite'), 'x'.repeat(10_000))
    const upstream = await startUpstream(t)
    const { find, logged, service } = await startNews(t, {
      folder: damage ? folder : join(folder, 'ledger.sqlite', 'data'),
      upstream,
      plan: { ...free, callsPerDay: 2 }
    })
    await find({ ticker: 'AAPL' })
    await find({ ticker: 'MSFT' })
    await t.rejects(find({ ticker: 'NVDA' }), { code: 'NEWS_QUOTA_SPENT' })
    t.match(await service.state('usr_1'), { spent: 2, callerSpent: 2, isPersisted: false })
    t.equal(logged.filter(({ message }) => /call ledger/.test(message)).length, 1, 'told once')
  }
})

t.test('a ledger that can be read, and not written: nobody is told that it is well', async (t) => {
  const folder = await temporaryFolder(t)
  const { find, logged, service } = await startNews(t, { folder, plan: free })
  await find({ ticker: 'AAPL' })
  const other = new DatabaseSync(join(folder, 'ledger.sqlite'))
  other.exec("CREATE TRIGGER full BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
  const told = () => logged.map(({ message }) => message).filter((message) => /call ledger/.test(message))

  await find({ ticker: 'MSFT' })
  for (let looks = 0; looks < 3; looks += 1) {
    t.match(await service.state('usr_1'), { isPersisted: false, spent: 2 })
    // By then the disk is tried again.
    await setTimeout(510)
  }
  t.equal(told().length, 1, told().join())

  other.exec('DROP TRIGGER full')
  other.close()
  await until(async () => (await service.state('usr_1')).isPersisted)
  t.match(told(), [/call ledger unavailable; counting in memory/, /call ledger available again/])
})

t.test(
  'files that somebody else holds: nobody is held up, and calls are counted when they are free',
  { timeout: 30_000 },
  async (t) => {
    const folder = await temporaryFolder(t)
    const { find, service } = await startNews(t, { folder, plan: free })
    await find({ ticker: 'AAPL' })
    const other = new DatabaseSync(join(folder, 'ledger.sqlite'))
    other.exec('BEGIN EXCLUSIVE')
    const lag = monitorEventLoopDelay({ resolution: 5 })
    lag.enable()
    const asking = find({ ticker: 'MSFT' })
    const released = setTimeout(300).then(() => other.exec('COMMIT'))
    t.match(await asking, { cache: 'miss' })
    await released
    other.close()
    t.ok(lag.max < 250e6, `the longest that anybody waited: ${lag.max / 1e6} ms`)
    t.match(await service.state('usr_1'), { spent: 2, isPersisted: true })
  }
)

t.test('a folder that is removed while the server runs: made again, with the count', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t)
  const { find, close } = await startNews(t, { folder, upstream, plan: free })
  await find({ ticker: 'AAPL' })
  await rm(folder, { recursive: true })
  await find({ ticker: 'MSFT' })
  await close()
  const { service } = await startNews(t, { folder, upstream, plan: free })
  t.match(await service.state('usr_1'), { spent: 2 })
})

t.test('a folder that another process has made anew: both count in it', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t)
  const options = { folder, upstream, plan: { ...free, callsPerDay: 6, share: 1 } }
  const [one, other] = await Promise.all([startNews(t, options), startNews(t, options)])
  await one.find({ ticker: 'AAPL' })
  await other.find({ ticker: 'MSFT' })
  await one.service.state('usr_1') // the one that creates the folder has then read the other's call
  await rm(folder, { recursive: true })
  const ask = async ({ find }: typeof one, count: number) => {
    for (let day = 3; day < 3 + count; day++) {
      await find({ ticker: 'NVDA' }, { since: `${day + count}d`, until: `${day + count - 1}d` }).catch(
        () => {}
      )
    }
  }
  await ask(one, 3)
  await ask(other, 9)
  t.equal(upstream.queries.length, 6)
})

t.test(
  'while one call tries whether Alpha Vantage is in order again, the others are told to wait',
  async (t) => {
    const { find, news, service } = await startNews(t, { plan: unlimited, pauseMs: 20 })
    news.answer = breaks
    for (const ticker of ['AAPL', 'MSFT', 'NVDA']) await t.rejects(find({ ticker }))
    await until(async () => (await service.state('usr_1')).circuitOpenUntil === undefined)
    const arrived = Promise.withResolvers<void>()
    const held = Promise.withResolvers<unknown>()
    news.answer = () => {
      arrived.resolve()
      return held.promise
    }
    const probing = find({ ticker: 'AAPL' })
    await arrived.promise
    await t.rejects(find({ ticker: 'MSFT' }), { code: 'NEWS_UPSTREAM_FAULT' })
    held.resolve(
      toFeed(newerArticle({ at: new Date(Date.now() - hourMs).toISOString(), about: { AAPL: [1, 0.1] } }))
    )
    t.match(await probing, { cache: 'miss' })
    t.equal(news.queries.length, 4)
  }
)

t.test('a full disk: a warning, news and the count go on in memory', { timeout: 60_000 }, async (t) => {
  const upstream = await startUpstream(t)
  const { start, ask } = await prepareServer(t, upstream)
  // No file may grow beyond 24 kB: for SQLite that is the end of the disk. What Node writes for itself is let be.
  const script = `trap '' XFSZ; ulimit -f 24; unset NODE_V8_COVERAGE NODE_COMPILE_CACHE; exec "$0" "$1"`
  const limited = ['bash', '-c', script, process.execPath, join(root, 'server.ts')]
  const server = await start(limited)
  for (const ticker of ['AAPL', 'MSFT', 'NVDA', 'TSLA', 'AAPL', 'MSFT']) {
    t.equal((await ask('get_news_sentiment', { ticker })).isError, undefined)
  }
  const budget = await ask('get_news_budget')
  t.match(budget.structuredContent, { spent_today: 4, counted_in: 'memory' })
  t.match(resultText(budget), /^4 of 25 calls to Alpha Vantage are spent today, 21 are left/)
  t.equal(upstream.queries.length, 4)
  await server.written(/DATA_DIR unavailable/)
  await server.written(/call ledger unavailable; counting in memory/)
  // By then the disk is tried again.
  await setTimeout(1100)
  t.match((await ask('get_news_budget')).structuredContent, { spent_today: 4, counted_in: 'memory' })
  t.notMatch(server.output(), /(used|available) again/, 'it is as full as before')
  t.equal(server.output().match(/call ledger unavailable/g)?.length, 1)
  server.child.kill('SIGTERM')
  t.equal((await server.ended).code, 0)
})

t.test(
  'get_news_budget: the plan, what is left, what is mine, and what is kept; it spends nothing',
  async (t) => {
    const server = await startServer(t, {
      ALPHA_VANTAGE_CALLS_PER_DAY: '25',
      ALPHA_VANTAGE_CALLS_PER_SECOND: '5',
      ALPHA_VANTAGE_RESERVED_CALLS: '2'
    })
    await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
    await callTool(server, 'get_market_news', { topic: 'earnings' })

    const budget = await callTool(server, 'get_news_budget', {})

    t.match(budget.structuredContent, {
      plan: {
        calls_per_day: 25,
        calls_per_minute: null,
        calls_per_second: 5,
        share_percent: 50,
        reserved_calls: 2
      },
      spent_today: 2,
      left_today: 23,
      resets_at: /T00:00:00Z$/,
      queue: { waiting: 0 },
      you: { spent_today: 2, may_spend: 21 },
      refused: null,
      paused_until: null,
      counted_in: 'disk',
      cached: [
        { subject: 'earnings', window: '1d', is_fresh: true },
        { subject: 'AAPL', window: '7d', is_fresh: true }
      ],
      cached_more: 0
    })
    t.match(
      resultText(budget),
      /^2 of 25 calls.*23 are left; the count begins anew at .* 00:00 UTC\.\nYou have had 2, and may have 21 more as things stand\.\nKept, and answered without a call while fresh: earnings 1d \(\d s old\), AAPL 7d \(\d s old\)\.$/
    )
    t.equal(server.news.queries.length, 2)
  }
)

t.test('get_news_budget while Alpha Vantage is left alone', async (t) => {
  const server = await startServer(t)
  server.news.answer = (reply) => reply.code(500).send('')
  for (const ticker of ['AAPL', 'MSFT', 'NVDA']) await callTool(server, 'get_news_sentiment', { ticker })

  const budget = await callTool(server, 'get_news_budget', {})

  t.match(budget.structuredContent, { paused_until: /^\d{4}-.*Z$/ })
  t.match(resultText(budget), /\nAlpha Vantage is out of order, and not asked before .* UTC\.\n/)
})

t.test('get_news_budget after Alpha Vantage itself has refused', async (t) => {
  const server = await startServer(t)
  server.news.answer = () => errorResponses.dailyLimit
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })

  const budget = await callTool(server, 'get_news_budget', {})

  t.match(budget.structuredContent, { refused: { code: 'NEWS_QUOTA_SPENT', until: /T00:00:00(\.000)?Z$/ } })
  t.match(resultText(budget), /Alpha Vantage itself says that .* until .* 00:00 UTC\.\n/)
})

t.test('get_news_budget without limits', async (t) => {
  const server = await startServer(t)
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  const budget = await callTool(server, 'get_news_budget', {})
  t.match(budget.structuredContent, {
    spent_today: 1,
    left_today: null,
    you: { spent_today: 1, may_spend: null }
  })
  t.match(resultText(budget), /^1 call to Alpha Vantage today, without a limit\.\nYou have had 1\.\n/)
})

t.test('whoever has left does not cancel the call for the others', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '25' })
  const held = Promise.withResolvers<unknown>()
  const arrived = Promise.withResolvers<void>()
  server.news.answer = () => {
    arrived.resolve()
    return held.promise
  }
  const leaving = new AbortController()
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } }
  }
  const first = t.rejects(
    fetch(server.resource, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(call),
      signal: leaving.signal
    })
  )
  await arrived.promise
  const second = callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  const closed = once(server.app.server, 'request').then(([request]) => once(request, 'close'))
  leaving.abort()
  await first
  held.resolve(
    toFeed(newerArticle({ at: new Date(Date.now() - hourMs).toISOString(), about: { AAPL: [1, 0.1] } }))
  )
  t.match((await second).structuredContent, { upstream_calls: 0, articles: { length: 1 } })
  await closed
  t.equal(server.news.queries.length, 1)
})
