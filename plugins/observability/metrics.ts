import { once } from 'node:events'
import { createServer } from 'node:http'
import { collectDefaultMetrics, Registry } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** What this process counts and measures, for Prometheus. */
    metrics: Registry
  }
}

/** Puts the metrics on `fastify.metrics`, and answers `/metrics` on `METRICS_PORT`, if there is one. */
async function metrics(fastify: FastifyInstance) {
  const { listen, PORT, METRICS_PORT: port } = fastify.config
  const registry = new Registry()
  fastify.decorate('metrics', registry)
  if (port === undefined) return

  // Only where somebody reads them: the observers behind them stay for as long as the process.
  collectDefaultMetrics({ register: registry })
  if (port === PORT) {
    fastify.get('/metrics', { logLevel: 'warn' }, async (_request, reply) => {
      reply.type(registry.contentType)
      return registry.metrics()
    })
    return
  }

  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    try {
      response.setHeader('content-type', registry.contentType).end(await registry.metrics())
    } catch (err) {
      fastify.log.error({ err }, 'the metrics cannot be told')
      response.writeHead(500).end()
    }
  })
  fastify.addHook('onReady', async () => {
    server.listen(port, listen.host)
    await once(server, 'listening')
    fastify.log.info({ port }, 'metrics are at /metrics')
  })
  fastify.addHook('onClose', async () => {
    server.close()
    server.closeAllConnections()
  })
}

export default fp(metrics, { name: 'metrics', dependencies: ['config'] })
