import { setTimeout as sleep } from 'node:timers/promises'
import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Shuts the server down: turns readiness off, accepts requests for `SHUTDOWN_DELAY_MS`, then rejects new requests and
     * closes once open ones have finished.
     */
    shutdown(): Promise<void>
    isShuttingDown(): boolean
  }
}

const ShuttingDownError = createError('ENDING', 'The server is shutting down. Send the request again.', 503)

/** Puts the shutdown on `fastify.shutdown` and `fastify.isShuttingDown`. */
async function gracefulShutdown(fastify: FastifyInstance) {
  const { config, log } = fastify
  let isShuttingDown = false
  let isClosing = false

  fastify.decorate('isShuttingDown', () => isShuttingDown)
  fastify.decorate('shutdown', async () => {
    isShuttingDown = true
    if (config.SHUTDOWN_DELAY_MS > 0) {
      log.info({ delayMs: config.SHUTDOWN_DELAY_MS }, 'draining: readiness off, still accepting requests')
      await sleep(config.SHUTDOWN_DELAY_MS)
    }
    log.info('shutting down: waiting for open requests')
    await fastify.close()
  })
  fastify.addHook('preClose', async () => {
    isShuttingDown = true
    isClosing = true
  })
  // The server accepts no new connections by now, but requests may still arrive on open ones.
  fastify.addHook('onRequest', (_request, reply, done) => {
    if (!isClosing) return done()
    reply.header('retry-after', 1)
    throw new ShuttingDownError()
  })
}

export default fp(gracefulShutdown, { name: 'graceful-shutdown', dependencies: ['config'] })
