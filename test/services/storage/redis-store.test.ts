import { once } from 'node:events'
import { zstdCompressSync } from 'node:zlib'
import t from 'tap'
import { createRedisStorage } from '../../../services/storage/news-storage.ts'
import { RedisConnection } from '../../../services/storage/redis-connection.ts'
import { free, fromShortSeconds, hourMs } from '../../support/news.ts'
import { skip, startRedis } from '../../support/redis.ts'
import { pastDays, prepareReplicas } from '../../support/replicas.ts'
import { callTool } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { storedInfo, storedNews } from '../../support/stored-news.ts'

const aapl = { ticker: 'AAPL' }

t.test('values in format 1: read, and written with the same keys', { skip }, async (t) => {
  const redis = await startRedis(t)
  const ignore = () => {}
  const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }
  const connection = new RedisConnection({ url: redis.url, timeoutMs: 2000, log })
  t.teardown(() => connection.close())
  await connection.start()
  const options = { connection, account: 'account', log, now: () => storedInfo.fetchedMs }
  const { snapshots, ledgerCell } = createRedisStorage({ ...options, source: 'older' })
  const { key, fetchedMs, untilMs, ...rest } = storedInfo
  await connection.redis.set(`finance-news:1:older:kept:${key}`, JSON.stringify(storedInfo))
  await connection.redis.set(`finance-news:1:older:news:${key}`, zstdCompressSync(JSON.stringify(storedNews)))
  await redis.command('ZADD', 'finance-news:1:older:index', String(untilMs), key)
  await redis.command('SET', 'finance-news:ledger:account', '{"calls":1}')
  const info = { ...rest, key, fetchedAtMs: fetchedMs, expiresAtMs: untilMs }

  t.strictSame(await snapshots.findInfos([key]), [info])
  t.strictSame(await snapshots.list(), [info])
  t.strictSame(await ledgerCell.read(), { text: '{"calls":1}', at: fetchedMs })
  const snapshot = await snapshots.read(key)
  t.match(snapshot, { key, fetchedAtMs: fetchedMs, hitLimit: storedNews.isFull })

  if (snapshot) await createRedisStorage({ ...options, source: 'newer' }).snapshots.write(snapshot, untilMs)
  t.strictSame(JSON.parse(String(await redis.command('GET', `finance-news:1:newer:kept:${key}`))), storedInfo)
  t.equal(await redis.command('ZSCORE', 'finance-news:1:newer:index', key), String(untilMs))
})

t.test(
  'snapshots in Redis: listed on all replicas, and deleted after CACHE_GRACE_MS',
  { skip },
  async (t) => {
    const { redis, startReplica } = await prepareReplicas(t)
    const [first, second] = await Promise.all([startReplica(), startReplica()])
    await first.find(aapl)

    t.match(await second.service.listCached(), [{ key: 'AAPL 7d', isFresh: true, articles: 3 }])
    const keys = ((await redis.command('KEYS', '*')) as string[]).filter((key) => /:(news|kept):/.test(key))
    t.equal(keys.length, 2)
    for (const key of keys) {
      const leftMs = Number(await redis.command('PTTL', key))
      t.ok(leftMs > 23 * hourMs && leftMs <= 24 * hourMs, key)
    }
  }
)

t.test('unreadable values in Redis, or values of another key: fetched again', { skip }, async (t) => {
  const { redis, upstream, startReplica } = await prepareReplicas(t)
  const [first, second, third] = await Promise.all([startReplica(), startReplica(), startReplica()])
  await first.find(aapl)
  const [newsKey = ''] = (await redis.command('KEYS', '*:news:AAPL 7d')) as string[]
  const infoKey = newsKey.replace(':news:', ':kept:')
  for (const key of [newsKey, infoKey]) await redis.command('COPY', key, key.replace('AAPL', 'MSFT'))
  await redis.command('SET', infoKey.replace('AAPL', 'NVDA'), '{"key":"NVDA 7d"}')

  t.match(await second.find({ ticker: 'MSFT' }), { cache: 'miss' })
  t.match(await second.find({ ticker: 'NVDA' }), { cache: 'miss' })
  await redis.command('SET', newsKey, 'x')
  t.match(await third.find(aapl), { cache: 'miss' })
  t.equal(upstream.queries.length, 4)
  const discarded = third.logged.filter(({ message }) => message === 'discarding unreadable cache entry')
  t.match(discarded[0], { level: 'warn', details: { key: 'AAPL 7d' } })
})

t.test(
  'replicas race for the last calls: no more than the limit, and each is counted',
  { skip },
  async (t) => {
    const { upstream, startReplica } = await prepareReplicas(t, {
      plan: { ...free, callsPerDay: 10, share: 1 },
      quota: { perDay: 10, perMinute: 0, perSecond: 0 }
    })
    const replicas = await Promise.all([startReplica(), startReplica(), startReplica()])

    const outcomes = await Promise.allSettled(
      pastDays(20).flatMap((window, day) =>
        replicas.map(({ find }, index) =>
          find({ ticker: `T${index}` }, { ...window, requester: `usr_${day}` })
        )
      )
    )

    t.equal(upstream.queries.length, 10)
    t.equal(upstream.answered.length, 10)
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 10)
    for (const { service } of replicas) t.match(await service.state('usr_1'), { spent: 10, left: 0 })
  }
)

t.test('one call per second: holds for all replicas together', { skip, timeout: 30_000 }, async (t) => {
  const { upstream, startReplica } = await prepareReplicas(t, {
    plan: { ...free, callsPerSecond: 1 },
    quota: { perDay: 25, perMinute: 0, perSecond: 1 }
  })
  const replicas = await Promise.all([startReplica(), startReplica()])
  const start = Date.now()
  await Promise.all(
    replicas.flatMap(({ find }, index) => [
      find({ ticker: `A${index}` }),
      find({ ticker: `B${index}` }, { requester: 'usr_2' })
    ])
  )
  t.equal(upstream.answered.length, 4)
  t.equal(upstream.queries.length, 4, 'Alpha Vantage rejected no call')
  for (const [index, time] of upstream.answered.entries()) {
    t.ok(fromShortSeconds(time) - start >= index * 1000, `call ${index} is not early`)
  }
})

t.test('cursor, article link and subscription of one replica: work on all replicas', { skip }, async (t) => {
  const { startReplica } = await prepareReplicas(t)
  const [first, second] = await Promise.all([startReplica(), startReplica()])
  const fetched = Promise.withResolvers<unknown>()
  second.service.onFetched(fetched.resolve)

  const page = await first.ask('get_news_sentiment', { ...aapl, limit: 1 })

  t.same(await fetched.promise, aapl)
  t.match(await second.ask('get_news_sentiment', { ...aapl, limit: 1, cursor: page.next_cursor }), {
    articles_available: 3,
    upstream_calls: 0
  })
  const [article] = page.articles as { id: string; title: string }[]
  t.match(await second.service.findArticle(article?.id ?? '', 'AAPL'), {
    article: { title: article?.title }
  })
})

t.test('cursor into a newer snapshot than a replica has in memory: read from Redis', { skip }, async (t) => {
  const clock = { now: Date.now() }
  const { startReplica } = await prepareReplicas(t)
  const [first, second] = await Promise.all([startReplica({ clock }), startReplica({ clock })])
  await first.find(aapl)
  await second.find(aapl)
  clock.now += 2 * hourMs
  const page = await first.ask('get_news_sentiment', { ...aapl, limit: 1 })

  t.match(await second.ask('get_news_sentiment', { ...aapl, limit: 1, cursor: page.next_cursor }), {
    upstream_calls: 0
  })
})

t.test('password in REDIS_URL: never logged, whatever fails', { skip, timeout: 30_000 }, async (t) => {
  const redis = await startRedis(t, { password: 'hunter2secret' })
  const good = await startServer(t, { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '10000' })
  await callTool(good, 'get_news_sentiment', aapl)
  t.match((await callTool(good, 'get_news_budget', {})).structuredContent, { counted_in: 'redis' })
  await redis.stop()
  await callTool(good, 'get_news_sentiment', { ticker: 'MSFT' })
  await redis.start()
  const bad = await startServer(t, {
    REDIS_URL: redis.url.replace('hunter2secret', 'wrong2secret'),
    REDIS_TIMEOUT_MS: '10000'
  })
  t.match((await callTool(bad, 'get_news_sentiment', aapl)).structuredContent, { cache: 'miss' })
  t.notMatch([...good.log, ...bad.log].join(''), /hunter2secret|wrong2secret/)
  t.match(bad.log.join(''), /Redis unavailable/)

  const error = await startServer(t, { REDIS_URL: 'http://:hunter2secret@localhost' }).catch(String)
  t.match(error, /REDIS_URL/)
  t.notMatch(error, 'hunter2secret')
})

t.test('server closes: its Redis connections are closed', { skip }, async (t) => {
  const redis = await startRedis(t)
  const { app } = await startServer(t, { REDIS_URL: redis.url })
  const closed = once(app.server, 'close')
  await app.close()
  await closed

  const clients = String(await redis.command('CLIENT', 'LIST'))
    .trim()
    .split('\n')
  t.equal(clients.length, 1, 'only the connection of this command')
})
