import type { FastifyInstance } from 'fastify'
import { toIsoSeconds } from '../services/lib/time.ts'

/** Public: says whether the process is up, and whether it can do its work. */
export default async function healthRoutes(fastify: FastifyInstance) {
  const config = { otel: false } // asked every few seconds, which is no matter of interest

  fastify.get('/healthz', { logLevel: 'warn', config }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { status: 'ok' }
  })

  fastify.get('/readyz', { logLevel: 'warn', config }, async (_request, reply) => {
    const keys = fastify.tokenVerifier.keyState()
    const { storeIsAway, circuitOpenUntil } = fastify.newsSentiment.health()
    const isOverloaded = fastify.isOverloaded()
    const isEnding = fastify.isShuttingDown()
    const isReady = keys !== 'missing' && !isOverloaded && !isEnding
    reply.code(isReady ? 200 : 503).header('cache-control', 'no-store')
    return {
      status: isReady ? 'ready' : 'not ready',
      checks: {
        process: isEnding ? 'ending' : isOverloaded ? 'overloaded' : 'up',
        scalekit_keys: keys,
        // Without either, what is kept is answered; another replica would be no better off.
        store: storeIsAway ? 'away' : 'up',
        upstream_circuit: circuitOpenUntil === undefined ? 'closed' : 'open',
        ...(circuitOpenUntil !== undefined && { upstream_retry_at: toIsoSeconds(circuitOpenUntil) })
      }
    }
  })
}
