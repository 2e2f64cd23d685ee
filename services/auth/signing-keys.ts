import createError from '@fastify/error'
import { ScalekitClient } from '@scalekit-sdk/node'
import { createLocalJWKSet, importJWK, type JWK } from 'jose'
import type { Logger } from '../lib/logger.ts'

const maxResponseBytes = 1024 * 1024

/** No signing keys are available, so a token can be neither accepted nor rejected. */
export const KeysUnavailableError = createError(
  'SCALEKIT_UNAVAILABLE',
  'The authorization server is unavailable, so access tokens cannot be verified. Try again shortly with the same token.',
  503
)

/** A key set of Scalekit, with an SDK client of its own: the SDK fetches keys once per client. */
export interface KeySet {
  scalekit: ScalekitClient
  jwks: ReturnType<typeof createLocalJWKSet>
  /** The IDs (`kid`) of the keys. */
  keyIds: ReadonlySet<string>
  /** Differs between two key sets exactly if their keys differ. */
  fingerprint: string
}

/** `stale`: the last fetch failed, and keys past their maximum age stay in use. */
export type KeyState = 'fresh' | 'stale' | 'missing'

export interface SigningKeysOptions {
  environmentUrl: string
  clientId: string | undefined
  clientSecret: string | undefined
  /** Timeout of a fetch. */
  timeoutMs: number
  /** Pause between fetches for unknown key IDs, and after a failed fetch. */
  cooldownMs: number
  /** The age at which keys are fetched again. */
  maxAgeMs: number
  /** How long keys stay in use beyond `maxAgeMs` while they cannot be fetched. */
  staleMs: number
  onFetch: (outcome: 'changed' | 'unchanged' | 'failed') => void
  log: Logger
}

export type SigningKeys = ReturnType<typeof createSigningKeys>

/**
 * Keeps the signing keys of Scalekit up to date: adopts rotated keys, drops withdrawn ones, and bridges an outage with
 * the last valid ones. The SDK alone would use its first response forever.
 */
export function createSigningKeys(options: SigningKeysOptions) {
  const { timeoutMs, cooldownMs, maxAgeMs, staleMs, log } = options
  // Refresh early, so that even a fetch that times out finishes before the keys expire.
  const refreshMs = Math.max(maxAgeMs / 2, maxAgeMs - 2 * timeoutMs)
  const retryMs = Math.min(cooldownMs, maxAgeMs)
  let keySet: KeySet | undefined
  let fetchedAtMs = Number.NEGATIVE_INFINITY
  /** When the last fetch started, on the monotonic clock. */
  let attemptedAtMs = Number.NEGATIVE_INFINITY
  let hasFailed = false
  let pendingFetch: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  function state(): KeyState {
    const ageMs = Date.now() - fetchedAtMs
    if (ageMs <= maxAgeMs) return 'fresh'
    return ageMs <= maxAgeMs + staleMs ? 'stale' : 'missing'
  }

  /** Fetches the keys, once for all concurrent callers. Never rejects: a failure sets `hasFailed`. */
  function refresh(): Promise<void> {
    pendingFetch ??= fetchOnce().finally(() => {
      pendingFetch = undefined
    })
    return pendingFetch
  }

  const canRefresh = () => pendingFetch !== undefined || performance.now() - attemptedAtMs >= cooldownMs

  async function fetchOnce() {
    attemptedAtMs = performance.now()
    clearTimeout(timer)
    try {
      adopt(await fetchKeySet(options))
      hasFailed = false
    } catch (error) {
      hasFailed = true
      options.onFetch('failed')
      log.warn(
        { reason: describeError(error), keys: state() },
        'signing keys not fetched: check SCALEKIT_ENVIRONMENT_URL'
      )
    }
    if (!isClosed) timer = setTimeout(refresh, hasFailed ? retryMs : refreshMs).unref()
  }

  function adopt(fetched: KeySet) {
    const isChanged = fetched.fingerprint !== keySet?.fingerprint
    if (isChanged) {
      keySet = fetched
      log.info({ keyIds: [...fetched.keyIds] }, 'signing keys updated')
    }
    fetchedAtMs = Date.now()
    options.onFetch(isChanged ? 'changed' : 'unchanged')
  }

  return {
    /**
     * The keys to verify a token that names `keyId`. If they do not contain it, Scalekit did not publish it when it was
     * last asked, within the cooldown.
     * @throws {KeysUnavailableError} if there are no keys, or if `keyId` is unknown and the last fetch failed.
     */
    async getKeySet(keyId: string): Promise<KeySet> {
      // After a failure, requests continue with stale keys at once; the timer fetches again.
      const isDue = state() !== 'fresh' && !hasFailed
      if ((isDue || !keySet?.keyIds.has(keyId)) && canRefresh()) await refresh()
      if (!keySet || state() === 'missing') throw new KeysUnavailableError()
      if (!keySet.keyIds.has(keyId) && hasFailed) throw new KeysUnavailableError()
      return keySet
    },
    /** The fingerprint of the keys in use; `undefined` while there are none. */
    currentFingerprint: () => (state() === 'missing' ? undefined : keySet?.fingerprint),
    state,
    /** Starts the first fetch. Startup does not have to wait for it. */
    start: refresh,
    /** When a caller should retry after {@link KeysUnavailableError}, in seconds. */
    retryAfterSeconds: Math.max(1, Math.ceil(cooldownMs / 1000)),
    close() {
      isClosed = true
      clearTimeout(timer)
    }
  }
}

/** Fetches the keys with a new SDK client, and removes keys that this server cannot use. */
async function fetchKeySet(options: SigningKeysOptions): Promise<KeySet> {
  const { environmentUrl, clientId = '', clientSecret = '', timeoutMs } = options
  const scalekit = new ScalekitClient(environmentUrl, clientId, clientSecret, { timeoutMs })
  const core = sdkInternals(scalekit)
  // The SDK's timeout restarts with each chunk of the response, and it does not limit the size.
  Object.assign(core.axios.defaults, {
    signal: AbortSignal.timeout(timeoutMs),
    maxContentLength: maxResponseBytes
  })
  await core.getJwks()
  const keys: unknown = core.keys
  if (!Array.isArray(keys)) throw new Error('the response is not a key set')
  const usable: JWK[] = []
  for (const key of keys) if (await isUsable(key)) usable.push(key)
  if (usable.length === 0) throw new Error('the key set has no RS256 key')
  core.keys = usable
  return {
    scalekit,
    jwks: createLocalJWKSet({ keys: usable }),
    keyIds: new Set(usable.map(({ kid }) => String(kid))),
    fingerprint: JSON.stringify(usable)
  }
}

/** The part of the SDK that fetches and holds the keys. Its types declare it private; no public API returns the keys. */
interface SdkCore {
  axios: { defaults: object }
  keys: unknown
  getJwks(): Promise<void>
}

function sdkInternals(scalekit: ScalekitClient): SdkCore {
  return (scalekit as unknown as { coreClient: SdkCore }).coreClient
}

/** Whether `key` is a public RSA key for RS256 signatures, with an ID (RFC 7517, sections 4.1, 4.2, 4.4 and 4.5). */
async function isUsable(key: unknown): Promise<boolean> {
  const { kty, kid, use = 'sig', alg = 'RS256' } = Object(key) as JWK
  if (kty !== 'RSA' || typeof kid !== 'string' || use !== 'sig' || alg !== 'RS256') return false
  return importJWK(key as JWK, 'RS256').then(
    () => true,
    () => false
  )
}

/** The code and message only: an HTTP error also holds the request, with its credentials. */
function describeError(error: unknown): string {
  const { code, message } = error as Error & { code?: string }
  return code ? `${code}: ${message}` : message
}
