import type { FastifyInstance } from 'fastify'

/** Public: the metadata that names the authorization server of this resource (RFC 9728, section 3). */
export default async function wellKnownRoutes(fastify: FastifyInstance) {
  const { metadata } = fastify

  // Clients try the path-inserted URL first; some try only the root.
  for (const url of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
    fastify.get(url, async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return metadata
    })
  }
}
