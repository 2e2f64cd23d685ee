import { Counter } from '@prometheus-io/client'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../services/auth/caller.ts'
import { describeCaller } from '../services/auth/caller.ts'
import { type Challenges, createChallenges } from '../services/auth/challenges.ts'
import { InvalidTokenError } from '../services/auth/invalid-token.ts'
import { KeysUnavailableError } from '../services/auth/signing-keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: lets in only callers with a token that Scalekit issued for this server. */
    authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void>
    challenges: Challenges
  }
  interface FastifyRequest {
    /** Who calls; set where `fastify.authenticate` guards the route. */
    auth: Caller | null
  }
}

/** Puts the guard on `fastify.authenticate`, and what it refuses with on `fastify.challenges`. */
async function auth(fastify: FastifyInstance) {
  const { protectedResource } = fastify.config
  const decisions = new Counter({
    name: 'finance_news_token_decisions_total',
    help: 'Decisions on callers: remembered or accepted, some of whom lack the scope of a tool later; or why not, with undecided if Scalekit is out of reach.',
    labelNames: ['decision'],
    registers: [fastify.metrics]
  })
  const challenges = createChallenges(protectedResource, (reason) => decisions.inc({ decision: reason }))

  fastify.decorate('challenges', challenges)
  fastify.decorateRequest('auth', null)
  fastify.decorate('authenticate', async (request: FastifyRequest, reply: FastifyReply) => {
    const token = bearerToken(request)
    const remembered = fastify.tokenVerifier.cached(token)
    const caller = remembered ?? (await check(token, request, reply))
    // Every line from here on says whose request it is.
    request.log = request.log.child(describeCaller(caller))
    if (!caller.scopes.includes(protectedResource.requiredScope)) {
      throw challenges.insufficientScope([protectedResource.requiredScope])
    }
    decisions.inc({ decision: remembered ? 'remembered' : 'accepted' })
    request.auth = caller
  })

  /** Decides on a token that was not seen before; an address that sent many bad ones has to wait. */
  async function check(token: string, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    await fastify.authFailures.check(request, reply)
    try {
      return await fastify.tokenVerifier.verify(token)
    } catch (error) {
      if (error instanceof KeysUnavailableError) decisions.inc({ decision: 'undecided' })
      if (!(error instanceof InvalidTokenError)) throw error
      await fastify.authFailures.record(request, reply)
      throw challenges.invalidToken(error)
    }
  }

  /** The token of the `Authorization` header (RFC 6750, section 2.1), the only place where one is looked for. */
  function bearerToken(request: FastifyRequest): string {
    const { authorization: header = '' } = request.headers
    // Of two headers Node keeps the first one in `headers`, and drops the other without a word.
    if (countHeader('authorization', request.raw.rawHeaders) > 1)
      throw challenges.invalidRequest('Send one Authorization header, not several.')
    const credentials = /^bearer(?: +(.*))?$/i.exec(header.trim())?.[1]
    if (!credentials) throw challenges.unauthorized()
    if (!/^[\w.~+/-]+=*$/.test(credentials)) throw challenges.invalidRequest('The access token is malformed.')
    return credentials
  }
}

/** How often a header was sent. `rawHeaders` has names and values in turn; it is at hand, `headersDistinct` is not. */
function countHeader(name: string, rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.length === name.length && rawHeaders[index]?.toLowerCase() === name) count += 1
  }
  return count
}

export default fp(auth, { name: 'auth', dependencies: ['metrics', 'scalekit', 'rate-limit'] })
