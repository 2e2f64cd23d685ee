import type { FastifyInstance } from 'fastify'

/** Public: where clients learn which authorization server guards this resource (RFC 9728, section 3). */
export default async function wellKnownRoutes(fastify: FastifyInstance) {
  const { metadata } = fastify

  // The path-inserted form comes first for clients; some look at the root alone.
  for (const url of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
    fastify.get(url, async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return metadata
    })
  }
}
