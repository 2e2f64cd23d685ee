import { Counter } from '@prometheus-io/client'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createDenyList, type DenyList } from '../services/auth/deny-list.ts'
import { createSigningKeys, type SigningKeys } from '../services/auth/signing-keys.ts'
import { createTokenVerifier, type TokenVerifier } from '../services/auth/token-verifier.ts'
import { addGauge } from './observability/gauge.ts'

declare module 'fastify' {
  interface FastifyInstance {
    tokenVerifier: TokenVerifier
    denyList: DenyList
    signingKeys: SigningKeys
  }
}

/** Puts what decides on access tokens on `fastify.accessTokens`, with its keys and its deny list. */
async function scalekit(fastify: FastifyInstance) {
  const { config, log } = fastify
  const registers = [fastify.metrics]
  const fetches = new Counter({
    name: 'finance_news_key_refreshes_total',
    help: "Fetches of Scalekit's signing keys by outcome: changed, unchanged or failed.",
    labelNames: ['outcome'],
    registers
  })
  fetches.inc({ outcome: 'failed' }, 0)
  const denyList = await createDenyList({
    entries: config.DENY_LIST?.split(',').map((entry) => entry.trim()) ?? [],
    file: config.DENY_LIST_FILE,
    link: fastify.redisConnection,
    log
  })
  const signingKeys = createSigningKeys({
    environmentUrl: config.protectedResource.environmentUrl,
    clientId: config.SCALEKIT_CLIENT_ID,
    clientSecret: config.SCALEKIT_CLIENT_SECRET,
    timeoutMs: config.SCALEKIT_TIMEOUT_MS,
    cooldownMs: config.SCALEKIT_KEYS_COOLDOWN_MS,
    maxAgeMs: config.SCALEKIT_KEYS_MAX_AGE_MS,
    staleMs: config.SCALEKIT_KEYS_STALE_MS,
    onChange: () => tokenVerifier.clearCache(),
    onFetch: (outcome) => fetches.inc({ outcome }),
    log
  })
  const tokenVerifier = createTokenVerifier({
    protectedResource: config.protectedResource,
    keys: signingKeys,
    denyList,
    cacheSize: config.TOKEN_STORE_SIZE,
    cacheTtlMs: config.TOKEN_STORE_TTL_MS
  })

  addGauge(
    fastify.metrics,
    'finance_news_keys_up',
    "Whether Scalekit's signing keys are at hand: 1 or 0.",
    signingKeys.ready
  )

  fastify.decorate('denyList', denyList)
  fastify.decorate('signingKeys', signingKeys)
  fastify.decorate('tokenVerifier', tokenVerifier)
  // Start-up does not wait for Scalekit; the first requests do.
  fastify.addHook('onListen', async () => void signingKeys.start())
  fastify.addHook('onClose', async () => {
    signingKeys.close()
    denyList.close()
  })
}

export default fp(scalekit, { name: 'scalekit', dependencies: ['config', 'metrics', 'redis'] })
