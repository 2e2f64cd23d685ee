import { getHeapStatistics } from 'node:v8'
import createError from '@fastify/error'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { addGauge } from '../observability/gauge.ts'
import type { Guard } from './guard.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Rejects requests with 503 while the server is overloaded. */
    shedLoad: Guard
    isOverloaded(): boolean
  }
}

const OverloadedError = createError('OVERLOADED', 'The server is overloaded. Try again in %s seconds.', 503)
const retryAfterSeconds = 5

const minSampleMs = 100
/**
 * Fraction of V8's heap limit. The limit includes the young generation, which is never fully used: about an eighth, but
 * more with --max-old-space-size.
 */
const heapLimitFraction = 0.75

/** Puts the guard of the event loop and the heap on `fastify.shedLoad`. */
async function loadShedding(fastify: FastifyInstance) {
  const { config, log, metrics } = fastify
  const eventLoop = await sampleEventLoop(fastify)
  const maxHeapUsed = config.OVERLOAD_HEAP_BYTES ?? getHeapStatistics().heap_size_limit * heapLimitFraction

  let wasOverloaded = false
  function isOverloaded(): boolean {
    // Read each time, which takes 0.3 µs: between two samples, a heap that grows by 400 MB/s can run out of memory.
    const heapUsed = getHeapStatistics().used_heap_size
    const isNow = (maxHeapUsed > 0 && heapUsed > maxHeapUsed) || eventLoop.isSlow()
    if (isNow && !wasOverloaded)
      log.warn({ ...eventLoop.statistics(), heapUsed }, 'overload started: rejecting requests')
    if (wasOverloaded && !isNow) log.info({ ...eventLoop.statistics(), heapUsed }, 'overload ended')
    wasOverloaded = isNow
    return isNow
  }

  addGauge(
    metrics,
    'finance_news_overloaded',
    'Whether the server rejects requests because it is overloaded: 1 or 0.',
    isOverloaded
  )
  fastify.decorate('isOverloaded', isOverloaded)
  fastify.decorate('shedLoad', (_request, reply) => {
    if (!isOverloaded()) return
    reply.header('retry-after', retryAfterSeconds)
    throw new OverloadedError(retryAfterSeconds)
  })
}

/**
 * Measures the delay of the event loop. Startup keeps it busy until the modules that load after listening have loaded, so
 * the first two samples after that are ignored.
 */
async function sampleEventLoop(fastify: FastifyInstance) {
  const maxEventLoopDelay = fastify.config.OVERLOAD_EVENT_LOOP_DELAY_MS
  // The library measures a stall of a whole sample interval as infinite, so the interval must not be shorter than the limit.
  const sampleInterval = Math.max(minSampleMs, maxEventLoopDelay)
  let ignoredUntil = Number.POSITIVE_INFINITY
  fastify.addHook('onListen', async () => {
    setImmediate(() => {
      ignoredUntil = performance.now() + 2 * sampleInterval
    })
  })

  const eventLoop = { isSlow: () => false, statistics: (): object => ({}) }
  // In a child scope: at the root, the library's hook would guard all routes, including /healthz and /readyz.
  await fastify.register(async (scope) => {
    await scope.register(underPressure, { maxEventLoopDelay, sampleInterval })
    eventLoop.isSlow = () => performance.now() > ignoredUntil && scope.isUnderPressure()
    eventLoop.statistics = () => scope.memoryUsage()
  })
  return eventLoop
}

export default fp(loadShedding, { name: 'load-shedding', dependencies: ['config', 'metrics'] })
