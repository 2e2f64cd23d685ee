import t from 'tap'
import { skip, startRedis } from '../../support/redis.ts'
import { startServer } from '../../support/server.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

type Server = Awaited<ReturnType<typeof startServer>>

t.test(
  'rate limits: counted for all replicas together, and by each alone while Redis is unavailable',
  { skip, timeout: 30_000 },
  async (t) => {
    const redis = await startRedis(t)
    const settings = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '10000', RATE_LIMIT_PER_MINUTE: '4' }
    const [one, other] = await Promise.all([startServer(t, settings), startServer(t, settings)])
    const send = async (server: Server) => {
      const { status, headers } = await server.post(ping)
      return `${status}, ${headers.get('ratelimit-remaining')} left`
    }

    t.same(
      [await send(one), await send(other), await send(one), await send(other)],
      ['200, 3 left', '200, 2 left', '200, 1 left', '200, 0 left']
    )
    t.same([await send(one), await send(other)], ['429, 0 left', '429, 0 left'])
    await redis.stop()
    t.same([await send(one), await send(other)], ['200, 3 left', '200, 3 left'])
  }
)

t.test('limits of addresses and of invalid tokens in Redis: separate counters', { skip }, async (t) => {
  const redis = await startRedis(t)
  const server = await startServer(t, {
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '10000',
    RATE_LIMIT_ADDRESS_PER_MINUTE: '100',
    RATE_LIMIT_FAILURES_PER_MINUTE: '2'
  })
  const send = async (headers?: { authorization: string }) => (await server.post(ping, headers)).status
  const sendInvalid = (token: string) => send({ authorization: `Bearer ${token}` })

  t.same([await send(), await send(), await send()], [200, 200, 200])
  t.same([await sendInvalid('x'), await sendInvalid('y'), await sendInvalid('z')], [401, 401, 429])
})

t.test(
  'Redis does not reply within REDIS_TIMEOUT_MS: the limit is counted in memory',
  { skip, timeout: 30_000 },
  async (t) => {
    const redis = await startRedis(t)
    const server = await startServer(t, {
      REDIS_URL: redis.url,
      REDIS_TIMEOUT_MS: '1000',
      RATE_LIMIT_PER_MINUTE: '2'
    })
    const send = async () => {
      const { status, headers } = await server.post(ping)
      t.ok(Number(headers.get('ratelimit-reset')) > 50, 'reset is in most of a minute')
      return status
    }

    t.equal(await send(), 200)
    t.match(await redis.command('KEYS', 'finance-news:limit:*'), [/subject:usr_1$/])
    redis.freeze()
    t.same([await send(), await send(), await send()], [200, 200, 429])
    redis.thaw()
  }
)
