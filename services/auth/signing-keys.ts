import createError from '@fastify/error'
import type { Logger } from '../lib/logger.ts'
import { fetchKeySet, type KeySet, type KeySource } from './key-set.ts'

/** The server has no signing keys to verify a token with. The token may be valid. */
export const KeysUnavailableError = createError(
  'SCALEKIT_UNAVAILABLE',
  'The authorization server is unavailable, so access tokens cannot be verified. Try again shortly with the same token.',
  503
)

/** `stale` keys exceed their maximum age, but stay in use while fetches fail. `missing`: there are no keys to use. */
export type KeyState = 'fresh' | 'stale' | 'missing'

export interface SigningKeysOptions extends KeySource {
  /** The pause after a failed fetch, and between fetches for unknown key IDs. */
  cooldownMs: number
  /** The age at which the keys are fetched again. */
  maxAgeMs: number
  /** How long keys stay in use beyond `maxAgeMs` while fetches fail. */
  staleMs: number
  onFetch: (outcome: 'changed' | 'unchanged' | 'failed') => void
  log: Logger
}

/**
 * Keeps the signing keys of Scalekit up to date: adopts rotated keys, and removes withdrawn keys. During an outage, it
 * uses the keys of the last successful fetch.
 */
export class SigningKeys {
  readonly #options: SigningKeysOptions
  #keySet: KeySet | undefined
  #fetchedAtMs = Number.NEGATIVE_INFINITY
  /** When the last fetch started, on the monotonic clock. */
  #attemptedAtMs = Number.NEGATIVE_INFINITY
  #hasFailed = false
  #pendingFetch: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: SigningKeysOptions) {
    this.#options = options
  }

  /** Starts the first fetch. */
  start() {
    void this.#refresh()
  }

  close() {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  get state(): KeyState {
    const { maxAgeMs, staleMs } = this.#options
    const ageMs = Date.now() - this.#fetchedAtMs
    if (ageMs <= maxAgeMs) return 'fresh'
    return ageMs <= maxAgeMs + staleMs ? 'stale' : 'missing'
  }

  /** The fingerprint of the keys in use; `undefined` while there are none. */
  get fingerprint(): string | undefined {
    return this.state === 'missing' ? undefined : this.#keySet?.fingerprint
  }

  /** When a caller should retry after {@link KeysUnavailableError}, in seconds. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#options.cooldownMs / 1000))
  }

  /**
   * Returns the keys to verify a token that names `keyId`. If they do not contain `keyId`, Scalekit did not publish it
   * at the last fetch, and the next fetch waits for the cooldown.
   * @throws {KeysUnavailableError} if there are no keys, or if `keyId` is unknown and the last fetch failed.
   */
  async find(keyId: string): Promise<KeySet> {
    // After a failure, requests use stale keys without a delay; the timer fetches again.
    const isDue = this.state !== 'fresh' && !this.#hasFailed
    const isKnown = () => this.#keySet?.keyIds.has(keyId) ?? false
    if ((isDue || !isKnown()) && this.#canRefresh()) await this.#refresh()
    if (!this.#keySet || this.state === 'missing') throw new KeysUnavailableError()
    if (!isKnown() && this.#hasFailed) throw new KeysUnavailableError()
    return this.#keySet
  }

  #canRefresh(): boolean {
    return (
      this.#pendingFetch !== undefined || performance.now() - this.#attemptedAtMs >= this.#options.cooldownMs
    )
  }

  /** Fetches the keys, once for all concurrent callers. Never rejects: a failure sets `#hasFailed`. */
  #refresh(): Promise<void> {
    this.#pendingFetch ??= this.#fetch().finally(() => {
      this.#pendingFetch = undefined
    })
    return this.#pendingFetch
  }

  async #fetch() {
    const { onFetch, log } = this.#options
    this.#attemptedAtMs = performance.now()
    clearTimeout(this.#timer)
    try {
      this.#adopt(await fetchKeySet(this.#options))
      this.#hasFailed = false
    } catch (error) {
      this.#hasFailed = true
      onFetch('failed')
      log.warn(
        { reason: describeError(error), keys: this.state },
        'signing keys not fetched: check SCALEKIT_ENVIRONMENT_URL'
      )
    }
    this.#schedule()
  }

  #adopt(fetched: KeySet) {
    const { onFetch, log } = this.#options
    const isChanged = fetched.fingerprint !== this.#keySet?.fingerprint
    if (isChanged) {
      this.#keySet = fetched
      log.info({ keyIds: [...fetched.keyIds] }, 'signing keys updated')
    }
    this.#fetchedAtMs = Date.now()
    onFetch(isChanged ? 'changed' : 'unchanged')
  }

  #schedule() {
    const { timeoutMs, cooldownMs, maxAgeMs } = this.#options
    // A fetch that times out must still end before the keys reach their maximum age.
    const refreshMs = Math.max(maxAgeMs / 2, maxAgeMs - 2 * timeoutMs)
    const retryMs = Math.min(cooldownMs, maxAgeMs)
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.#refresh(), this.#hasFailed ? retryMs : refreshMs).unref()
  }
}

/** Formats only the code and the message, because an HTTP error also contains the request with its credentials. */
function describeError(error: unknown): string {
  const { code, message } = error as Error & { code?: string }
  return code ? `${code}: ${message}` : message
}
