import createError from '@fastify/error'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isLoopback } from '../../services/lib/loopback.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: refuses web pages and names that are not this server's (DNS rebinding). */
    validateOrigin(request: FastifyRequest): Promise<void>
  }
}

const OriginNotAllowedError = createError(
  'ORIGIN_FOREIGN',
  'Pages of this origin may not use this server: its operator allows origins with ALLOWED_ORIGINS.',
  403
)
const HostNotAllowedError = createError(
  'HOST_FOREIGN',
  'This server does not go by that name: its operator allows names with ALLOWED_HOSTS.',
  403
)

/** Puts the check of `Host` and `Origin` on `fastify.checkOrigin` (MCP 2025-11-25, Transports, Security Warning). */
async function originGuard(fastify: FastifyInstance) {
  const { HOST, ALLOWED_HOSTS, isOriginAllowed, protectedResource } = fastify.config
  const own = new URL(protectedResource.metadata.resource).hostname
  const names = ALLOWED_HOSTS?.toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)

  const allowsHost = (name: string) =>
    name === own || names?.includes(name) || (isLoopback(HOST) ? isLoopback(name) : names === undefined)

  fastify.decorate('validateOrigin', async ({ headers: { host = '', origin } }: FastifyRequest) => {
    if (!allowsHost(hostname(host))) throw new HostNotAllowedError()
    if (origin !== undefined && !isOriginAllowed(origin)) throw new OriginNotAllowedError()
  })
}

/** The name in a Host header (RFC 9110, section 7.2), without its port. */
function hostname(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase()
}

export default fp(originGuard, { name: 'origin', dependencies: ['config'] })
