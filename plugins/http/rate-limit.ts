import createError from '@fastify/error'
import fastifyRateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { RedisConnection } from '../../services/storage/redis-connection.ts'
import { FixedWindow, type WindowState } from './fixed-window.ts'
import type { Guard } from './guard.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Limits requests per client address. */
    limitByAddress: Guard
    /** Limits requests per subject, after authentication. */
    limitBySubject: Guard
    /** Limits rejected tokens per client address. */
    authFailures: {
      /**
       * Counts a rejected token from the request's address.
       * @throws 429 if the address has exceeded its limit.
       */
      record: Guard
      /** @throws 429 if the address has reached its limit. */
      check: Guard
    }
  }
}

const TooManyRequestsError = createError('RATE_LIMITED', 'Too many requests. Try again in %s seconds.', 429)

const windowMs = 60_000

/** The state of a limit for one address or subject. */
interface Limit {
  max: number
  remaining: number
  isExceeded: boolean
  resetSeconds: number
}

/**
 * Puts the rate limits on `fastify`, with the headers of draft-ietf-httpapi-ratelimit-headers. Replicas share their
 * counts in Redis; while Redis is unavailable, each replica counts alone.
 */
async function rateLimit(fastify: FastifyInstance) {
  const { RATE_LIMIT_PER_MINUTE, RATE_LIMIT_ADDRESS_PER_MINUTE, RATE_LIMIT_FAILURES_PER_MINUTE } =
    fastify.config
  const createLimit = await createLimitFactory(fastify)
  // Fastify's types leave out that a client that has reset its connection has no address.
  const toAddress = ({ ip }: { ip: string | undefined }) => normalizeIP(ip ?? '')
  const addresses = createLimit('address', RATE_LIMIT_ADDRESS_PER_MINUTE, toAddress)
  const failures = createLimit('failure', RATE_LIMIT_FAILURES_PER_MINUTE, toAddress)
  const subjects = createLimit('subject', RATE_LIMIT_PER_MINUTE, ({ auth }) => auth?.subject ?? '')

  fastify.decorate('limitByAddress', addresses(enforce))
  fastify.decorate(
    'limitBySubject',
    subjects((limit, reply) => {
      enforce(limit, reply)
      reply.headers(rateLimitHeaders(limit))
    })
  )
  fastify.decorate('authFailures', {
    record: failures(enforce),
    // This check counts no failure, so it rejects at the limit already.
    check: failures((limit, reply) => enforce({ ...limit, isExceeded: limit.remaining === 0 }, reply), {
      increment: false
    })
  })
}

/**
 * Returns a function that creates limits of `max` requests a minute per key. A limit creates guards, which count the
 * request unless `increment` is false, and call `apply`. With `max` 0, the guards do nothing.
 */
async function createLimitFactory(fastify: FastifyInstance) {
  const connection = fastify.redisConnection
  const createShared = connection && (await registerRateLimiter(fastify, connection))

  return (name: string, max: number, toKey: (request: FastifyRequest) => string) => {
    const local = new FixedWindow(windowMs)
    const shared = createShared?.({
      max,
      timeWindow: windowMs,
      keyGenerator: (request) => `${name}:${toKey(request)}`
    })
    return (
      apply: (limit: Limit, reply: FastifyReply) => void,
      { increment } = { increment: true }
    ): Guard => {
      if (max === 0) return () => {}
      const countLocally = (request: FastifyRequest) => {
        const key = toKey(request)
        return toLimit(max, increment ? local.count(key) : local.read(key))
      }
      return (request, reply) => {
        if (!connection || !shared || connection.isUnavailable()) return apply(countLocally(request), reply)
        return connection
          .run(() => shared(request, { increment }))
          .then(toSharedLimit)
          .catch(() => countLocally(request))
          .then((limit) => apply(limit, reply))
      }
    }
  }
}

/** Registers the library in a child scope, because it decorates its scope. Returns its factory of limits. */
async function registerRateLimiter(fastify: FastifyInstance, { redis }: RedisConnection) {
  let createRateLimit: FastifyInstance['createRateLimit'] | undefined
  await fastify.register(async (scope) => {
    await scope.register(fastifyRateLimit, { global: false, redis, nameSpace: 'finance-news:limit:' })
    createRateLimit = scope.createRateLimit
  })
  if (!createRateLimit) throw new Error('@fastify/rate-limit did not register')
  return createRateLimit
}

function toLimit(max: number, { count, resetMs }: WindowState): Limit {
  return {
    max,
    remaining: Math.max(0, max - count),
    isExceeded: count > max,
    resetSeconds: Math.ceil(resetMs / 1000)
  }
}

type SharedLimit = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

function toSharedLimit(limit: SharedLimit): Limit {
  if (limit.isAllowed) throw new Error('@fastify/rate-limit has not counted the request')
  const { max, remaining, isExceeded, ttlInSeconds } = limit
  return { max, remaining, isExceeded, resetSeconds: ttlInSeconds }
}

function enforce(limit: Limit, reply: FastifyReply) {
  if (!limit.isExceeded) return
  reply.headers({ ...rateLimitHeaders(limit), 'retry-after': limit.resetSeconds })
  throw new TooManyRequestsError(limit.resetSeconds)
}

function rateLimitHeaders({ max, remaining, resetSeconds }: Limit) {
  return { 'ratelimit-limit': max, 'ratelimit-remaining': remaining, 'ratelimit-reset': resetSeconds }
}

export default fp(rateLimit, { name: 'rate-limit', dependencies: ['config', 'redis'] })
