import createError from '@fastify/error'
import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: an address asks only so often, whoever it is. */
    limitAddress: onRequestAsyncHookHandler
    /** An `onRequest` hook, after authentication: a subject asks only so often. */
    limitSubject: onRequestAsyncHookHandler
    badTokens: {
      /**
       * Takes note of a bad token from the request's address.
       * @throws 429 if too many have come from there meanwhile.
       */
      count(request: FastifyRequest, reply: FastifyReply): Promise<void>
      /** @throws 429 if too many have come from there. */
      limit(request: FastifyRequest, reply: FastifyReply): Promise<void>
    }
  }
}

const TooManyRequestsError = createError('RATE_LIMITED', 'Too many requests: try again in %s seconds.', 429)

const timeWindow = 60_000

/** Puts the limits on how often is asked on `fastify`, with the draft's headers (draft-ietf-httpapi-ratelimit-headers). */
async function rateLimit(fastify: FastifyInstance) {
  const { RATE_LIMIT_PER_MINUTE, RATE_LIMIT_ADDRESS_PER_MINUTE, RATE_LIMIT_FAILURES_PER_MINUTE } =
    fastify.config
  await fastify.register(fastifyRateLimit, { global: false, enableDraftSpec: true, timeWindow })

  const unlimited = async () => {}
  const addresses = fastify.createRateLimit({ max: RATE_LIMIT_ADDRESS_PER_MINUTE, timeWindow })
  const failures = fastify.createRateLimit({ max: RATE_LIMIT_FAILURES_PER_MINUTE, timeWindow })
  const subjects = fastify.rateLimit({
    max: RATE_LIMIT_PER_MINUTE,
    timeWindow,
    keyGenerator: ({ auth }) => auth?.subject ?? '',
    errorResponseBuilder: (_request, { ttl }) => new TooManyRequestsError(Math.ceil(ttl / 1000))
  })

  const limitAddress = async (request: FastifyRequest, reply: FastifyReply) =>
    enforce(await addresses(request), reply)

  fastify.decorate('limitSubject', RATE_LIMIT_PER_MINUTE ? subjects : unlimited)
  fastify.decorate('limitAddress', RATE_LIMIT_ADDRESS_PER_MINUTE ? limitAddress : unlimited)
  fastify.decorate('badTokens', {
    async count(request, reply) {
      if (RATE_LIMIT_FAILURES_PER_MINUTE) enforce(await failures(request), reply)
    },
    async limit(request, reply) {
      if (!RATE_LIMIT_FAILURES_PER_MINUTE) return
      const limit = await failures(request, { increment: false })
      // Those that were counted have all been answered; the next one would be one too many.
      if (!limit.isAllowed) enforce({ ...limit, isExceeded: limit.remaining === 0 }, reply)
    }
  })
}

type Limit = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

function enforce(limit: Limit, reply: FastifyReply) {
  if (limit.isAllowed || !limit.isExceeded) return
  reply.headers({
    'ratelimit-limit': limit.max,
    'ratelimit-remaining': 0,
    'ratelimit-reset': limit.ttlInSeconds,
    'retry-after': limit.ttlInSeconds
  })
  throw new TooManyRequestsError(limit.ttlInSeconds)
}

export default fp(rateLimit, { name: 'rate-limit', dependencies: ['config'] })
