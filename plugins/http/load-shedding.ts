import { getHeapStatistics } from 'node:v8'
import createError from '@fastify/error'
import underPressure, { type FastifyUnderPressureOptions } from '@fastify/under-pressure'
import type { FastifyInstance, onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { addGauge } from '../observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: answers 503 while there is too much to do. */
    shedLoad: onRequestAsyncHookHandler
    isOverloaded(): boolean
  }
}

const OverloadedError = createError(
  'OVERLOADED',
  'The server has too much to do: try again in %s seconds.',
  503
)

const retryAfterSeconds = 5
/** Memory can be gone within a second. */
const heapSampleMs = 100
/** Of V8's limit, which has the young generation in it, where nothing stays: an eighth or so, unless one is set by hand. */
const heapLimitFraction = 0.75

/** Puts the guard of this process's memory and time on `fastify.refuseOverload`. */
async function loadShedding(fastify: FastifyInstance) {
  const { config, log, metrics } = fastify
  const { OVERLOAD_EVENT_LOOP_DELAY_MS: maxEventLoopDelay, OVERLOAD_HEAP_BYTES } = config
  const maxHeapUsedBytes = OVERLOAD_HEAP_BYTES ?? getHeapStatistics().heap_size_limit * heapLimitFraction
  // A stall of a whole interval counts as endless.
  const loopSampleMs = Math.max(heapSampleMs, maxEventLoopDelay)
  const heap = await samplePressure(fastify, { maxHeapUsedBytes, sampleInterval: heapSampleMs })
  const loop = await samplePressure(fastify, { maxEventLoopDelay, sampleInterval: loopSampleMs })

  // Starting keeps the process busy, which is no overload: the first measurements are not looked at.
  let hasStarted = false
  let starting: NodeJS.Timeout | undefined
  fastify.addHook('onListen', async () => {
    starting = setTimeout(() => {
      hasStarted = true
    }, 2 * loopSampleMs)
  })
  fastify.addHook('onClose', async () => clearTimeout(starting))

  let wasOverloaded = false
  function isOverloaded(): boolean {
    const isNow = heap.isUnderPressure() || (hasStarted && loop.isUnderPressure())
    if (isNow && !wasOverloaded) log.warn(loop.memoryUsage(), 'overloaded: requests are refused')
    if (wasOverloaded && !isNow) log.info(loop.memoryUsage(), 'not overloaded any more')
    wasOverloaded = isNow
    return isNow
  }

  addGauge(
    metrics,
    'finance_news_overloaded',
    'Whether requests are refused because there is too much to do: 1 or 0.',
    isOverloaded
  )
  fastify.decorate('isOverloaded', isOverloaded)
  fastify.decorate('shedLoad', async (_request, reply) => {
    if (!isOverloaded()) return
    reply.header('retry-after', retryAfterSeconds)
    throw new OverloadedError(retryAfterSeconds)
  })
}

/** Measures in a scope of its own: the plugin's hook would guard all routes, those among them that tell of the overload. */
async function samplePressure(fastify: FastifyInstance, options: FastifyUnderPressureOptions) {
  const measured = { isUnderPressure: () => false, memoryUsage: (): object => ({}) }
  await fastify.register(async (scope) => {
    await scope.register(underPressure, options)
    measured.isUnderPressure = () => scope.isUnderPressure()
    measured.memoryUsage = () => scope.memoryUsage()
  })
  return measured
}

export default fp(loadShedding, { name: 'overload', dependencies: ['config', 'metrics'] })
