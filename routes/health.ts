import type { FastifyInstance } from 'fastify'

/** Public: says that the process is up. */
export default async function healthRoutes(fastify: FastifyInstance) {
  fastify.get('/healthz', { logLevel: 'warn' }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { status: 'ok' }
  })
}
