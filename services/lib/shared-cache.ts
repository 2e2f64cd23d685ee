import { setTimeout as sleep } from 'node:timers/promises'
import type { CacheEntry, TieredEntries } from './tiered-entries.ts'

/** How an entry was found. `hit`: it was fresh. `miss`: it was fetched. `stale`: it is past its time to live. */
export type CacheStatus = 'miss' | 'hit' | 'stale'

export interface EntryQuery<Entry> {
  /** Keys of entries that may satisfy the query, best first. `fetch` returns the entry of the first key. */
  keys: readonly [string, ...string[]]
  satisfies(entry: Entry): boolean
  /** On whose behalf `fetch` runs: some errors concern only them. */
  requester: string
  /** The reason why a fetch would fail, if it is known in advance. */
  denial(): Error | undefined
  /** Runs `fetch`, unless another replica is running the same one: then waits for it and returns its error, if any. */
  runExclusive(
    fetch: () => Promise<Entry>
  ): Promise<{ entry: Entry; error?: undefined } | { entry?: undefined; error: Error | undefined }>
  fetch(): Promise<Entry>
}

export interface FoundEntry<Entry> {
  entry: Entry
  status: CacheStatus
  /** Why a stale entry was not refreshed; `undefined` while the refresh is still running. */
  staleReason?: Error
}

interface SharedCacheOptions<Entry extends CacheEntry> {
  entries: TieredEntries<Entry>
  /** How long a caller waits for the refresh of a stale entry. */
  softTimeoutMs: number
  /** Whether the entry may be returned when it is stale. */
  allowsStale(entry: Entry): boolean
  /** Whether an error of a fetch concerns its requester only: other callers then fetch again. */
  isRequesterError(error: unknown): boolean
}

interface InFlightFetch<Entry> {
  requester: string
  result: Promise<Entry>
}

/** A cache whose callers share one fetch of a missing or stale entry, within the process and across replicas. */
export class SharedCache<Entry extends CacheEntry> {
  readonly #options: SharedCacheOptions<Entry>
  readonly #fetches = new Map<string, InFlightFetch<Entry>>()

  constructor(options: SharedCacheOptions<Entry>) {
    this.#options = options
  }

  /**
   * A fresh entry from memory or the store, otherwise a fetched one. A stale entry is returned if the fetch fails or
   * exceeds the soft timeout.
   * @throws what `fetch` throws, if there is no stale entry.
   */
  async find(query: EntryQuery<Entry>): Promise<FoundEntry<Entry>> {
    const { entries, allowsStale } = this.#options
    const { keys, satisfies } = query
    const isHit = (entry: Entry) => entries.isFresh(entry) && satisfies(entry)
    const cached = entries.findInMemory(keys, isHit)
    if (cached) return { entry: cached, status: 'hit' }
    await entries.loadOnce(keys)
    const stored = entries.findInMemory(keys, isHit)
    if (stored) return { entry: stored, status: 'hit' }
    const stale = entries.findInMemory(
      keys,
      (entry) => entries.isUsable(entry) && allowsStale(entry) && satisfies(entry)
    )
    if (!stale) return { entry: await this.#awaitFetch(query), status: 'miss' }
    // A known denial makes a fetch pointless, unless one is already in flight.
    const denial = this.#fetches.has(keys[0]) ? undefined : query.denial()
    if (denial) return { entry: stale, status: 'stale', staleReason: denial }
    return this.#refresh(query, stale)
  }

  /** Waits for the fetches in flight. */
  async close() {
    await Promise.allSettled([...this.#fetches.values()].map(({ result }) => result))
  }

  async #refresh(query: EntryQuery<Entry>, stale: Entry): Promise<FoundEntry<Entry>> {
    const timer = new AbortController()
    const fetched = this.#awaitFetch(query)
    const timeout = sleep(this.#options.softTimeoutMs, undefined, { signal: timer.signal })
    try {
      const entry = await Promise.race([fetched, timeout])
      return entry ? { entry, status: 'miss' } : { entry: stale, status: 'stale' }
    } catch (error) {
      return { entry: stale, status: 'stale', staleReason: error as Error }
    } finally {
      timer.abort()
    }
  }

  /** The result of the fetch in flight, or of a new one. */
  async #awaitFetch(query: EntryQuery<Entry>): Promise<Entry> {
    for (;;) {
      const { requester, result } = this.#joinOrStart(query)
      try {
        return await result
      } catch (error) {
        if (!this.#options.isRequesterError(error) || requester === query.requester) throw error
      }
    }
  }

  #joinOrStart(query: EntryQuery<Entry>): InFlightFetch<Entry> {
    const [key] = query.keys
    const inFlight = this.#fetches.get(key)
    if (inFlight) return inFlight
    const result = this.#fetchShared(query).finally(() => this.#fetches.delete(key))
    result.catch(() => {}) // it may fail after all callers have timed out
    const started = { requester: query.requester, result }
    this.#fetches.set(key, started)
    return started
  }

  async #fetchShared(query: EntryQuery<Entry>): Promise<Entry> {
    const { entries, isRequesterError } = this.#options
    for (;;) {
      const { entry, error } = await query.runExclusive(() => this.#fetchAndPut(query))
      if (entry) return entry
      if (error && !isRequesterError(error)) throw error
      await entries.load(query.keys)
      // The entry that the other replica fetched satisfies even past its time to live. If it is unreadable, fetch again.
      const isUsable = (one: Entry) => entries.isUsable(one) && query.satisfies(one)
      const loaded = error ? undefined : entries.findInMemory(query.keys, isUsable)
      if (loaded) return loaded
    }
  }

  async #fetchAndPut({ keys, satisfies, fetch }: EntryQuery<Entry>): Promise<Entry> {
    const { entries } = this.#options
    // Another replica may have stored it since the caller looked.
    await entries.load(keys)
    const stored = entries.findInMemory(keys, (entry) => entries.isFresh(entry) && satisfies(entry))
    if (stored) return stored
    const entry = await fetch()
    await entries.put(entry)
    return entry
  }
}
