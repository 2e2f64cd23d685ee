import { getHeapStatistics } from 'node:v8'
import createError from '@fastify/error'
import underPressure, { type FastifyUnderPressureOptions } from '@fastify/under-pressure'
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { addGauge } from '../observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: answers 503 while the server is overloaded. */
    shedLoad: onRequestAsyncHookHandler
    isOverloaded(): boolean
  }
}

const OverloadedError = createError('OVERLOADED', 'The server is overloaded. Try again in %s seconds.', 503)
const retryAfterSeconds = 5

const heapSampleMs = 100
/**
 * Fraction of V8's heap limit. The limit includes the young generation, which is never fully used: about an eighth, but
 * more with --max-old-space-size.
 */
const heapLimitFraction = 0.75

/** Puts the guard of the event loop and the heap on `fastify.shedLoad`. */
async function loadShedding(fastify: FastifyInstance) {
  const { config, log, metrics } = fastify
  const { OVERLOAD_EVENT_LOOP_DELAY_MS: maxEventLoopDelay, OVERLOAD_HEAP_BYTES } = config
  const maxHeapUsedBytes = OVERLOAD_HEAP_BYTES ?? getHeapStatistics().heap_size_limit * heapLimitFraction
  // Two registrations, because no single sample interval serves both limits. A stall of a whole interval is measured as
  // infinite, so the interval for the event loop must not be shorter than its limit (1 s by default): sampled every 250 ms,
  // stalls of 300 ms count as overload. The heap can fill up within such an interval: sampled every second, a heap that
  // grows by 400 MB/s runs out of memory before the guard sees it.
  const loopSampleMs = Math.max(heapSampleMs, maxEventLoopDelay)
  const heap = await samplePressure(fastify, { maxHeapUsedBytes, sampleInterval: heapSampleMs })
  const loop = await samplePressure(fastify, { maxEventLoopDelay, sampleInterval: loopSampleMs })

  // Startup itself keeps the event loop busy: ignore its first samples.
  let isStarting = true
  let startupTimer: NodeJS.Timeout | undefined
  fastify.addHook('onListen', async () => {
    startupTimer = setTimeout(() => {
      isStarting = false
    }, 2 * loopSampleMs)
  })
  fastify.addHook('onClose', async () => clearTimeout(startupTimer))

  let wasOverloaded = false
  function isOverloaded(): boolean {
    const isNow = heap.isUnderPressure() || (!isStarting && loop.isUnderPressure())
    if (isNow && !wasOverloaded) log.warn(loop.memoryUsage(), 'overload started: rejecting requests')
    if (wasOverloaded && !isNow) log.info(loop.memoryUsage(), 'overload ended')
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
  fastify.decorate('shedLoad', async (_request, reply) => {
    if (!isOverloaded()) return
    reply.header('retry-after', retryAfterSeconds)
    throw new OverloadedError(retryAfterSeconds)
  })
}

/** Samples in a child scope: at the root, the library's hook would guard all routes, including /healthz and /readyz. */
async function samplePressure(fastify: FastifyInstance, options: FastifyUnderPressureOptions) {
  const sampler = { isUnderPressure: () => false, memoryUsage: (): object => ({}) }
  await fastify.register(async (scope) => {
    await scope.register(underPressure, options)
    sampler.isUnderPressure = () => scope.isUnderPressure()
    sampler.memoryUsage = () => scope.memoryUsage()
  })
  return sampler
}

export default fp(loadShedding, { name: 'load-shedding', dependencies: ['config', 'metrics'] })
