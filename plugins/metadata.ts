import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ProtectedResourceMetadata } from '../services/config/protected-resource.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metadata: ProtectedResourceMetadata
  }
}

/** Decorates the app with `metadata`, its protected resource metadata (RFC 9728, section 2). */
async function metadata(fastify: FastifyInstance) {
  const { metadata } = fastify.config.protectedResource
  const { resource } = metadata
  fastify.decorate('metadata', metadata)

  fastify.log.info(metadata, 'protected resource configured')
  // Clients compare `resource` with the URL that they connect to (RFC 9728, section 3.3).
  if (resource.endsWith('/')) {
    fastify.log.warn(
      { resource },
      'resource identifier ends in a slash: clients that connect without it reject this server; check METADATA_JSON_RESPONSE'
    )
  }
}

export default fp(metadata, { name: 'metadata', dependencies: ['config'] })
