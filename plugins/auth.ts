import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Caller, createAccessTokens } from '../services/access-tokens.ts'
import { createChallenges } from '../services/challenges.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: lets in only callers with a token that Scalekit issued for this server. */
    authenticate(request: FastifyRequest): Promise<void>
  }
  interface FastifyRequest {
    /** Who calls; set where `fastify.authenticate` guards the route. */
    auth: Caller | null
  }
}

/** Puts the guard on `fastify.authenticate`. */
async function auth(fastify: FastifyInstance) {
  const { protectedResource, SCALEKIT_CLIENT_ID, SCALEKIT_CLIENT_SECRET, SCALEKIT_TIMEOUT_MS } =
    fastify.config
  const challenges = createChallenges(protectedResource)
  const accessTokens = createAccessTokens({
    protectedResource,
    clientId: SCALEKIT_CLIENT_ID,
    clientSecret: SCALEKIT_CLIENT_SECRET,
    timeoutMs: SCALEKIT_TIMEOUT_MS
  })

  fastify.decorateRequest('auth', null)
  fastify.decorate('authenticate', async (request: FastifyRequest) => {
    const token = bearerToken(request)
    const caller = await accessTokens.check(token)
    if (!caller) {
      throw challenges.invalidToken(
        'The access token is expired, revoked or not one for this server: sign in again.'
      )
    }
    if (!caller.scopes.includes(protectedResource.requiredScope)) throw challenges.insufficientScope()
    request.auth = caller
  })

  /** The token of the `Authorization` header (RFC 6750, section 2.1), the only place where one is looked for. */
  function bearerToken(request: FastifyRequest): string {
    // Of two headers Node keeps the first one in `headers`, and drops the other without a word.
    const [header = '', second] = request.raw.headersDistinct.authorization ?? []
    if (second !== undefined) throw challenges.invalidRequest('Send one Authorization header, not several.')
    const credentials = /^bearer(?: +(.*))?$/i.exec(header.trim())?.[1]
    if (!credentials) throw challenges.unauthorized()
    if (!/^[\w.~+/-]+=*$/.test(credentials)) throw challenges.invalidRequest('The access token is malformed.')
    return credentials
  }
}

export default fp(auth, { name: 'auth', dependencies: ['config'] })
