import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ProtectedResourceMetadata } from '../services/config/protected-resource.ts'

declare module 'fastify' {
  interface FastifyInstance {
    metadata: ProtectedResourceMetadata
  }
}

/** Puts what this server tells about itself as a protected resource (RFC 9728) on `fastify.metadata`. */
async function metadata(fastify: FastifyInstance) {
  const { metadata } = fastify.config.protectedResource
  const { resource } = metadata
  fastify.decorate('metadata', metadata)

  fastify.log.info(metadata, 'protecting this resource')
  // SDK clients compare the two, and refuse a resource …/mcp/ when they were told to connect to …/mcp.
  if (resource.endsWith('/')) {
    fastify.log.warn(
      `The resource identifier ends in a slash: give clients exactly ${resource}, or register it with Scalekit, and ` +
        'in METADATA_JSON_RESPONSE, without the last slash.'
    )
  }
}

export default fp(metadata, { name: 'metadata', dependencies: ['config'] })
