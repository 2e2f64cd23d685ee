import { hash } from 'node:crypto'
import t from 'tap'
import { free, startNews } from '../../support/news.ts'
import { skip, startRedis } from '../../support/redis.ts'
import { startUpstream } from '../../support/upstream.ts'

/** The key of the ledger: a hash of the Alpha Vantage key 'KEY' names the account. */
const ledgerKey = `finance-news:ledger:${hash('sha256', 'KEY', 'base64url').slice(0, 16)}`

t.test(
  'Redis holds a ledger that cannot be parsed: it is not overwritten, and no call is made',
  { skip },
  async (t) => {
    const [redis, upstream] = await Promise.all([startRedis(t), startUpstream(t)])
    const { find, service, logged } = await startNews(t, { redisUrl: redis.url, upstream, plan: free })
    await redis.command('SET', ledgerKey, '{"format":2}')

    await t.rejects(find({ ticker: 'AAPL' }), { code: 'NEWS_BUDGET_AWAY' })

    t.equal(upstream.queries.length, 0)
    t.match(await service.state('usr_1'), { isPersisted: false })
    t.match(logged, [{ level: 'warn', message: 'call ledger unavailable; making no calls' }])
    t.equal(await redis.command('GET', ledgerKey), '{"format":2}')
  }
)

t.test('Redis holds a ledger of the previous release: its count continues', { skip }, async (t) => {
  const [redis, upstream] = await Promise.all([startRedis(t), startUpstream(t)])
  const day = Math.floor(Date.now() / 86_400_000) * 86_400_000
  const previous = {
    version: 30,
    day,
    made: [
      ['replica-a', 20],
      ['replica-b', 4]
    ],
    subjects: [['usr_1', 23]],
    turns: [],
    askers: [],
    refused: null,
    leases: [['replica-b', { calls: 1, until: Date.now() + 1_800_000 }]],
    lapsed: 0
  }
  await redis.command('SET', ledgerKey, JSON.stringify(previous))
  const { find, service } = await startNews(t, { redisUrl: redis.url, upstream, plan: { ...free, share: 1 } })

  await find({ ticker: 'AAPL' })

  await t.rejects(find({ ticker: 'MSFT' }), { code: 'NEWS_QUOTA_SPENT' })
  t.match(await service.state('usr_1'), { spent: 25, left: 0, callerSpent: 24 })
  const stored = JSON.parse(String(await redis.command('GET', ledgerKey)))
  t.match(stored, { made: [...previous.made, ['all', 1]], leases: previous.leases, lapsed: 0 })
})
