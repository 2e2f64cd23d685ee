import { setTimeout as sleep } from 'node:timers/promises'
import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Ends the server: it is not ready any more, then takes no new work, and closes once what is open has finished. */
    shutdown(): Promise<void>
    isShuttingDown(): boolean
  }
}

const ShuttingDownError = createError('ENDING', 'The server is shutting down: send the request again.', 503)

/** Puts the way to end the server on `fastify.end`. */
async function gracefulShutdown(fastify: FastifyInstance) {
  const { config, log } = fastify
  let isShuttingDown = false
  let isClosing = false

  fastify.decorate('isShuttingDown', () => isShuttingDown)
  fastify.decorate('shutdown', async () => {
    isShuttingDown = true
    if (config.SHUTDOWN_DELAY_MS > 0) {
      log.info({ delayMs: config.SHUTDOWN_DELAY_MS }, 'not ready any more; requests are still taken')
      await sleep(config.SHUTDOWN_DELAY_MS)
    }
    log.info('ending: open requests may finish')
    await fastify.close()
  })
  fastify.addHook('preClose', async () => {
    isShuttingDown = true
    isClosing = true
  })
  // What comes on connections that were open before.
  fastify.addHook('onRequest', async (_request, reply) => {
    if (!isClosing) return
    reply.header('retry-after', 1)
    throw new ShuttingDownError()
  })
}

export default fp(gracefulShutdown, { name: 'ending', dependencies: ['config'] })
