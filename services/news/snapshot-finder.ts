import type { Feed } from '../alpha-vantage/article.ts'
import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { type Subject, subjectLabel } from '../alpha-vantage/subject.ts'
import { NewsError } from '../lib/news-error.ts'
import type { CacheResult, NewsCache } from './cache.ts'
import type { NewsFetcher, Requester } from './fetcher.ts'
import { type NewsSnapshot, snapshotKey, unknownTickerKey } from './snapshot.ts'

export interface SnapshotQuery {
  /** The window to fetch if no cached snapshot satisfies the query. */
  window: UpstreamWindow
  /** Longer windows, whose cached snapshots may satisfy the query. */
  alternatives: readonly UpstreamWindow[]
  /** Whether the snapshot of a longer window satisfies the query. */
  satisfies(snapshot: NewsSnapshot): boolean
  requester: Requester
}

const emptyFeed: Feed = { articles: [], dropped: 0, hitLimit: false, sample: false }

/** Finds snapshots in the cache or fetches them from Alpha Vantage. */
export class SnapshotFinder {
  readonly #cache: NewsCache
  readonly #fetcher: NewsFetcher
  readonly #now: () => number
  readonly #onFetched: (subject: Subject) => void

  constructor(options: {
    cache: NewsCache
    fetcher: NewsFetcher
    now: () => number
    /** Called with the subject of each fetch of news up to now. */
    onFetched: (subject: Subject) => void
  }) {
    this.#cache = options.cache
    this.#fetcher = options.fetcher
    this.#now = options.now
    this.#onFetched = options.onFetched
  }

  /**
   * A snapshot of the query's window, or of a longer one that satisfies the query.
   * @throws if the ticker is unknown, and the errors of the fetcher.
   */
  async find(subject: Subject, query: SnapshotQuery): Promise<CacheResult> {
    const { window, alternatives, satisfies, requester } = query
    const key = snapshotKey(subject, window)
    const otherKeys = alternatives.map((one) => snapshotKey(subject, one)).filter((other) => other !== key)
    const found = await this.#cache.find({
      keys: [key, ...otherKeys, ...(subject.ticker ? [unknownTickerKey(subject)] : [])],
      satisfies: (snapshot) => snapshot.isUnknown || snapshot.key === key || satisfies(snapshot),
      requester: requester.subject,
      denial: () => this.#fetcher.denial(),
      shared: { key, subject, isLive: window.to === undefined },
      fetch: () => this.#fetch(subject, window, requester)
    })
    if (!found.news.isUnknown) return found
    throw new NewsError('NEWS_TICKER_UNKNOWN', {
      subject: subjectLabel(subject),
      isSample: found.news.sample
    })
  }

  /** A response without articles, or for an unknown ticker, is a snapshot too: it saves further calls. */
  async #fetch(subject: Subject, window: UpstreamWindow, requester: Requester): Promise<NewsSnapshot> {
    try {
      const feed = await this.#fetcher.newsSentiment(subject, window, requester)
      if (window.to === undefined) this.#onFetched(subject)
      return this.#toSnapshot(feed, subject, window)
    } catch (error) {
      if (!(error instanceof NewsError)) throw error
      if (error.code === 'NEWS_NOT_FOUND') return this.#toSnapshot(emptyFeed, subject, window)
      if (error.code !== 'NEWS_TICKER_UNKNOWN' || !subject.ticker || (await this.#hasNews(subject)))
        throw error
      const unknown = this.#toSnapshot({ ...emptyFeed, sample: error.isSample === true }, subject, window)
      return { ...unknown, key: unknownTickerKey(subject), isUnknown: true }
    }
  }

  /** Alpha Vantage also reports other invalid inputs as unknown tickers: a ticker with cached news is not unknown. */
  async #hasNews({ ticker }: Subject): Promise<boolean> {
    return (await this.#cache.list()).some(({ subject }) => subject.ticker === ticker)
  }

  #toSnapshot(feed: Feed, subject: Subject, window: UpstreamWindow): NewsSnapshot {
    const fetchedAtMs = this.#now()
    return {
      ...feed,
      key: snapshotKey(subject, window),
      subject,
      from: window.from,
      to: Math.min(window.to ?? fetchedAtMs, fetchedAtMs),
      fetchedAtMs,
      isUnknown: false
    }
  }
}
