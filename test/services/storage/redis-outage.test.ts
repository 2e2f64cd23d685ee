import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setInterval, setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { RedisConnection } from '../../../services/storage/redis-connection.ts'
import { free, hourMs, unlimited } from '../../support/news.ts'
import { skip, startRedis } from '../../support/redis.ts'
import { pastDays, prepareReplicas, startNewsUpstream } from '../../support/replicas.ts'
import { callTool } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const aapl = { ticker: 'AAPL' }

t.test(
  'Redis is killed and restarted under load: cached news is served, no call is made, and the count continues',
  { skip, timeout: 120_000 },
  async (t) => {
    const redis = await startRedis(t)
    const upstream = await startNewsUpstream(t)
    const startReplica = () =>
      startServer(t, {
        LOG_LEVEL: 'info',
        REDIS_URL: redis.url,
        REDIS_TIMEOUT_MS: '10000',
        ALPHA_VANTAGE_BASE_URL: upstream.url,
        ALPHA_VANTAGE_CALLS_PER_DAY: '25',
        CACHE_TTL_MS: '600000'
      })
    const replicas = await Promise.all([startReplica(), startReplica(), startReplica()])
    const [first, second] = replicas
    for (const replica of replicas) await callTool(replica, 'get_news_sentiment', aapl)
    let isOver = false
    const outcomes = new Map<string, number>()
    const load = replicas.map(async (replica) => {
      for await (const _ of setInterval(10)) {
        if (isOver) break
        const { isError, structuredContent, _meta } = await callTool(replica, 'get_news_sentiment', aapl)
        const outcome = isError ? String(_meta?.code) : String(structuredContent?.cache)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
    })

    await redis.stop()
    const uncached = await Promise.all(
      replicas.flatMap((replica, index) =>
        pastDays(6).map((window) =>
          callTool(replica, 'get_news_sentiment', { ticker: `T${index}`, ...window })
        )
      )
    )
    t.equal(upstream.queries.length, 1, 'only the call before the outage')
    for (const { isError, _meta } of uncached) {
      t.match({ isError, ..._meta }, { isError: true, code: 'NEWS_BUDGET_AWAY', retry_at: /^\d{4}-.*Z$/ })
    }
    t.match((await callTool(first, 'get_news_budget', {})).structuredContent, {
      counted_in: 'memory',
      you: { spent_today: 1, may_spend: 0 }
    })

    await redis.start()
    for (const replica of replicas) {
      const budget = () => callTool(replica, 'get_news_budget', {})
      await until(async () => (await budget()).structuredContent?.counted_in === 'redis')
    }
    t.match((await callTool(first, 'get_news_budget', {})).structuredContent, {
      you: { spent_today: 1 },
      spent_today: 1,
      left_today: 24
    })
    const msft = (replica: typeof first) => callTool(replica, 'get_news_sentiment', { ticker: 'MSFT' })
    t.match((await msft(first)).structuredContent, { cache: 'miss' })
    t.match((await msft(second)).structuredContent, { cache: 'hit' })
    isOver = true
    await Promise.all(load)
    t.same([...outcomes.keys()], ['hit'], JSON.stringify([...outcomes]))
    for (const { log } of replicas) {
      t.match(log.join(''), /Redis unavailable; using local state/)
      t.match(log.join(''), /Redis available again/)
    }
  }
)

t.test('Redis hangs with pending commands: one immediate reconnect for all of them', { skip }, async (t) => {
  const redis = await startRedis(t)
  const ignore = () => {}
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const timeoutMs = 1000
  const connection = new RedisConnection({ url: redis.url, timeoutMs, log })
  t.teardown(() => connection.close())
  await connection.start()
  const countListeners = () => connection.redis.stream.listenerCount('close')
  const before = countListeners()
  redis.freeze()

  const pending = Array.from({ length: 20 }, () => connection.run((client) => client.ping()))
  await sleep(timeoutMs / 2)
  const later = connection.run((client) => client.ping()).catch((error: Error) => error.message)

  for (const { status } of await Promise.allSettled(pending)) t.equal(status, 'rejected')
  t.equal(countListeners(), before + 1, 'each disconnect adds a listener')
  t.not(await later, 'Command timed out', 'it fails with the connection, before its own timeout')
})

t.test(
  'Redis hangs: the first request waits for REDIS_TIMEOUT_MS, later requests do not',
  { skip, timeout: 30_000 },
  async (t) => {
    const { redis, upstream, startReplica } = await prepareReplicas(t)
    const { find, logged } = await startReplica({ redisTimeoutMs: 1000 })
    await find(aapl)
    redis.freeze()
    t.teardown(() => redis.thaw())

    const before = performance.now()
    await t.rejects(find({ ticker: 'MSFT' }), { code: 'NEWS_BUDGET_AWAY', alternatives: /AAPL 7d/ })
    t.ok(performance.now() - before < 5000)
    t.match(
      logged.find(({ message }) => message === 'Redis unavailable; using local state'),
      { level: 'warn', details: { reason: 'no reply within REDIS_TIMEOUT_MS' } }
    )
    t.match(await find(aapl), { cache: 'hit' })
    t.equal(upstream.queries.length, 1)
    redis.thaw()
    await until(() => find({ ticker: 'TSLA' }).catch(() => undefined))
  }
)

t.test(
  'Redis unavailable at the start: the service starts, makes no call, and uses Redis once it is available',
  { skip, timeout: 30_000 },
  async (t) => {
    const { redis, upstream, startReplica } = await prepareReplicas(t)
    await redis.stop()
    const { find, service } = await startReplica()
    await t.rejects(find(aapl), { code: 'NEWS_BUDGET_AWAY', statusCode: 503, retryAt: Number })
    t.equal(upstream.queries.length, 0)
    t.match(await service.state('usr_1'), { isPersisted: false, storeIsAway: true })
    await redis.start()
    await until(() => find(aapl).catch(() => undefined))
    t.match(await service.state('usr_1'), { isPersisted: true, storeIsAway: false, callerSpent: 1 })
  }
)

t.test(
  'Redis unavailable, cached news expired: stale news with the reason, and no call',
  { skip },
  async (t) => {
    const clock = { now: Date.now() }
    const { redis, upstream, startReplica } = await prepareReplicas(t)
    const { find } = await startReplica({ clock })
    await find(aapl)
    await redis.stop()
    clock.now += 2 * hourMs
    t.match(await find(aapl), { cache: 'stale', calls: 0, staleReason: { code: 'NEWS_BUDGET_AWAY' } })
    t.equal(upstream.queries.length, 1)
  }
)

t.test('Redis unavailable, plan with a limit per minute or per second only: no call', { skip }, async (t) => {
  for (const limit of [{ callsPerMinute: 75 }, { callsPerSecond: 5 }]) {
    const { redis, upstream, startReplica } = await prepareReplicas(t, { plan: { ...unlimited, ...limit } })
    const { find, service } = await startReplica()
    await redis.stop()
    await t.rejects(find(aapl), { code: 'NEWS_BUDGET_AWAY' })
    t.match(await service.state('usr_1'), { callerAllowance: 0 })
    t.equal(upstream.queries.length, 0)
  }
})

t.test('Redis unavailable, plan without limits: calls are made', { skip }, async (t) => {
  const { redis, startReplica } = await prepareReplicas(t, { plan: unlimited })
  await redis.stop()
  const { find, service } = await startReplica()
  t.match(await find(aapl), { cache: 'miss' })
  t.match(await service.state('usr_1'), { callerAllowance: null, isPersisted: false })
})

t.test('Redis unavailable: a limit that Alpha Vantage reports still applies', { skip }, async (t) => {
  const { redis, upstream, startReplica } = await prepareReplicas(t, { plan: unlimited })
  await redis.stop()
  const { find } = await startReplica()
  upstream.answer = () => errorResponses.minuteLimit
  await t.rejects(find(aapl), { code: 'NEWS_MINUTE_SPENT' })
  await t.rejects(find(aapl), { code: 'NEWS_MINUTE_SPENT', retryAt: Number })
  t.equal(upstream.queries.length, 1)
})

t.test(
  'Redis unavailable: a daily limit reported earlier still applies',
  { skip, timeout: 30_000 },
  async (t) => {
    const { redis, upstream, startReplica } = await prepareReplicas(t, {
      quota: { perDay: 1, perMinute: 0, perSecond: 0 }
    })
    const { find } = await startReplica()
    await find(aapl)
    await t.rejects(find({ ticker: 'MSFT' }), {
      code: 'NEWS_QUOTA_SPENT',
      message: /^2 of 25 Alpha Vantage calls used today; resets at .* 00:00 UTC\./
    })
    await redis.stop()
    await t.rejects(find({ ticker: 'NVDA' }), { code: 'NEWS_QUOTA_SPENT' })
    t.equal(upstream.queries.length, 2)
  }
)

t.test(
  'Redis loses the call count: all replicas continue with a new first, until Alpha Vantage reports its limit',
  { skip, timeout: 30_000 },
  async (t) => {
    const { redis, upstream, startReplica } = await prepareReplicas(t, {
      plan: { ...free, callsPerDay: 4, share: 1 },
      quota: { perDay: 4, perMinute: 0, perSecond: 0 },
      persists: false
    })
    const [first, second] = await Promise.all([startReplica(), startReplica()])
    await first.find(aapl)
    await first.find({ ticker: 'MSFT' })
    await second.find({ ticker: 'NVDA' })
    await redis.stop()
    await redis.start()
    for (const { service, logged } of [first, second]) {
      await until(async () => !(await service.state('usr_1')).storeIsAway)
      t.match(await service.state('usr_1'), { spent: 0, left: 4 })
      t.equal(logged.filter(({ message }) => /call count lost/.test(message)).length, 1)
    }
    t.match(await second.find({ ticker: 'TSLA' }), { cache: 'miss' })
    t.match(await first.service.state('usr_1'), { spent: 1, left: 3 })
    await t.rejects(first.find({ ticker: 'AMZN' }), { code: 'NEWS_QUOTA_SPENT' })
    await t.rejects(second.find({ ticker: 'GOOG' }), { code: 'NEWS_QUOTA_SPENT' })
    t.equal(upstream.answered.length, 4)
    t.equal(upstream.queries.length, 5, 'the fifth response reports the limit')
  }
)

t.test(
  'Redis restarts four times: the calls of the day do not exceed the plan',
  { skip, timeout: 30_000 },
  async (t) => {
    const { redis, upstream, startReplica } = await prepareReplicas(t, {
      plan: { ...free, callsPerDay: 8, share: 1 },
      quota: { perDay: 0, perMinute: 0, perSecond: 0 }
    })
    const { find, service } = await startReplica()
    for (let round = 0; round < 4; round++) {
      const windows = pastDays(12).slice(round * 3, round * 3 + 3)
      for (const window of windows) await find(aapl, window).catch(() => {})
      await redis.stop()
      for (const window of windows) await find({ ticker: 'MSFT' }, window).catch(() => {})
      await redis.start()
      await until(async () => (await service.state('usr_1')).isPersisted)
      await Promise.all(windows.map((window) => find({ ticker: 'NVDA' }, window).catch(() => {})))
    }
    t.equal(upstream.queries.length, 8)
    t.match(await service.state('usr_1'), { spent: 8, left: 0, callerSpent: 8 })
  }
)

t.test(
  'connection closes on each SUBSCRIBE: the server keeps running',
  { skip, timeout: 30_000 },
  async (t) => {
    const { redis, startReplica } = await prepareReplicas(t, { plan: unlimited })
    let closed = 0
    const proxy = createServer((socket) => {
      const inner = connect(Number(new URL(redis.url).port), '127.0.0.1')
      for (const stream of [socket, inner]) stream.on('error', () => {})
      inner.pipe(socket).on('close', () => inner.destroy())
      socket.on('data', (data) => {
        if (!/subscribe/i.test(data.toString())) return inner.write(data)
        closed += 1
        return socket.destroy()
      })
    }).listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    t.teardown(() => proxy.close())
    const { find } = await startReplica({ redisUrl: `redis://127.0.0.1:${Object(proxy.address()).port}` })

    // An unhandled rejection would fail the test.
    await until(async () => {
      t.match(await find(aapl), { news: {} })
      return closed >= 5
    })
  }
)
