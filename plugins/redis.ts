import { Counter } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { RedisConnection } from '../services/storage/redis-connection.ts'
import { addGauge } from './observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The Redis that replicas share; `undefined` if there is none. */
    redisConnection: RedisConnection | undefined
  }
}

/** Puts the connection to Redis on `fastify.redisConnection`, if there is a `REDIS_URL`. */
async function redis(fastify: FastifyInstance) {
  const { config, log, metrics } = fastify
  if (config.REDIS_URL === undefined) {
    fastify.decorate('redisConnection', undefined)
    return
  }

  // Who has no Redis does without its client, and starts the sooner.
  const { RedisConnection } = await import('../services/storage/redis-connection.ts')
  const registers = [metrics]
  const outages = new Counter({
    name: 'finance_news_redis_outages_total',
    help: 'How often Redis has gone out of reach.',
    registers
  })
  const connection = new RedisConnection({
    url: config.REDIS_URL,
    timeoutMs: config.REDIS_TIMEOUT_MS,
    // Commands that go together would all be in the trace of the first one.
    pipelines: !fastify.isTraced,
    onUnavailable: () => outages.inc(),
    log
  })
  addGauge(
    metrics,
    'finance_news_redis_up',
    'Whether Redis is in reach: 1 or 0.',
    () => !connection.isUnavailable()
  )
  fastify.decorate('redisConnection', connection)
  await connection.start()
  fastify.addHook('onClose', () => connection.close())
}

export default fp(redis, { name: 'redis', dependencies: ['config', 'metrics', 'tracing'] })
