import type { FastifyInstance } from 'fastify'
import { toIsoSeconds } from '../services/lib/time.ts'

/** Public: liveness (`/healthz`) and readiness (`/readyz`). */
export default async function healthRoutes(fastify: FastifyInstance) {
  const config = { otel: false } // not traced, because balancers request them every few seconds

  fastify.get('/healthz', { logLevel: 'warn', config }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { status: 'ok' }
  })

  fastify.get('/readyz', { logLevel: 'warn', config }, async (_request, reply) => {
    const keys = fastify.tokenVerifier.keyState()
    const { storeIsAway, circuitOpenUntil } = fastify.newsSentiment.health()
    const isOverloaded = fastify.isOverloaded()
    const isShuttingDown = fastify.isShuttingDown()
    const isReady = keys !== 'missing' && !isOverloaded && !isShuttingDown
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store')
    return {
      status: isReady ? 'ready' : 'not ready',
      checks: {
        process: isShuttingDown ? 'ending' : isOverloaded ? 'overloaded' : 'up',
        scalekit_keys: keys,
        // Neither affects readiness: the server still answers from its cache, and other replicas have the same problem.
        store: storeIsAway ? 'away' : 'up',
        upstream_circuit: circuitOpenUntil === undefined ? 'closed' : 'open',
        ...(circuitOpenUntil !== undefined && { upstream_retry_at: toIsoSeconds(circuitOpenUntil) })
      }
    }
  })
}
