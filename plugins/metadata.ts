import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ProtectedResource } from '../services/protected-resource.ts'

declare module 'fastify' {
  interface FastifyInstance {
    protectedResource: ProtectedResource
  }
}

/** Puts what this server tells about itself as a protected resource on `fastify.protectedResource`. */
async function metadata(fastify: FastifyInstance) {
  const { protectedResource } = fastify.config
  const { resource } = protectedResource.metadata
  fastify.decorate('protectedResource', protectedResource)

  // SDK clients compare the two, and refuse a resource …/mcp/ when they were told to connect to …/mcp.
  if (resource.endsWith('/')) {
    fastify.log.warn(
      `The resource identifier ends in a slash: give clients exactly ${resource}, or register it with Scalekit, and ` +
        'in METADATA_JSON_RESPONSE, without the last slash.'
    )
  }
}

export default fp(metadata, { name: 'metadata', dependencies: ['config'] })
