import type { FastifyInstance } from 'fastify'

/** Public: says whether the process is up, and whether it can do its work. */
export default async function healthRoutes(fastify: FastifyInstance) {
  fastify.get('/healthz', { logLevel: 'warn' }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { status: 'ok' }
  })

  fastify.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const keys = fastify.signingKeys.ready()
    reply.code(keys ? 200 : 503).header('cache-control', 'no-store')
    return { status: keys ? 'ready' : 'not ready', checks: { scalekit_keys: keys } }
  })
}
