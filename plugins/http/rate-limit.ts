import createError from '@fastify/error'
import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { RedisConnection } from '../../services/storage/redis-connection.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: an address asks only so often, whoever it is. */
    limitByAddress: onRequestAsyncHookHandler
    /** An `onRequest` hook, after authentication: a subject asks only so often. */
    limitBySubject: onRequestAsyncHookHandler
    authFailures: {
      /**
       * Takes note of a bad token from the request's address.
       * @throws 429 if too many have come from there meanwhile.
       */
      record(request: FastifyRequest, reply: FastifyReply): Promise<void>
      /** @throws 429 if too many have come from there. */
      check(request: FastifyRequest, reply: FastifyReply): Promise<void>
    }
  }
}

const TooManyRequestsError = createError('RATE_LIMITED', 'Too many requests: try again in %s seconds.', 429)

const timeWindow = 60_000

/**
 * Puts the limits on how often is asked on `fastify`, with the draft's headers (draft-ietf-httpapi-ratelimit-headers).
 * Replicas count together in Redis; while it is out of reach, each for itself.
 */
async function rateLimit(fastify: FastifyInstance) {
  const { RATE_LIMIT_PER_MINUTE, RATE_LIMIT_ADDRESS_PER_MINUTE, RATE_LIMIT_FAILURES_PER_MINUTE } =
    fastify.config
  const link = fastify.redisConnection
  const local = await registerRateLimiter(fastify, {})
  const shared =
    link && (await registerRateLimiter(fastify, { redis: link.redis, nameSpace: 'finance-news:limit:' }))

  /** A limit of `max` requests a minute; none with 0. */
  function createLimit(name: string, max: number, nameOf: (request: FastifyRequest) => string) {
    if (max === 0) return undefined
    const options = {
      max,
      timeWindow,
      keyGenerator: (request: FastifyRequest) => `${name}:${nameOf(request)}`
    }
    const own = local(options)
    const ours = shared?.(options)
    return async (request: FastifyRequest, how?: { increment: boolean }): Promise<Limit> =>
      link && ours && !link.isUnavailable()
        ? link.run(() => ours(request, how)).catch(() => own(request, how))
        : own(request, how)
  }

  const addresses = createLimit('address', RATE_LIMIT_ADDRESS_PER_MINUTE, ({ ip }) => normalizeIP(ip))
  const failures = createLimit('failure', RATE_LIMIT_FAILURES_PER_MINUTE, ({ ip }) => normalizeIP(ip))
  const subjects = createLimit('subject', RATE_LIMIT_PER_MINUTE, ({ auth }) => auth?.subject ?? '')

  fastify.decorate('limitByAddress', async (request, reply) => {
    if (addresses) enforce(await addresses(request), reply)
  })
  fastify.decorate('limitBySubject', async (request, reply) => {
    if (!subjects) return
    const limit = await subjects(request)
    enforce(limit, reply)
    if (!limit.isAllowed) reply.headers(rateLimitHeaders(limit))
  })
  fastify.decorate('authFailures', {
    async record(request, reply) {
      if (failures) enforce(await failures(request), reply)
    },
    async check(request, reply) {
      if (!failures) return
      const limit = await failures(request, { increment: false })
      // Those that were counted have all been answered; the next one would be one too many.
      if (!limit.isAllowed) enforce({ ...limit, isExceeded: limit.remaining === 0 }, reply)
    }
  })
}

/** What makes limits that are counted as `where` says; in a scope of its own, for the plugin decorates it. */
async function registerRateLimiter(
  fastify: FastifyInstance,
  where: { redis?: RedisConnection['redis']; nameSpace?: string }
) {
  let create: FastifyInstance['createRateLimit'] | undefined
  await fastify.register(async (scope) => {
    await scope.register(fastifyRateLimit, { global: false, ...where })
    create = scope.createRateLimit
  })
  if (!create) throw new Error('the limits were not registered')
  return create
}

type Limit = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

function enforce(limit: Limit, reply: FastifyReply) {
  if (limit.isAllowed || !limit.isExceeded) return
  reply.headers({ ...rateLimitHeaders(limit), 'retry-after': limit.ttlInSeconds })
  throw new TooManyRequestsError(limit.ttlInSeconds)
}

function rateLimitHeaders({ max, remaining, ttlInSeconds }: Extract<Limit, { isAllowed: false }>) {
  return { 'ratelimit-limit': max, 'ratelimit-remaining': remaining, 'ratelimit-reset': ttlInSeconds }
}

export default fp(rateLimit, { name: 'rate-limit', dependencies: ['config', 'redis'] })
