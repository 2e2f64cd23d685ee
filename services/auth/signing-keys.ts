import createError from '@fastify/error'
import { describeError, type Logger } from '../lib/logger.ts'
import { type DocumentState, RemoteDocument } from '../lib/remote-document.ts'
import { fetchKeySet, type KeySet, type KeySource } from './key-set.ts'

/** The server has no signing keys to verify a token with. The token may be valid. */
export const KeysUnavailableError = createError(
  'SCALEKIT_UNAVAILABLE',
  'The authorization server is unavailable, so access tokens cannot be verified. Try again shortly with the same token.',
  503
)

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
  readonly #keySets: RemoteDocument<KeySet>
  #lastFingerprint: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: SigningKeysOptions) {
    this.#options = options
    this.#keySets = new RemoteDocument({ ...options, fetch: () => this.#fetch() })
  }

  /** Starts the first fetch. */
  start() {
    void this.#keySets.refresh()
  }

  close() {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  get state(): DocumentState {
    return this.#keySets.state
  }

  /** The fingerprint of the keys in use; `undefined` while there are none. */
  get fingerprint(): string | undefined {
    return this.#keySets.current?.fingerprint
  }

  /** When a caller should retry after {@link KeysUnavailableError}, in seconds. */
  get retryAfterSeconds(): number {
    return this.#keySets.retryAfterSeconds
  }

  /**
   * Returns the keys to verify a token that names `keyId`. If they do not contain `keyId`, Scalekit did not publish it
   * at the last fetch, and the next fetch waits for the cooldown.
   * @throws {KeysUnavailableError} if there are no keys, or if `keyId` is unknown and the last fetch failed.
   */
  async find(keyId: string): Promise<KeySet> {
    // After a failure, requests use stale keys without a delay; the timer fetches again.
    const isDue = this.state !== 'fresh' && !this.#keySets.hasFailed
    const isKnown = () => this.#keySets.current?.keyIds.has(keyId) ?? false
    if ((isDue || !isKnown()) && this.#keySets.canRefresh) await this.#keySets.refresh()
    const keySet = this.#keySets.current
    if (!keySet || (!isKnown() && this.#keySets.hasFailed)) throw new KeysUnavailableError()
    return keySet
  }

  async #fetch(): Promise<KeySet> {
    const { timeoutMs, cooldownMs, maxAgeMs, onFetch, log } = this.#options
    clearTimeout(this.#timer)
    try {
      const fetched = await fetchKeySet(this.#options)
      this.#reportFetched(fetched)
      // A fetch that times out must still end before the keys reach their maximum age.
      this.#schedule(Math.max(maxAgeMs / 2, maxAgeMs - 2 * timeoutMs))
      return fetched
    } catch (error) {
      onFetch('failed')
      log.warn(
        // Not the error itself: an HTTP error also contains the request with its credentials.
        { ...describeError(error), keys: this.state },
        'signing keys not fetched: check SCALEKIT_ENVIRONMENT_URL'
      )
      this.#schedule(Math.min(cooldownMs, maxAgeMs))
      throw error
    }
  }

  #reportFetched({ fingerprint, keyIds }: KeySet) {
    const { onFetch, log } = this.#options
    const isChanged = fingerprint !== this.#lastFingerprint
    this.#lastFingerprint = fingerprint
    if (isChanged) log.info({ keyIds: [...keyIds] }, 'signing keys updated')
    onFetch(isChanged ? 'changed' : 'unchanged')
  }

  #schedule(delayMs: number) {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => this.#keySets.refresh(), delayMs).unref()
  }
}
