import { isShareSpent, NewsError } from '../lib/news-error.ts'
import { type CacheStatus, type EntryQuery, type FoundEntry, SharedCache } from '../lib/shared-cache.ts'
import { TieredEntries } from '../lib/tiered-entries.ts'
import { dayMs } from '../lib/time.ts'
import type { SnapshotStore } from './news-storage.ts'
import type { SharedFetch, SingleFlight } from './single-flight.ts'
import { type NewsSnapshot, type SnapshotInfo, toSnapshotInfo } from './snapshot.ts'

/** A snapshot and how it was found. */
export interface CacheResult {
  news: NewsSnapshot
  cache: CacheStatus
  /** Until when it counts as fresh: milliseconds since 1970. */
  freshUntil: number
  /** Until when it may be returned at all: milliseconds since 1970. */
  expiresAt: number
  /** Why stale news was not refreshed; `undefined` while the refresh is still running. */
  staleReason?: Error
}

/** A query for one of several snapshots. `fetch` returns the one of the first key. */
export interface CacheQuery extends Omit<EntryQuery<NewsSnapshot>, 'runExclusive'> {
  /** What other replicas learn about the fetch. */
  shared: SharedFetch
}

export interface NewsCacheOptions {
  /** How many articles memory holds, over all snapshots. */
  maxArticles: number
  /** How long news is fresh. */
  ttlMs: number
  /** How long stale news may be returned, counted from its fetch. */
  graceMs: number
  /** How long a response without articles is fresh. */
  noNewsTtlMs: number
  /** How long a ticker counts as unknown. */
  unknownTtlMs: number
  /** How long a caller waits for newer news when stale news is cached. */
  softTimeoutMs: number
}

interface Storage {
  snapshots: SnapshotStore
  singleFlight: SingleFlight
}

/** Snapshots in memory and in storage, each fetched once for all callers and replicas. */
export class NewsCache {
  readonly #options: NewsCacheOptions & { now: () => number }
  readonly #storage: Storage
  readonly #entries: TieredEntries<NewsSnapshot>
  readonly #shared: SharedCache<NewsSnapshot>
  /** How long a snapshot is stored. */
  readonly #lifetimeMs: number

  constructor(
    storage: Storage,
    options: NewsCacheOptions & {
      now: () => number
      /** Called with each snapshot put in memory and the snapshot that it replaces. */
      onRemembered: (snapshot: NewsSnapshot, previous: NewsSnapshot | undefined) => void
    }
  ) {
    this.#storage = storage
    this.#options = options
    this.#lifetimeMs = Math.max(options.ttlMs, options.graceMs)
    this.#entries = new TieredEntries({
      store: storage.snapshots,
      maxSize: options.maxArticles,
      getSize: ({ articles }) => articles.length + 1,
      freshUntil: (snapshot) => this.#freshUntil(snapshot, snapshot.articles.length),
      expiresAt: (snapshot) => this.#expiresAt(snapshot),
      now: options.now,
      onRemembered: options.onRemembered
    })
    this.#shared = new SharedCache({
      entries: this.#entries,
      softTimeoutMs: options.softTimeoutMs,
      allowsStale: ({ isUnknown }) => !isUnknown,
      isRequesterError: isShareSpent
    })
  }

  /**
   * A snapshot that satisfies the query: fresh from memory or storage, or fetched. Stale news is returned after the soft
   * timeout or if the fetch fails.
   * @throws what `fetch` throws, if no stale news is cached.
   */
  async find({ shared, ...query }: CacheQuery): Promise<CacheResult> {
    const found = await this.#shared.find({
      ...query,
      runExclusive: async (fetch) => {
        const { local, remote } = await this.#storage.singleFlight.runExclusive(shared, fetch)
        return local
          ? { entry: local }
          : { error: remote.failure && new NewsError(remote.failure.code, remote.failure) }
      }
    })
    return this.#toResult(found)
  }

  /** The cached snapshot of `key`, fetched at `minFetchedAtMs` or later if there is one. Never fetches. */
  async get(key: string, minFetchedAtMs?: number): Promise<CacheResult | undefined> {
    const entry = await this.#entries.get(key, minFetchedAtMs)
    return entry && this.#toResult({ entry, status: this.#entries.isFresh(entry) ? 'hit' : 'stale' })
  }

  /** The snapshot of `key` in memory, even if it has expired. */
  peek(key: string): NewsSnapshot | undefined {
    return this.#entries.peek(key)
  }

  /** The cached snapshots with articles, latest first. */
  async list(): Promise<(SnapshotInfo & { isFresh: boolean })[]> {
    const { now } = this.#options
    const infos = new Map((await this.#storage.snapshots.list()).map((info) => [info.key, info]))
    for (const snapshot of this.#entries.values()) {
      const stored = infos.get(snapshot.key)
      if (!stored || stored.fetchedAtMs < snapshot.fetchedAtMs) {
        infos.set(snapshot.key, toSnapshotInfo(snapshot, this.#expiresAt(snapshot)))
      }
    }
    return [...infos.values()]
      .filter(({ articles, expiresAtMs }) => articles > 0 && expiresAtMs > now())
      .map((info) => ({ ...info, isFresh: now() < this.#freshUntil(info, info.articles) }))
      .sort((a, b) => b.fetchedAtMs - a.fetchedAtMs)
  }

  /** Waits for the fetches in flight. */
  close(): Promise<void> {
    return this.#shared.close()
  }

  #toResult({ entry: news, status, staleReason }: FoundEntry<NewsSnapshot>): CacheResult {
    return {
      news,
      cache: status,
      freshUntil: this.#freshUntil(news, news.articles.length),
      expiresAt: this.#expiresAt(news),
      ...(staleReason && { staleReason })
    }
  }

  #freshUntil(
    { fetchedAtMs, to, isUnknown }: Pick<NewsSnapshot, 'fetchedAtMs' | 'to'> & { isUnknown?: boolean },
    articleCount: number
  ): number {
    const { ttlMs, noNewsTtlMs, unknownTtlMs } = this.#options
    if (isUnknown) return fetchedAtMs + unknownTtlMs
    if (articleCount === 0) return fetchedAtMs + Math.min(ttlMs, noNewsTtlMs)
    // The news of a window that ended a day before the fetch no longer changes.
    return fetchedAtMs + (fetchedAtMs - to >= dayMs ? this.#lifetimeMs : ttlMs)
  }

  #expiresAt({ fetchedAtMs, isUnknown }: NewsSnapshot): number {
    return fetchedAtMs + (isUnknown ? this.#options.unknownTtlMs : this.#lifetimeMs)
  }
}
