import type { FastifyInstance } from 'fastify'
import { ServerMetadataUnavailableError } from '../services/auth/server-metadata.ts'

/** Public: the metadata of this resource (RFC 9728, section 3), and a copy of its authorization server's (RFC 8414, section 3). */
export default async function wellKnownRoutes(fastify: FastifyInstance) {
  const { metadata, serverMetadata } = fastify
  const [issuer] = metadata.authorization_servers

  // Clients try the path-inserted URL first; some try only the root.
  for (const url of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']) {
    fastify.get(url, async (_request, reply) => {
      reply.header('cache-control', 'public, max-age=300')
      return metadata
    })
  }

  // Clients of MCP 2025-03-26 look for the authorization server at this server's origin. A copy, because clients do not
  // follow redirects to another origin. They ask for openid-configuration only if there is no such document.
  for (const url of [
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/oauth-authorization-server',
    '/mcp/.well-known/oauth-authorization-server'
  ]) {
    fastify.get(url, async (_request, reply) => {
      const document = await serverMetadata.read()
      if (!document) {
        const { retryAfterSeconds } = serverMetadata
        reply.header('retry-after', retryAfterSeconds)
        throw new ServerMetadataUnavailableError(issuer, retryAfterSeconds)
      }
      reply.header('cache-control', 'public, max-age=300')
      return document
    })
  }
}
