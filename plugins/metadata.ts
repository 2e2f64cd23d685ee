import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { cacheServerMetadata, type ServerMetadata } from '../services/auth/server-metadata.ts'
import type { ProtectedResourceMetadata } from '../services/config/protected-resource.ts'
import type { RemoteDocument } from '../services/lib/remote-document.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metadata: ProtectedResourceMetadata
    /** The metadata of the first authorization server, for clients that look for it here (MCP 2025-03-26). */
    serverMetadata: RemoteDocument<ServerMetadata>
  }
}

/** Decorates the app with its protected resource metadata (RFC 9728, section 2), and with that of its authorization server. */
async function metadata(fastify: FastifyInstance) {
  const { config, log } = fastify
  const { metadata } = config.protectedResource
  const { resource, authorization_servers: servers } = metadata
  fastify.decorate('metadata', metadata)
  fastify.decorate(
    'serverMetadata',
    cacheServerMetadata({
      issuer: servers[0],
      timeoutMs: config.SCALEKIT_TIMEOUT_MS,
      cooldownMs: config.SCALEKIT_KEYS_COOLDOWN_MS,
      maxAgeMs: config.SCALEKIT_KEYS_MAX_AGE_MS,
      staleMs: config.SCALEKIT_KEYS_STALE_MS,
      log
    })
  )

  log.info(metadata, 'protected resource configured')
  // Clients compare `resource` with the URL that they connect to (RFC 9728, section 3.3).
  if (resource.endsWith('/')) {
    log.warn(
      { resource },
      'resource identifier ends in a slash: clients that connect without it reject this server; check METADATA_JSON_RESPONSE'
    )
  }
}

export default fp(metadata, { name: 'metadata', dependencies: ['config'] })
