import fastifyCors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

const shared = {
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
  // Tokens travel in a header that scripts set; cookies play no part.
  credentials: false,
  maxAge: 7200
} satisfies FastifyCorsOptions

/** Lets web pages read the public documents from anywhere, and use MCP from the allowed origins. */
async function cors(fastify: FastifyInstance) {
  const { ALLOWED_ORIGINS, isOriginAllowed } = fastify.config
  const anyOrigin: FastifyCorsOptions = { ...shared, origin: '*' }
  const allowedOrigins: FastifyCorsOptions = {
    ...shared,
    origin: (origin, done) => done(null, origin !== undefined && isOriginAllowed(origin))
  }
  const mcpOrigins = ALLOWED_ORIGINS === '*' ? anyOrigin : allowedOrigins

  // One registration for both: the plugin cannot be registered twice at the root. A preflight is
  // answered by the plugin's own catch-all route, so the path is all that tells them apart.
  await fastify.register(fastifyCors, {
    delegator: (request: FastifyRequest, done) =>
      done(null, request.url.startsWith('/.well-known/') ? anyOrigin : mcpOrigins)
  })
}

export default fp(cors, { name: 'cors', dependencies: ['config'] })
