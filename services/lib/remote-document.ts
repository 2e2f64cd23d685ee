/** `stale`: older than its maximum age, but in use while fetches fail. `missing`: there is no document to use. */
export type DocumentState = 'fresh' | 'stale' | 'missing'

export interface RemoteDocumentOptions<Document> {
  fetch(): Promise<Document>
  /** The pause between two fetches. */
  cooldownMs: number
  /** The age at which the document is fetched again. */
  maxAgeMs: number
  /** How long the document stays in use beyond `maxAgeMs` while fetches fail. */
  staleMs: number
}

/** A document of another server. Concurrent callers share one fetch. During an outage, it is the one of the last successful fetch. */
export class RemoteDocument<Document> {
  readonly #options: RemoteDocumentOptions<Document>
  #document: Document | undefined
  #fetchedAtMs = Number.NEGATIVE_INFINITY
  /** When the last fetch started, on the monotonic clock. */
  #attemptedAtMs = Number.NEGATIVE_INFINITY
  #hasFailed = false
  #pendingFetch: Promise<void> | undefined

  constructor(options: RemoteDocumentOptions<Document>) {
    this.#options = options
  }

  get state(): DocumentState {
    const { maxAgeMs, staleMs } = this.#options
    const ageMs = Date.now() - this.#fetchedAtMs
    if (ageMs <= maxAgeMs) return 'fresh'
    return ageMs <= maxAgeMs + staleMs ? 'stale' : 'missing'
  }

  /** The document in use; `undefined` while it is missing. */
  get current(): Document | undefined {
    return this.state === 'missing' ? undefined : this.#document
  }

  /** Whether the last fetch failed. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** When a caller should retry while the document is missing, in seconds. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil(this.#options.cooldownMs / 1000))
  }

  /** Whether `refresh` would join a fetch, or start one after the cooldown. */
  get canRefresh(): boolean {
    return (
      this.#pendingFetch !== undefined || performance.now() - this.#attemptedAtMs >= this.#options.cooldownMs
    )
  }

  /**
   * Returns the document, and fetches it first if it is due; `undefined` if it is missing. After a failure, a stale
   * document is returned without waiting for the fetch.
   */
  async read(): Promise<Document | undefined> {
    if (this.state !== 'fresh' && this.canRefresh) {
      const isUsable = this.#hasFailed && this.state === 'stale'
      const refreshed = this.refresh()
      if (!isUsable) await refreshed
    }
    return this.current
  }

  /** Fetches the document, once for all concurrent callers. Never rejects: a failure sets `hasFailed`. */
  refresh(): Promise<void> {
    this.#pendingFetch ??= this.#fetch().finally(() => {
      this.#pendingFetch = undefined
    })
    return this.#pendingFetch
  }

  async #fetch() {
    this.#attemptedAtMs = performance.now()
    try {
      this.#document = await this.#options.fetch()
      this.#fetchedAtMs = Date.now()
      this.#hasFailed = false
    } catch {
      this.#hasFailed = true
    }
  }
}
