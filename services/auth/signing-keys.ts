import createError from '@fastify/error'
import { ScalekitClient } from '@scalekit-sdk/node'
import { createLocalJWKSet, importJWK, type JWK } from 'jose'
import type { Logger } from '../lib/logger.ts'

/** Tokens cannot be decided, because Scalekit's keys cannot be had. It says nothing of the caller. */
export const KeysUnavailableError = createError(
  'SCALEKIT_UNAVAILABLE',
  'The sign-in service cannot be reached, so access tokens cannot be checked. Try again shortly, with the same token.',
  503
)

/** One set of keys, in a Scalekit client of its own: the SDK fetches them once and never again. */
export interface KeySet {
  scalekit: ScalekitClient
  keySet: ReturnType<typeof createLocalJWKSet>
  /** The ids of the keys that can check RS256 signatures. */
  ids: ReadonlySet<string>
  /** Changes exactly if the keys do. */
  fingerprint: string
  fetchedAt: number
}

export interface SigningKeysOptions {
  environmentUrl: string
  clientId: string | undefined
  clientSecret: string | undefined
  /** How long a fetch of the keys may take. */
  timeoutMs: number
  /** How long after a fetch there is none for an unknown key id, or after one that failed. */
  cooldownMs: number
  /** How old keys get before they are fetched anew. */
  maxAgeMs: number
  /** How long beyond that age keys serve on if they cannot be fetched. */
  staleMs: number
  /** Called when the keys have changed. */
  onChange: () => void
  /** Told how each fetch went. */
  onFetch: (outcome: 'changed' | 'unchanged' | 'failed') => void
  log: Logger
}

export type SigningKeys = ReturnType<typeof createSigningKeys>

/**
 * Keeps Scalekit's signing keys current: picks up rotations, lets go of withdrawn keys, and rides out an outage on
 * the last good ones. Around the SDK, which keeps its first answer forever, whatever that was.
 */
export function createSigningKeys(options: SigningKeysOptions) {
  const { timeoutMs, cooldownMs, maxAgeMs, staleMs, log } = options
  let current: KeySet | undefined
  let attemptedAt = Number.NEGATIVE_INFINITY
  let failed = false
  let refreshing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const age = () => (current ? Date.now() - current.fetchedAt : Number.POSITIVE_INFINITY)
  const mayRefresh = () => refreshing !== undefined || performance.now() - attemptedAt >= cooldownMs

  /** Fetches the keys, once for all who ask meanwhile. Never rejects: `failed` tells. */
  function refresh(): Promise<void> {
    refreshing ??= attempt().finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  async function attempt() {
    attemptedAt = performance.now()
    clearTimeout(timer)
    try {
      const next = await fetchKeySet(options)
      const changed = next.fingerprint !== current?.fingerprint
      current = next
      failed = false
      options.onFetch(changed ? 'changed' : 'unchanged')
      if (changed) {
        options.onChange()
        log.info({ keyIds: [...next.ids] }, "Scalekit's signing keys have been read")
      }
    } catch (error) {
      failed = true
      options.onFetch('failed')
      log.warn(
        { reason: describe(error), hasKeys: age() < maxAgeMs + staleMs },
        "Scalekit's signing keys cannot be read: check SCALEKIT_ENVIRONMENT_URL, and that it can be reached from here"
      )
    }
    // Early enough that a fetch that hangs is over before the keys are due, and nobody waits for it.
    const freshMs = Math.max(maxAgeMs / 2, maxAgeMs - 2 * timeoutMs)
    if (closed) return
    timer = setTimeout(refresh, failed ? Math.min(cooldownMs, maxAgeMs) : freshMs).unref()
  }

  return {
    /**
     * The keys with which to decide on a token that names `keyId`, which may not be among them: then Scalekit was
     * asked within the cooldown, and does not have it.
     * @throws {KeysUnavailableError} if there are no keys to decide with.
     */
    async current(keyId: string): Promise<KeySet> {
      // Keys past their age wait for the fetch that is due, unless the last one failed: then an outage goes unnoticed.
      const isDue = !current || (age() > maxAgeMs && !failed)
      if (isDue ? mayRefresh() : !current?.ids.has(keyId) && mayRefresh()) await refresh()
      if (!current || age() > maxAgeMs + staleMs) throw new KeysUnavailableError()
      if (!current.ids.has(keyId) && failed) throw new KeysUnavailableError()
      return current
    },
    /** The keys that were read last. */
    latest: () => current,
    /** Fetches the keys for the first time; to be called without waiting for it. */
    start: refresh,
    /** Whether keys are at hand. */
    ready: () => age() <= maxAgeMs + staleMs,
    /** `stale` if they could not be fetched when that was due, and the last good ones serve on. */
    state: () => (age() <= maxAgeMs ? 'fresh' : age() <= maxAgeMs + staleMs ? 'stale' : 'missing'),
    /** How long to wait before asking again, in seconds. */
    retryAfterSeconds: Math.max(1, Math.ceil(cooldownMs / 1000)),
    close() {
      closed = true
      clearTimeout(timer)
    }
  }
}

/** A client with its keys read; the only fetch that it ever makes. */
async function fetchKeySet(options: SigningKeysOptions): Promise<KeySet> {
  const { environmentUrl, clientId = '', clientSecret = '', timeoutMs } = options
  const scalekit = new ScalekitClient(environmentUrl, clientId, clientSecret, { timeoutMs })
  const core = sdkInternals(scalekit)
  // The SDK's own timeout starts anew with each piece of an answer, and it takes an answer of any size.
  Object.assign(core.axios.defaults, {
    signal: AbortSignal.timeout(timeoutMs),
    maxContentLength: maxResponseBytes
  })
  await core.getJwks()
  const keys: unknown = core.keys
  if (!Array.isArray(keys)) throw new Error('the answer is not a key set')
  const usable: JWK[] = []
  for (const key of keys) if (await isUsable(key)) usable.push(key)
  if (usable.length === 0) throw new Error('the key set has no key for RS256')
  core.keys = usable
  return {
    scalekit,
    keySet: createLocalJWKSet({ keys: usable }),
    ids: new Set(usable.map(({ kid }) => String(kid))),
    fingerprint: JSON.stringify(usable),
    fetchedAt: Date.now()
  }
}

const maxResponseBytes = 1024 * 1024

/** The part of the SDK that fetches and holds the keys. */
interface Core {
  axios: { defaults: object }
  keys: unknown
  getJwks(): Promise<void>
}

/** The SDK's types call it private, and there is no other way to see what it got. */
function sdkInternals(scalekit: ScalekitClient): Core {
  return (scalekit as unknown as { coreClient: Core }).coreClient
}

/** Whether `key` is a public RSA key with an id, made for signatures. */
async function isUsable(key: unknown): Promise<boolean> {
  const { kty, kid, use, alg } = Object(key) as JWK
  if (kty !== 'RSA' || typeof kid !== 'string' || (use ?? 'sig') !== 'sig' || (alg ?? 'RS256') !== 'RS256')
    return false
  return importJWK(key as JWK, 'RS256').then(
    () => true,
    () => false
  )
}

/** What went wrong, without the parts of an HTTP error that may hold more than that. */
function describe(error: unknown): string {
  const { code, message } = error as Error & { code?: string }
  return code ? `${code}: ${message}` : message
}
