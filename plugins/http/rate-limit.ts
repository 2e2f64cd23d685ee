import createError from '@fastify/error'
import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { RedisConnection } from '../../services/storage/redis-connection.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An `onRequest` hook: limits requests per client address. */
    limitByAddress: onRequestAsyncHookHandler
    /** An `onRequest` hook, after authentication: limits requests per subject. */
    limitBySubject: onRequestAsyncHookHandler
    /** Limits rejected tokens per client address. */
    authFailures: {
      /**
       * Counts a rejected token from the request's address.
       * @throws 429 if the address has exceeded its limit.
       */
      record(request: FastifyRequest, reply: FastifyReply): Promise<void>
      /** @throws 429 if the address has reached its limit. */
      check(request: FastifyRequest, reply: FastifyReply): Promise<void>
    }
  }
}

const TooManyRequestsError = createError('RATE_LIMITED', 'Too many requests. Try again in %s seconds.', 429)

const windowMs = 60_000

/**
 * Puts the rate limits on `fastify`, with the headers of draft-ietf-httpapi-ratelimit-headers. Replicas share their
 * counts in Redis; while Redis is unavailable, each replica counts alone.
 */
async function rateLimit(fastify: FastifyInstance) {
  const { RATE_LIMIT_PER_MINUTE, RATE_LIMIT_ADDRESS_PER_MINUTE, RATE_LIMIT_FAILURES_PER_MINUTE } =
    fastify.config
  const createLimit = await createLimitFactory(fastify)
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
      // `isExceeded` means more than `max` failures. This check adds none, so it rejects at `max` already.
      if (!limit.isAllowed) enforce({ ...limit, isExceeded: limit.remaining === 0 }, reply)
    }
  })
}

/** Returns a function that creates limits of `max` requests a minute per key; it creates none for `max` 0. */
async function createLimitFactory(fastify: FastifyInstance) {
  const connection = fastify.redisConnection
  const createLocal = await registerRateLimiter(fastify, {})
  const createShared =
    connection &&
    (await registerRateLimiter(fastify, { redis: connection.redis, nameSpace: 'finance-news:limit:' }))

  return (name: string, max: number, toKey: (request: FastifyRequest) => string) => {
    if (max === 0) return undefined
    const keyGenerator = (request: FastifyRequest) => `${name}:${toKey(request)}`
    const localLimit = createLocal({ max, timeWindow: windowMs, keyGenerator })
    const sharedLimit = createShared?.({ max, timeWindow: windowMs, keyGenerator })
    return async (request: FastifyRequest, options?: { increment: boolean }): Promise<Limit> =>
      connection && sharedLimit && !connection.isUnavailable()
        ? connection.run(() => sharedLimit(request, options)).catch(() => localLimit(request, options))
        : localLimit(request, options)
  }
}

/** Registers the library in a child scope, because it decorates its scope. Returns its factory of limits. */
async function registerRateLimiter(
  fastify: FastifyInstance,
  store: { redis?: RedisConnection['redis']; nameSpace?: string }
) {
  let createRateLimit: FastifyInstance['createRateLimit'] | undefined
  await fastify.register(async (scope) => {
    await scope.register(fastifyRateLimit, { global: false, ...store })
    createRateLimit = scope.createRateLimit
  })
  if (!createRateLimit) throw new Error('@fastify/rate-limit did not register')
  return createRateLimit
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
