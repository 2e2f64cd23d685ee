import { EventEmitter } from 'node:events'
import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { type Subject, subjectLabel } from '../alpha-vantage/subject.ts'
import type { Budget } from '../budget/budget.ts'
import { NewsError } from '../lib/news-error.ts'
import type { CacheStatus } from '../lib/shared-cache.ts'
import { formatAge } from '../lib/time.ts'
import { type CacheResult, NewsCache, type NewsCacheOptions } from './cache.ts'
import { isLive, liveWindows, narrowToWindowEnd, wholeDays } from './fetch-windows.ts'
import type { NewsFetcher, Requester } from './fetcher.ts'
import { type KnownArticle, NewsIndex } from './news-index.ts'
import type { NewsStorage } from './news-storage.ts'
import { coversWindow, type NewsSnapshot, snapshotKey } from './snapshot.ts'
import { SnapshotFinder } from './snapshot-finder.ts'
import { articlesIn, type Window } from './window.ts'

/** A query for news. */
export interface NewsQuery {
  window: Window
  /** The time of the query: milliseconds since 1970. */
  at: number
  /**
   * Whether no news is a valid result instead of an error. In a window of the past, an error would reveal whether there
   * is news from after the window.
   */
  allowEmpty: boolean
  requester: Requester
}

interface NewsSentimentOptions {
  fetcher: NewsFetcher
  budget: Budget
  storage: Omit<NewsStorage, 'ledgerCell' | 'close'>
  cache: NewsCacheOptions
  /** Called with the outcome of each query. */
  onAnswer?: ((outcome: CacheStatus | 'error') => void) | undefined
  /** The current time: milliseconds since 1970. */
  now?: (() => number) | undefined
}

/** How many cached snapshots an error lists. */
const maxAlternatives = 8

/** Answers queries for news with as few calls to Alpha Vantage as possible. */
export class NewsSentiment {
  /** The time of this service: milliseconds since 1970. */
  readonly now: () => number
  readonly #options: NewsSentimentOptions
  #version = 0
  readonly #events = new EventEmitter<{ fetched: [subject: Subject] }>()
  readonly #index: NewsIndex
  readonly #cache: NewsCache
  readonly #finder: SnapshotFinder

  constructor(options: NewsSentimentOptions) {
    const { fetcher, storage, now = Date.now } = options
    this.#options = options
    this.now = now
    this.#index = new NewsIndex(options.cache)
    this.#cache = new NewsCache(storage, {
      ...options.cache,
      now,
      onRemembered: (snapshot, previous) => {
        this.#version += 1
        this.#index.add(snapshot, previous)
      }
    })
    const onFetched = (subject: Subject) => void this.#events.emit('fetched', subject)
    this.#finder = new SnapshotFinder({ cache: this.#cache, fetcher, now, onFetched })
    storage.singleFlight.onRemoteFetch(({ subject, isLive, failure }) => {
      this.#version += 1
      if (isLive && !failure) onFetched(subject)
    })
  }

  /**
   * News on `subject` that covers the query's window and may exceed it: fresh, or stale with the reason. Callers with
   * the same query share one call to Alpha Vantage and its failure. The call continues when they disconnect.
   * @throws the errors of the fetcher and the budget.
   */
  async find(subject: Subject, query: NewsQuery): Promise<CacheResult> {
    const { budget, onAnswer = () => {} } = this.#options
    budget.recordRequest(query.requester.subject)
    try {
      const found = await this.#resolve(subject, query)
      onAnswer(found.cache)
      return found
    } catch (error) {
      onAnswer('error')
      throw error
    }
  }

  /** Increases with each change of the news in memory, and with each fetch by another replica. */
  get version(): number {
    return this.#version
  }

  /** Counts a query by `subject` that gets the results of an earlier one, with their statuses. */
  recordReuse(subject: string, statuses: readonly CacheStatus[]) {
    const { budget, onAnswer = () => {} } = this.#options
    budget.recordRequest(subject)
    for (const status of statuses) onAnswer(status)
  }

  /** The cached news of `key`, fetched at `minFetchedAtMs` or later if possible. Never calls Alpha Vantage. */
  findCached(key: string, minFetchedAtMs?: number): Promise<CacheResult | undefined> {
    return this.#cache.get(key, minFetchedAtMs)
  }

  /** All cached news, latest first. */
  listCached() {
    return this.#cache.list()
  }

  /** An article of cached news, or one that a newer fetch has replaced. Never calls Alpha Vantage. */
  findArticle(id: string, ticker: string): Promise<KnownArticle | undefined> {
    return this.#index.findArticle(id, ticker, this.#cache)
  }

  /** Tickers in recent news, latest first. */
  tickers(): string[] {
    return this.#index.tickers()
  }

  /** Calls `listener` with the subject of each fetch of news up to now, by any replica. */
  onFetched(listener: (subject: Subject) => void) {
    this.#events.on('fetched', listener)
  }

  /** The state of the budget for the caller `subject`, of Alpha Vantage and of the storage. */
  async state(subject: string) {
    const { budget, storage } = this.#options
    return { ...(await budget.report(subject)), ...this.health(), store: storage.name }
  }

  /** The last known state of Alpha Vantage and of the storage. Calls neither. */
  health() {
    const { fetcher, storage } = this.#options
    return { circuitOpenUntil: fetcher.openUntil(), storeIsAway: storage.isUnavailable() }
  }

  /** Aborts open calls to Alpha Vantage and closes its connections. The storage stays open. */
  async close() {
    const { fetcher, budget, storage } = this.#options
    storage.singleFlight.stop()
    budget.close()
    await fetcher.close()
    await this.#cache.close()
  }

  async #resolve(subject: Subject, query: NewsQuery): Promise<CacheResult> {
    const { window, at, requester } = query
    const isLiveQuery = isLive(window, at)
    const alternatives = liveWindows(window.from, at)
    const [shortest] = alternatives
    const requested = isLiveQuery && shortest ? shortest : wholeDays(window, at)
    const satisfies = (snapshot: NewsSnapshot) =>
      (isLiveQuery || snapshot.to >= window.to) && coversWindow(snapshot, window)
    const found = await this.#finder
      .find(subject, { window: requested, alternatives, satisfies, requester })
      .catch(async (error) => {
        throw await this.#withCachedAlternatives(error)
      })
    if (!query.allowEmpty && isEmpty(found, subject, requested, at)) {
      if (found.staleReason) throw await this.#withCachedAlternatives(found.staleReason)
      throw new NewsError('NEWS_NOT_FOUND', { subject: subjectLabel(subject), isSample: found.news.sample })
    }
    if (coversWindow(found.news, window)) return found
    // A feed has the newest articles: those after the window may displace those in it.
    const narrowed = narrowToWindowEnd(window, requested)
    try {
      return await this.#finder.find(subject, { window: narrowed, alternatives: [], satisfies, requester })
    } catch (error) {
      if (!(error instanceof NewsError)) throw error
      return { ...found, staleReason: error } // the answer says how far back it goes
    }
  }

  /** `error`, with a list of the cached news if it means that Alpha Vantage cannot be called. */
  async #withCachedAlternatives(error: unknown): Promise<unknown> {
    if (!(error instanceof NewsError && error.isUpstreamUnavailable)) return error
    const cached = (await this.#cache.list())
      .slice(0, maxAlternatives)
      .map(({ key, fetchedAtMs }) => `${key} (${formatAge(this.now() - fetchedAtMs)} old)`)
    const alternatives =
      cached.length > 0 ? `Cached, and returned without a call: ${cached.join(', ')}.` : 'Nothing is cached.'
    return error.with({ alternatives })
  }
}

/**
 * Whether there is no news in the requested window. The result must not depend on cache contents: older articles of a
 * longer window do not count. In a stale snapshot the window counts back from its fetch.
 */
function isEmpty(found: CacheResult, subject: Subject, requested: UpstreamWindow, at: number): boolean {
  const { news, cache } = found
  if (news.key === snapshotKey(subject, requested)) return news.articles.length === 0
  const ageMs = cache === 'stale' ? at - news.fetchedAtMs : 0
  const { from, to = at } = requested
  return articlesIn(news.articles, { from: from - ageMs, to }).length === 0
}
