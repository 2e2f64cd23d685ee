import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Counter } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { addGauge } from '../observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Suspends the idle timeout of `socket` (`CONNECTION_IDLE_MS`) while the server computes a response. Returns a
     * function that resumes it.
     */
    suspendIdleTimeout(socket: Socket): () => void
  }
}

/** Time after SHUTDOWN_GRACE_MS in which open requests get their 503 before their connections are closed. */
const forceCloseDelayMs = 500

/** Limits the number of connections and how long they stay idle, and closes them at shutdown. */
async function connections(fastify: FastifyInstance) {
  const { config, server } = fastify
  countConnections(fastify)

  server.maxConnections = config.MAX_CONNECTIONS
  fastify.addHook('onReady', async () => {
    server.requestTimeout = config.REQUEST_TIMEOUT_MS
    server.headersTimeout = Math.min(server.headersTimeout, config.REQUEST_TIMEOUT_MS)
    // Closes a connection without traffic: the client sends nothing, stops sending, or does not read its response.
    server.timeout = config.CONNECTION_IDLE_MS
    server.keepAliveTimeout = config.CONNECTION_IDLE_MS
  })
  fastify.decorate('suspendIdleTimeout', createIdleTimeouts(config.CONNECTION_IDLE_MS))
  closeAtShutdown(fastify)
}

function countConnections({ log, metrics, server }: FastifyInstance) {
  let open = 0
  server.on('connection', (socket) => {
    open += 1
    socket.once('close', () => {
      open -= 1
    })
  })
  addGauge(metrics, 'finance_news_connections_open', 'Open client connections.', () => open)
  const dropped = new Counter({
    name: 'finance_news_connections_dropped_total',
    help: 'Connections dropped because MAX_CONNECTIONS were open.',
    registers: [metrics]
  })
  server.on('drop', () => {
    dropped.inc()
    log.debug({ open }, 'connection dropped')
  })
}

function createIdleTimeouts(idleMs: number): FastifyInstance['suspendIdleTimeout'] {
  // Clients may send several requests at once on a connection (pipelining).
  const activeRequests = new WeakMap<Socket, number>()
  return (socket) => {
    activeRequests.set(socket, (activeRequests.get(socket) ?? 0) + 1)
    socket.setTimeout(0)
    return () => {
      const remaining = (activeRequests.get(socket) ?? 1) - 1
      activeRequests.set(socket, remaining)
      if (remaining === 0) socket.setTimeout(idleMs)
    }
  }
}

function closeAtShutdown(fastify: FastifyInstance) {
  const { config, server } = fastify
  // Browsers open connections in advance. Node does not count them as idle, so closing the server would wait for them.
  const socketsWithoutRequest = new Set<Socket>()
  server.on('connection', (socket) => {
    socketsWithoutRequest.add(socket)
    socket.once('close', () => socketsWithoutRequest.delete(socket))
  })
  server.on('request', ({ socket }) => socketsWithoutRequest.delete(socket))

  let forceCloseTimer: NodeJS.Timeout | undefined
  fastify.addHook('preClose', async () => {
    for (const socket of socketsWithoutRequest) socket.destroy()
    forceCloseTimer = setTimeout(
      () => server.closeAllConnections(),
      config.SHUTDOWN_GRACE_MS + forceCloseDelayMs
    )
  })
  fastify.addHook('onClose', async () => {
    clearTimeout(forceCloseTimer)
    // Destroyed sockets emit `close` on a later tick; wait so that their requests are logged.
    await setImmediate()
    await setImmediate()
  })
}

export default fp(connections, { name: 'connections', dependencies: ['config', 'metrics'] })
