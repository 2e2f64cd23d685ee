import { Counter } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { RedisConnection } from '../services/storage/redis-connection.ts'
import { addGauge } from './observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The Redis that replicas share; `undefined` without `REDIS_URL`. */
    redisConnection: RedisConnection | undefined
  }
}

/** Decorates the app with `redisConnection`. */
async function redis(fastify: FastifyInstance) {
  const { config, log, metrics } = fastify
  if (config.REDIS_URL === undefined) {
    fastify.decorate('redisConnection', undefined)
    return
  }

  // Loaded only when used: the client would slow down the start of a server without Redis.
  const { RedisConnection } = await import('../services/storage/redis-connection.ts')
  const registers = [metrics]
  const outages = new Counter({
    name: 'finance_news_redis_outages_total',
    help: 'How often Redis became unavailable.',
    registers
  })
  const connection = new RedisConnection({
    url: config.REDIS_URL,
    timeoutMs: config.REDIS_TIMEOUT_MS,
    // All commands of a pipeline would appear in the trace of the request that sent the first one.
    pipelines: !fastify.isTraced,
    onUnavailable: () => outages.inc(),
    log
  })
  addGauge(
    metrics,
    'finance_news_redis_up',
    'Whether Redis is available: 1 or 0.',
    () => !connection.isUnavailable()
  )
  fastify.decorate('redisConnection', connection)
  await connection.start()
  fastify.addHook('onClose', () => connection.close())
}

export default fp(redis, { name: 'redis', dependencies: ['config', 'metrics', 'tracing'] })
