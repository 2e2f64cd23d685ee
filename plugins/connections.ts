import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** By then whoever still waits has been told that the server ends. */
const afterGraceMs = 500

/** Ends connections with the server: those on which nothing was asked at once, the others after the grace period. */
async function connections(fastify: FastifyInstance) {
  // On which no request has come yet, such as a browser's in advance; closing the server would wait for them.
  const unused = new Set<Socket>()
  fastify.server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  fastify.server.on('request', ({ socket }) => unused.delete(socket))

  let cut: NodeJS.Timeout | undefined
  fastify.addHook('preClose', async () => {
    for (const socket of unused) socket.destroy()
    cut = setTimeout(
      () => fastify.server.closeAllConnections(),
      fastify.config.SHUTDOWN_GRACE_MS + afterGraceMs
    )
  })
  fastify.addHook('onClose', async () => clearTimeout(cut))
}

export default fp(connections, { name: 'connections', dependencies: ['config'] })
