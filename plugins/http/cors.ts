import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

const commonOptions = {
  methods: ['GET', 'HEAD', 'POST', 'DELETE'],
  exposedHeaders: [
    'WWW-Authenticate',
    'Mcp-Session-Id',
    'MCP-Protocol-Version',
    'Retry-After',
    'X-Request-Id',
    'RateLimit-Limit',
    'RateLimit-Remaining',
    'RateLimit-Reset'
  ],
  // Scripts send the token in a header; the server uses no cookies.
  credentials: false,
  // An OPTIONS request that is no preflight gets 204, too (RFC 9110, section 9.3.7).
  strictPreflight: false,
  maxAge: 7200
} satisfies FastifyCorsOptions

/** Lets web pages of any origin read the well-known documents, and pages of allowed origins call MCP. */
async function cors(fastify: FastifyInstance) {
  const { ALLOWED_ORIGINS, isOriginAllowed } = fastify.config
  const anyOrigin: FastifyCorsOptions = { ...commonOptions, origin: '*' }
  const allowedOrigins: FastifyCorsOptions = {
    ...commonOptions,
    // An empty list allows no origin, and still answers the preflight: browsers report 404 as a missing route.
    origin: (origin, done) => done(null, origin !== undefined && isOriginAllowed(origin) ? true : [])
  }
  // Browsers send an Origin with each request whose response a page may read only with CORS headers.
  const noOrigin: FastifyCorsOptions = { origin: false }
  const mcpOrigins = ALLOWED_ORIGINS === '*' ? anyOrigin : allowedOrigins

  // One registration for both, because the library can be registered only once at the root. Its own catch-all route
  // answers preflights, so only the path distinguishes them.
  await fastify.register(fastifyCors, {
    delegator: (request: FastifyRequest, done) => {
      const needsHeaders = request.headers.origin !== undefined || request.method === 'OPTIONS'
      done(null, isWellKnown(request.url) ? anyOrigin : needsHeaders ? mcpOrigins : noOrigin)
    }
  })
}

/** Whether `url` is a well-known URL: the well-known path precedes the path of the resource, or follows it. */
function isWellKnown(url: string): boolean {
  return /^(\/mcp)?\/\.well-known\//.test(url)
}

export default fp(cors, { name: 'cors', dependencies: ['config'] })
