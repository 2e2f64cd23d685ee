import { setTimeout as sleep } from 'node:timers/promises'
import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Ends the server: it is not ready any more, then takes no new work, and closes once what is open has finished. */
    end(): Promise<void>
    isEnding(): boolean
  }
}

const EndingError = createError('ENDING', 'The server is shutting down: send the request again.', 503)

/** Puts the way to end the server on `fastify.end`. */
async function ending(fastify: FastifyInstance) {
  const { config, log } = fastify
  let isEnding = false
  let isClosing = false

  fastify.decorate('isEnding', () => isEnding)
  fastify.decorate('end', async () => {
    isEnding = true
    if (config.SHUTDOWN_DELAY_MS > 0) {
      log.info({ delayMs: config.SHUTDOWN_DELAY_MS }, 'not ready any more; requests are still taken')
      await sleep(config.SHUTDOWN_DELAY_MS)
    }
    log.info('ending: open requests may finish')
    await fastify.close()
  })
  fastify.addHook('preClose', async () => {
    isEnding = true
    isClosing = true
  })
  // What comes on connections that were open before.
  fastify.addHook('onRequest', async (_request, reply) => {
    if (!isClosing) return
    reply.header('retry-after', 1)
    throw new EndingError()
  })
}

export default fp(ending, { name: 'ending', dependencies: ['config'] })
