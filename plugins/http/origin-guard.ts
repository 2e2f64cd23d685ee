import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { isLoopback } from '../../services/lib/loopback.ts'
import type { Guard } from './guard.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Rejects requests with an `Origin` or `Host` that the operator does not allow (DNS rebinding). */
    validateOrigin: Guard
  }
}

const OriginNotAllowedError = createError(
  'ORIGIN_FOREIGN',
  'This server does not accept requests from web pages of this origin. Its operator allows origins with ALLOWED_ORIGINS.',
  403
)
const HostNotAllowedError = createError(
  'HOST_FOREIGN',
  'This server does not accept requests for this host name. Its operator allows names with ALLOWED_HOSTS.',
  403
)

/** Puts the check of `Host` and `Origin` on `fastify.validateOrigin` (MCP 2025-11-25, Transports, Security Warning). */
async function originGuard(fastify: FastifyInstance) {
  const { HOST, ALLOWED_HOSTS, isOriginAllowed, protectedResource } = fastify.config
  const resourceHost = new URL(protectedResource.metadata.resource).hostname
  const allowedHosts = ALLOWED_HOSTS?.toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)

  const isHostAllowed = (name: string) =>
    name === resourceHost ||
    allowedHosts?.includes(name) ||
    (isLoopback(HOST) ? isLoopback(name) : allowedHosts === undefined)

  fastify.decorate('validateOrigin', ({ headers: { host = '', origin } }) => {
    if (!isHostAllowed(parseHostname(host))) throw new HostNotAllowedError()
    if (origin !== undefined && !isOriginAllowed(origin)) throw new OriginNotAllowedError()
  })
}

/** Returns the name in a Host header (RFC 9110, section 7.2), without its port. */
function parseHostname(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase()
}

export default fp(originGuard, { name: 'origin-guard', dependencies: ['config'] })
