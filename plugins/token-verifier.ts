import { Counter } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createDenyList } from '../services/auth/deny-list.ts'
import { SigningKeys } from '../services/auth/signing-keys.ts'
import { createTokenVerifier, type TokenVerifier } from '../services/auth/token-verifier.ts'
import { addGauge } from './observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    tokenVerifier: TokenVerifier
  }
}

/** The Redis set with the entries of the deny list that replicas share. */
const denyListKey = 'finance-news:deny'

/** Decorates the app with `tokenVerifier`, which verifies access tokens with Scalekit's keys and the deny list. */
async function tokenVerifier(fastify: FastifyInstance) {
  const { config, log, metrics, redisConnection } = fastify
  const fetches = new Counter({
    name: 'finance_news_key_refreshes_total',
    help: "Fetches of Scalekit's signing keys by outcome: changed, unchanged or failed.",
    labelNames: ['outcome'],
    registers: [metrics]
  })
  fetches.inc({ outcome: 'failed' }, 0)
  const denyList = await createDenyList({
    file: config.DENY_LIST_FILE,
    readShared: redisConnection && (() => redisConnection.run((redis) => redis.smembers(denyListKey))),
    log
  })
  const keys = new SigningKeys({
    environmentUrl: config.protectedResource.environmentUrl,
    clientId: config.SCALEKIT_CLIENT_ID,
    clientSecret: config.SCALEKIT_CLIENT_SECRET,
    timeoutMs: config.SCALEKIT_TIMEOUT_MS,
    cooldownMs: config.SCALEKIT_KEYS_COOLDOWN_MS,
    maxAgeMs: config.SCALEKIT_KEYS_MAX_AGE_MS,
    staleMs: config.SCALEKIT_KEYS_STALE_MS,
    onFetch: (outcome) => fetches.inc({ outcome }),
    log
  })
  addGauge(
    metrics,
    'finance_news_keys_up',
    "Whether Scalekit's signing keys are available: 1 or 0.",
    () => keys.state !== 'missing'
  )

  fastify.decorate(
    'tokenVerifier',
    createTokenVerifier({
      protectedResource: config.protectedResource,
      keys,
      denyList,
      cacheSize: config.TOKEN_STORE_SIZE,
      cacheTtlMs: config.TOKEN_STORE_TTL_MS
    })
  )
  // Startup does not wait for Scalekit. The first requests wait for this fetch.
  fastify.addHook('onListen', async () => keys.start())
  fastify.addHook('onClose', async () => {
    keys.close()
    denyList.close()
  })
}

export default fp(tokenVerifier, { name: 'token-verifier', dependencies: ['config', 'metrics', 'redis'] })
