import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { toFailure } from '../../../services/lib/news-error.ts'
import { free } from '../../support/news.ts'
import { prepareServer } from '../../support/process.ts'
import { skip, startRedis } from '../../support/redis.ts'
import { holdResponses, prepareReplicas, someNews, startNewsUpstream } from '../../support/replicas.ts'
import { until } from '../../support/until.ts'

const aapl = { ticker: 'AAPL' }

t.test('three processes with one Redis', { skip, timeout: 60_000 }, async (t) => {
  const [redis, upstream] = await Promise.all([startRedis(t), startNewsUpstream(t)])
  const settings = {
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '10000'
  }
  const startProcess = async () => {
    const { start, ask } = await prepareServer(t, upstream, settings)
    return { server: await start(), ask }
  }
  const replicas = await Promise.all([startProcess(), startProcess(), startProcess()])

  await t.test('300 concurrent requests for the same news: one call', async (t) => {
    const held = holdResponses(upstream)
    const asking = replicas.flatMap(({ ask }) =>
      Array.from({ length: 100 }, () => ask('get_news_sentiment', aapl))
    )
    await held.requested
    held.release()

    const answers = await Promise.all(asking)

    t.equal(upstream.queries.length, 1)
    t.ok(answers.every(({ isError }) => !isError))
    t.equal(new Set(answers.map(({ structuredContent }) => structuredContent?.fetched_at)).size, 1)
    t.equal(answers.filter(({ structuredContent }) => structuredContent?.upstream_calls === 1).length, 1)
    for (const { ask } of replicas) {
      t.match((await ask('get_news_budget')).structuredContent, {
        counted_in: 'redis',
        you: { spent_today: 1 },
        cached: [{ subject: 'AAPL', window: '7d' }]
      })
      t.match((await ask('get_news_sentiment', aapl)).structuredContent, { cache: 'hit', upstream_calls: 0 })
    }
  })

  await t.test('leader is killed: its lease expires, and a follower calls', async (t) => {
    const held = holdResponses(upstream)
    const [first, second] = replicas
    const broken = t.rejects(first.ask('get_news_sentiment', { ticker: 'MSFT' }))
    await held.requested
    const waiting = second.ask('get_news_sentiment', { ticker: 'MSFT' })
    first.server.child.kill('SIGKILL')
    await broken
    held.release()
    upstream.answer = someNews
    const [lease = ''] = (await redis.command('KEYS', '*:lead:*')) as string[]
    const leftMs = Number(await redis.command('PTTL', lease))
    t.ok(leftMs > 0 && leftMs <= 5000, `the lease expires in ${leftMs} ms`)
    await redis.command('PEXPIRE', lease, '1') // instead of waiting five seconds

    t.match((await waiting).structuredContent, { cache: 'miss', upstream_calls: 1 })
    t.match((await second.ask('get_news_budget')).structuredContent, { you: { spent_today: 3 } })
    second.server.child.kill('SIGTERM')
    t.match(await second.server.ended, { code: 0 })
  })
})

t.test(
  'failed fetch: followers on other replicas get the failure, later callers do not',
  { skip },
  async (t) => {
    const { upstream, startReplica } = await prepareReplicas(t)
    const [first, second] = await Promise.all([startReplica(), startReplica()])
    const held = holdResponses(upstream)
    const asking = [first.find(aapl), second.find(aapl), second.find(aapl)]
    await held.requested
    held.release((reply) => reply.code(500).send(''))

    for (const outcome of await Promise.allSettled(asking)) {
      t.match(outcome, { status: 'rejected', reason: { code: 'NEWS_UPSTREAM_FAULT', statusCode: 502 } })
    }
    t.equal(upstream.queries.length, 1)
    upstream.answer = someNews
    t.match(await second.find(aapl), { cache: 'miss', calls: 1 })
    t.match(await first.find(aapl), { cache: 'hit' })
  }
)

t.test("leader's caller has spent its share: a follower's caller still gets news", { skip }, async (t) => {
  const { upstream, startReplica } = await prepareReplicas(t, { plan: { ...free, callsPerDay: 4 } })
  const [first, second] = await Promise.all([startReplica(), startReplica()])
  await first.find({ ticker: 'MSFT' }, { requester: 'usr_2' })
  await first.find({ ticker: 'NVDA' }, { requester: 'usr_1' })

  const outcomes = await Promise.allSettled([
    first.find(aapl, { requester: 'usr_1' }),
    first.find(aapl, { requester: 'usr_1' }),
    second.find(aapl, { requester: 'usr_3' })
  ])

  t.match(outcomes[2], { status: 'fulfilled' })
  t.equal(upstream.queries.length, 3)
})

t.test('leader shuts down: followers on other replicas fetch', { skip, timeout: 30_000 }, async (t) => {
  const { upstream, startReplica } = await prepareReplicas(t)
  const [first, second] = await Promise.all([startReplica(), startReplica()])
  const held = holdResponses(upstream)
  const leading = t.rejects(first.find(aapl), { code: 'NEWS_UPSTREAM_FAULT' })
  await held.requested
  const following = second.find(aapl)
  upstream.answer = someNews
  await first.close()

  await leading
  t.match(await following, { cache: 'miss', calls: 1 })
})

t.test('follower shuts down: it stops waiting for the leader', { skip, timeout: 30_000 }, async (t) => {
  const { upstream, startReplica } = await prepareReplicas(t)
  const [first, second] = await Promise.all([startReplica(), startReplica()])
  const held = holdResponses(upstream)
  const leading = first.find(aapl)
  await held.requested
  const following = t.rejects(second.find(aapl), { code: 'NEWS_UPSTREAM_FAULT' })
  await setImmediate()
  await second.close()

  await following
  held.release()
  t.match(await leading, { cache: 'miss' })
})

t.test('fetch of another key fails: followers keep waiting; onFetched fires once', { skip }, async (t) => {
  const { upstream, startReplica } = await prepareReplicas(t)
  const [first, second] = await Promise.all([startReplica(), startReplica()])
  const fetched: unknown[] = []
  first.service.onFetched(({ ticker }) => fetched.push(ticker))
  const held = holdResponses(upstream)
  const leading = first.find(aapl)
  await held.requested
  const following = second.find(aapl)
  upstream.answer = (reply) => reply.code(500).send('')
  await t.rejects(first.find({ ticker: 'MSFT' }), { code: 'NEWS_UPSTREAM_FAULT' })
  held.release()

  t.match(await Promise.all([leading, following]), [{ cache: 'miss' }, { cache: 'miss' }])
  t.same(fetched, ['AAPL'])
  t.equal(upstream.queries.length, 2)
})

t.test('shared failure: contains the retry time, but no internal message', { skip }, async (t) => {
  const { upstream, startReplica } = await prepareReplicas(t)
  const [first, second] = await Promise.all([startReplica(), startReplica()])
  const held = holdResponses(upstream)
  const asking = [first.find(aapl), second.find(aapl)]
  await held.requested
  held.release(() => errorResponses.dailyLimit)

  for (const outcome of await Promise.allSettled(asking)) {
    t.match(outcome, {
      reason: { code: 'NEWS_QUOTA_SPENT', retryAt: Number, alternatives: 'Nothing is cached.' }
    })
  }
  t.match(toFailure(new TypeError('secret')), { code: 'NEWS_UPSTREAM_FAULT', message: /is failing/ })
})

t.test(
  'failure with a code of another release: NEWS_UPSTREAM_FAULT with its message',
  { skip },
  async (t) => {
    const { redis, upstream, startReplica } = await prepareReplicas(t)
    const [first, second] = await Promise.all([startReplica(), startReplica()])
    const held = holdResponses(upstream)
    const leading = first.find(aapl)
    await held.requested
    const following = t.rejects(second.find(aapl), { code: 'NEWS_UPSTREAM_FAULT', message: 'New text.' })
    const [leaderKey = ''] = (await redis.command('KEYS', '*:lead:*')) as string[]
    const [prefix = '', key = ''] = leaderKey.split(':lead:')
    const failure = { code: 'NEWS_NEW', message: 'New text.', statusCode: 503 }
    const outcome = { replica: 'newer', key, subject: aapl, isLive: true, failure }

    let hasEnded = false
    const finished = following.finally(() => {
      hasEnded = true
    })
    // The follower may not listen yet: publish until it has received the outcome.
    await until(async () => {
      await redis.command('PUBLISH', `${prefix}:landings`, JSON.stringify(outcome))
      return hasEnded
    })
    await finished

    held.release()
    t.match(await leading, { cache: 'miss' })
  }
)
