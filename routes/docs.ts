import fastifyHelmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { acceptsHtml } from '../services/config/public-path.ts'
import { docsSources } from '../services/docs/assets.ts'

/** Public: the documentation page (RFC 9728, `resource_documentation`), and the way to it. */
export default async function docsRoutes(fastify: FastifyInstance) {
  let page: Promise<string> | undefined

  /** Loads and renders the page at its first request: most servers never show it. */
  async function loadPage() {
    const { renderDocs } = await import('../services/docs/page.ts')
    return renderDocs(fastify.mcp.catalog, fastify.config)
  }

  await fastify.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: [docsSources.style],
        scriptSrc: [docsSources.script],
        imgSrc: ['data:'],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"]
      }
    },
    frameguard: { action: 'deny' },
    // The proxy in front terminates TLS, so only it can promise HTTPS for the whole host.
    strictTransportSecurity: false
  })

  fastify.get('/mcp/docs', async (_request, reply) => {
    page ??= loadPage()
    const html = await page
    reply.type('text/html; charset=utf-8').header('cache-control', 'public, max-age=300')
    return html
  })

  const location = `${fastify.config.publicPath}/docs`
  fastify.get('/', async (request, reply) => {
    reply.header('vary', 'Origin, Accept')
    return acceptsHtml(request) ? reply.redirect(location) : reply.callNotFound()
  })
}
