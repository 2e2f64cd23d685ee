import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { findMismatches } from '../services/auth/self-check.ts'

/** Logs a warning for each setting that does not match the authorization server. Startup does not depend on the check. */
async function selfCheck(fastify: FastifyInstance) {
  const { config, log } = fastify
  const closing = new AbortController()

  async function run() {
    const findings = await findMismatches(config, closing.signal)
    if (closing.signal.aborted) return
    for (const finding of findings) log.warn(finding)
    log.info({ findings: findings.length }, 'self-check finished')
  }

  fastify.addHook('onListen', async () => {
    run().catch((err) => log.error({ err }, 'self-check failed'))
  })
  fastify.addHook('onClose', async () => closing.abort())
}

export default fp(selfCheck, { name: 'self-check', dependencies: ['config'] })
