import t from 'tap'
import { skip, startRedis } from '../../support/redis.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

t.test(
  'deny list in Redis: applies on all replicas without a restart, and while Redis is unavailable',
  { skip, timeout: 30_000 },
  async (t) => {
    const redis = await startRedis(t)
    const settings = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '10000' }
    const servers = await Promise.all([startServer(t, settings), startServer(t, settings)])
    const send = async (server: (typeof servers)[0]) => (await server.post(ping)).status

    for (const server of servers) t.equal(await send(server), 200)
    await redis.command('SADD', 'finance-news:deny', 'usr_1')
    for (const server of servers) await until(async () => (await send(server)) !== 200)
    await redis.stop()
    for (const server of servers) t.equal(await send(server), 401)
    await redis.start()
    await redis.command('DEL', 'finance-news:deny')
    for (const server of servers) await until(async () => (await send(server)) !== 401)
  }
)
