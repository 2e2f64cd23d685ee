import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Caller, describeCaller } from '../services/auth/caller.ts'
import { type Challenges, createChallenges } from '../services/auth/challenges.ts'
import { InvalidTokenError } from '../services/auth/invalid-token.ts'
import { KeysUnavailableError } from '../services/auth/signing-keys.ts'
import type { Guard } from './http/guard.ts'
import { FastCounter } from './observability/fast-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Rejects requests without an access token that Scalekit issued for this server. */
    authenticate: Guard
    challenges: Challenges
  }
  interface FastifyRequest {
    /** The caller; `null` on routes without the `authenticate` hook. */
    auth: Caller | null
  }
}

/** Decorates the app with the `authenticate` hook, and with the `challenges` that it throws. */
async function auth(fastify: FastifyInstance) {
  const { authFailures, tokenVerifier } = fastify
  const { protectedResource } = fastify.config
  const { requiredScope } = protectedResource
  const decisions = new FastCounter({
    name: 'finance_news_token_decisions_total',
    help: 'Authentication decisions: accepted, remembered (accepted from the cache), undecided (signing keys unavailable), or the reason of the rejection. A tool can still require a further scope.',
    labelNames: ['decision'],
    registers: [fastify.metrics]
  })
  const countRemembered = decisions.createSeries({ decision: 'remembered' })
  const challenges = createChallenges(protectedResource, (reason) => decisions.inc({ decision: reason }))

  fastify.decorate('challenges', challenges)
  fastify.decorateRequest('auth', null)
  fastify.decorate('authenticate', (request, reply) => {
    const token = readBearerToken(request)
    const cachedCaller = tokenVerifier.cached(token)
    if (cachedCaller) return accept(cachedCaller, 'remembered', request)
    if (!tokenPattern.test(token)) throw challenges.invalidRequest('The access token is malformed.')
    return verify(token, request, reply)
  })

  function accept(caller: Caller, decision: 'remembered' | 'accepted', request: FastifyRequest) {
    request.log = request.log.child(describeCaller(caller))
    if (!caller.scopes.includes(requiredScope)) throw challenges.insufficientScope([requiredScope])
    if (decision === 'remembered') countRemembered()
    else decisions.inc({ decision })
    request.auth = caller
  }

  /** Verifies a token that is not cached, unless its address has sent too many invalid ones. */
  async function verify(token: string, request: FastifyRequest, reply: FastifyReply) {
    await authFailures.check(request, reply)
    try {
      accept(await tokenVerifier.verify(token), 'accepted', request)
    } catch (error) {
      if (error instanceof KeysUnavailableError) decisions.inc({ decision: 'undecided' })
      if (!(error instanceof InvalidTokenError)) throw error
      await authFailures.record(request, reply)
      throw challenges.invalidToken(error)
    }
  }

  /** Reads the token from the `Authorization` header alone (RFC 6750, section 2.1), never from the body or the URL. */
  function readBearerToken(request: FastifyRequest): string {
    const { authorization: header = '' } = request.headers
    // `headers` has only the first of several headers, and a proxy may have checked another one.
    if (countHeader('authorization', request.raw.rawHeaders) > 1)
      throw challenges.invalidRequest('Send one Authorization header, not several.')
    const credentials = /^bearer(?: +(.*))?$/i.exec(header.trim())?.[1]
    if (!credentials) throw challenges.unauthorized()
    return credentials
  }
}

/** The syntax of a bearer token (RFC 6750, section 2.1). */
const tokenPattern = /^[\w.~+/-]+=*$/

/** Counts a header in `rawHeaders`, a list of alternating names and values. `headersDistinct` would create an object per request. */
function countHeader(name: string, rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === name.length && rawHeaders[index]?.toLowerCase() === name) count += 1
  }
  return count
}

export default fp(auth, { name: 'auth', dependencies: ['metrics', 'token-verifier', 'rate-limit'] })
