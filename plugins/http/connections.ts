import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Counter } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { addGauge } from '../observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** While an answer is worked on, `CONNECTION_IDLE_MS` does not count; what is returned ends that. */
    suspendIdleTimeout(socket: Socket): () => void
  }
}

/** By then whoever still waits has been told that the server ends. */
const forceCloseDelayMs = 500

/** Bounds connections in number and time. */
async function connections(fastify: FastifyInstance) {
  const { config, log, server } = fastify
  const registers = [fastify.metrics]
  const open = new Set<Socket>()
  // On which no request has come yet, such as a browser's in advance; closing the server would wait for them.
  const socketsWithoutRequest = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socketsWithoutRequest.add(socket)
    socket.once('close', () => {
      open.delete(socket)
      socketsWithoutRequest.delete(socket)
    })
  })
  server.on('request', ({ socket }) => socketsWithoutRequest.delete(socket))

  const dropped = new Counter({
    name: 'finance_news_connections_dropped_total',
    help: 'Connections that were not taken, because MAX_CONNECTIONS were open.',
    registers
  })
  addGauge(
    fastify.metrics,
    'finance_news_connections_open',
    'Connections of clients that are open.',
    () => open.size
  )
  server.maxConnections = config.MAX_CONNECTIONS
  server.on('drop', () => {
    dropped.inc()
    log.debug({ open: open.size }, 'a connection was dropped')
  })

  fastify.addHook('onReady', async () => {
    server.requestTimeout = config.REQUEST_TIMEOUT_MS
    server.headersTimeout = Math.min(server.headersTimeout, config.REQUEST_TIMEOUT_MS)
    // On which nothing moves: who says nothing, or nothing more, or does not take the answer.
    server.timeout = config.CONNECTION_IDLE_MS
    server.keepAliveTimeout = config.CONNECTION_IDLE_MS
  })

  // A connection may have several requests under way.
  const atWork = new WeakMap<Socket, number>()
  fastify.decorate('suspendIdleTimeout', (socket) => {
    atWork.set(socket, (atWork.get(socket) ?? 0) + 1)
    socket.setTimeout(0)
    return () => {
      const left = (atWork.get(socket) ?? 1) - 1
      atWork.set(socket, left)
      if (left === 0) socket.setTimeout(config.CONNECTION_IDLE_MS)
    }
  })

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
    // Connections that were cut say so at the end of a turn of the event loop, and the log shall have that.
    await setImmediate()
    await setImmediate()
  })
}

export default fp(connections, { name: 'connections', dependencies: ['config', 'metrics'] })
