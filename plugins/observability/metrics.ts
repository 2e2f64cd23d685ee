import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { collectDefaultMetrics, Registry } from '@prometheus-io/client'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** The metrics of this process; each plugin adds its own. */
    metrics: Registry
  }
}

/**
 * Puts the metrics on `fastify.metrics`, and serves them at `/metrics` on `METRICS_PORT`, if it is set. They have a port
 * of their own because they are not protected: operators open it only to Prometheus.
 */
async function metrics(fastify: FastifyInstance) {
  const { listen, METRICS_PORT: port } = fastify.config
  const registry = new Registry()
  fastify.decorate('metrics', registry)
  if (port === undefined) return

  // Only if they can be read, because their observers run for as long as the process does.
  collectDefaultMetrics({ register: registry })
  const server = createMetricsServer(registry, fastify.log)
  fastify.addHook('onReady', async () => {
    server.listen(port, listen.host)
    await once(server, 'listening')
    fastify.log.info({ port }, 'metrics served at /metrics')
  })
  fastify.addHook('onClose', async () => {
    server.close()
    server.closeAllConnections()
  })
}

function createMetricsServer(registry: Registry, log: FastifyBaseLogger): Server {
  return createServer(async (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    try {
      response.setHeader('content-type', registry.contentType).end(await registry.metrics())
    } catch (err) {
      log.error({ err }, 'collecting metrics failed')
      response.writeHead(500).end()
    }
  })
}

export default fp(metrics, { name: 'metrics', dependencies: ['config'] })
