import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { selfCheck } from '../services/auth/self-check.ts'

/** Warns of a configuration that does not fit the authorization server. Start-up neither waits for it nor fails. */
async function selfCheckPlugin(fastify: FastifyInstance) {
  const { config, log } = fastify
  const closing = new AbortController()

  async function check() {
    const findings = await selfCheck(config, closing.signal)
    if (closing.signal.aborted) return
    for (const finding of findings) log.warn(finding)
    log.info({ findings: findings.length }, 'the self-check is done')
  }

  fastify.addHook('onListen', async () => {
    check().catch((err) => log.error({ err }, 'the self-check failed'))
  })
  fastify.addHook('onClose', async () => closing.abort())
}

export default fp(selfCheckPlugin, { name: 'self-check', dependencies: ['config'] })
