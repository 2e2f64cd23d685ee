import type { FastifyInstance } from 'fastify'
import { renderDocs } from '../services/docs-page.ts'

/** Public: the documentation for people that the metadata names. */
export default async function docsRoutes(fastify: FastifyInstance) {
  const page = renderDocs(fastify.mcp.catalogue, fastify.config.protectedResource)

  fastify.get('/mcp/docs', async (_request, reply) => {
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'public, max-age=300')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
      )
      .header('x-content-type-options', 'nosniff')
    return page
  })
}
