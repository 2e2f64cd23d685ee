import { EventEmitter } from 'node:events'
import { LRUCache } from 'lru-cache'
import type { Article, Feed } from '../alpha-vantage/article.ts'
import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { type Subject, subjectLabel } from '../alpha-vantage/subject.ts'
import type { Budget } from '../budget/budget.ts'
import { NewsError } from '../lib/news-error.ts'
import { formatAge } from '../lib/time.ts'
import { type CacheResult, type CacheStatus, createNewsCache } from './cache.ts'
import { isLive, liveWindows, narrowToWindowEnd, wholeDays } from './fetch-windows.ts'
import type { NewsFetcher, Requester } from './fetcher.ts'
import type { NewsStorage } from './news-storage.ts'
import { coversWindow, type NewsSnapshot, snapshotKey, unknownTickerKey } from './snapshot.ts'
import { articlesIn, type Window } from './window.ts'

/** A question about news. */
export interface NewsQuery {
  window: Window
  /** When it is asked: milliseconds since 1970. */
  at: number
  /**
   * Whether that there is no news is an answer, too, and no error: in a window of the past an error would tell of what
   * came after it.
   */
  allowEmpty: boolean
  requester: Requester
}

/** An article, with what the answer that it came in says of itself. */
export type KnownArticle = Pick<NewsSnapshot, 'fetchedAtMs' | 'sample'> & { article: Article }

export type NewsSentiment = ReturnType<typeof createNewsSentiment>

const maxRememberedArticles = 5000
const maxTickers = 5000
/** How much of what is kept an error names. */
const maxAlternatives = 8
/** An article that nobody has named here is looked for in so much of the news that is kept. */
const maxSearchedSnapshots = 20

/** Answers questions about news, asking Alpha Vantage as seldom as it can. */
export function createNewsSentiment(options: {
  upstream: NewsFetcher
  budget: Budget
  storage: Omit<NewsStorage, 'ledgerCell' | 'close'>
  cacheTtlMs: number
  cacheGraceMs: number
  cacheSoftTimeoutMs: number
  noNewsTtlMs: number
  unknownTtlMs: number
  /** How many articles are kept in memory, of all news together. */
  cacheArticles: number
  /** Told how the news of each question was found: {@link CacheStatus}, or `error`. */
  onAnswer?: (cache: CacheStatus | 'error') => void
  /** Milliseconds since 1970. */
  now?: () => number
}) {
  const { upstream, budget, storage, onAnswer = () => {}, now = Date.now } = options
  const events = new EventEmitter<{ fetched: [subject: Subject] }>()
  const named = new LRUCache<string, KnownArticle>({ max: maxRememberedArticles })
  const tickers = new LRUCache<string, true>({ max: maxTickers })
  const cache = createNewsCache({
    snapshots: storage.snapshots,
    singleFlight: storage.singleFlight,
    articles: options.cacheArticles,
    ttlMs: options.cacheTtlMs,
    graceMs: options.cacheGraceMs,
    noNewsTtlMs: options.noNewsTtlMs,
    unknownTtlMs: options.unknownTtlMs,
    softTimeoutMs: options.cacheSoftTimeoutMs,
    now,
    onRemembered({ articles }) {
      for (const article of articles) for (const { ticker } of article.tickers) tickers.set(ticker, true)
    }
  })
  storage.singleFlight.onRemoteFetch(
    ({ subject, isLive, failure }) => void (isLive && !failure && events.emit('fetched', subject))
  )

  /** That there is none, and that there is no such ticker, is news, too: it need not be asked for again so soon. */
  async function fetchNews(
    subject: Subject,
    window: UpstreamWindow,
    requester: Requester
  ): Promise<NewsSnapshot> {
    const nothing = { articles: [], dropped: 0, hitLimit: false, sample: false }
    const newsFrom = (feed: Feed, key = snapshotKey(subject, window)): NewsSnapshot => {
      const fetchedAtMs = now()
      const to = Math.min(window.to ?? fetchedAtMs, fetchedAtMs)
      const isUnknown = key === unknownTickerKey(subject)
      return { ...feed, key, subject, from: window.from, to, fetchedAtMs, isUnknown }
    }
    try {
      const news = newsFrom(await upstream.newsSentiment(subject, window, requester))
      if (window.to === undefined) events.emit('fetched', subject)
      return news
    } catch (error) {
      if (!(error instanceof NewsError)) throw error
      if (error.code === 'NEWS_NOT_FOUND') return newsFrom(nothing)
      // Alpha Vantage says the same of other inputs: with news at hand, the ticker is none that is not known.
      const isKnown = (await cache.list()).some((kept) => kept.subject.ticker === subject.ticker)
      if (!subject.ticker || isKnown || error.code !== 'NEWS_TICKER_UNKNOWN') throw error
      return newsFrom({ ...nothing, sample: error.isSample === true }, unknownTickerKey(subject))
    }
  }

  /** News of `asked`, or of a longer window that is kept and does. */
  async function findSnapshot(
    subject: Subject,
    asked: UpstreamWindow,
    {
      requester,
      others,
      does
    }: { requester: Requester; others: readonly UpstreamWindow[]; does: (news: NewsSnapshot) => boolean }
  ): Promise<CacheResult> {
    const key = snapshotKey(subject, asked)
    const keys = others.map((one) => snapshotKey(subject, one)).filter((one) => one !== key)
    const found = await cache.find({
      keys: [key, ...keys, ...(subject.ticker ? [unknownTickerKey(subject)] : [])],
      satisfies: (news) => news.isUnknown || news.key === key || does(news),
      requester: requester.subject,
      denial: () => upstream.denial(),
      landing: { key, subject, isLive: asked.to === undefined },
      fetch: () => fetchNews(subject, asked, requester)
    })
    if (!found.news.isUnknown) return found
    throw new NewsError('NEWS_TICKER_UNKNOWN', {
      subject: subjectLabel(subject),
      isSample: found.news.sample
    })
  }

  /** `error`, with what can be had all the same if it is about calls. */
  async function withCachedAlternatives(error: unknown): Promise<unknown> {
    if (!(error instanceof NewsError && error.isUpstreamUnavailable)) return error
    const kept = (await cache.list())
      .slice(0, maxAlternatives)
      .map(({ key, fetchedAtMs }) => `${key} (${formatAge(now() - fetchedAtMs)} old)`)
    const advice =
      kept.length > 0 ? `Kept, and answered without a call: ${kept.join(', ')}.` : 'Nothing is kept.'
    return error.with({ alternatives: advice })
  }

  async function resolve(
    subject: Subject,
    { window, at, allowEmpty, requester }: NewsQuery
  ): Promise<CacheResult> {
    const live = isLive(window, at)
    const others = liveWindows(window.from, at)
    const [shortest] = others
    const asked = live && shortest ? shortest : wholeDays(window, at)
    // News over a longer window answers, too.
    const does = (news: NewsSnapshot) => (live || news.to >= window.to) && coversWindow(news, window)
    const found = await findSnapshot(subject, asked, { requester, others, does }).catch(async (error) => {
      throw await withCachedAlternatives(error)
    })
    const { news } = found
    // Whether there is news must not depend on what happens to be kept; older news knows of the time before it only.
    const { from, to = at } = asked
    const isLonger = news.key !== snapshotKey(subject, asked)
    const lateMs = found.cache === 'stale' ? at - news.fetchedAtMs : 0
    const inAsked = isLonger ? articlesIn(news.articles, { from: from - lateMs, to }) : news.articles
    if (inAsked.length === 0 && !allowEmpty) {
      if (found.staleReason) throw await withCachedAlternatives(found.staleReason)
      throw new NewsError('NEWS_NOT_FOUND', { subject: subjectLabel(subject), isSample: news.sample })
    }
    // The newest articles come first: those after the window can leave too little room for those in it.
    if (coversWindow(news, window)) return found
    try {
      return await findSnapshot(subject, narrowToWindowEnd(window, asked), { requester, others: [], does })
    } catch (error) {
      if (!(error instanceof NewsError)) throw error
      return { ...found, staleReason: error } // it says how far back it goes
    }
  }

  /** How Alpha Vantage and the store are, as far as is known without asking. */
  const health = () => ({ circuitOpenUntil: upstream.openUntil(), storeIsAway: storage.isUnavailable() })

  return {
    /** The time by which this service goes: milliseconds since 1970. */
    now,
    /**
     * News on `subject` that holds what there is in the question's window, and more: fresh, or as old as it says where
     * there is no newer. Callers who ask for the same at the same time share one call to Alpha Vantage, and its failure;
     * the call goes on, and its answer is kept, when they leave.
     * @throws the errors of the Alpha Vantage client and of the budget.
     */
    async find(subject: Subject, question: NewsQuery): Promise<CacheResult> {
      budget.recordRequest(question.requester.subject)
      try {
        const found = await resolve(subject, question)
        onAnswer(found.cache)
        return found
      } catch (error) {
        onAnswer('error')
        throw error
      }
    },
    /** News that is still kept, by its key; never asks Alpha Vantage. */
    kept: (key: string, fetchedAtMs?: number) => cache.kept(key, fetchedAtMs),
    /** All news that is kept, the latest first. */
    list: () => cache.list(),
    /** Keeps articles that an answer names, so that they can be looked at later than their news is kept. */
    rememberArticles({ fetchedAtMs, sample }: NewsSnapshot, articles: readonly Article[]) {
      for (const article of articles) named.set(article.id, { article, fetchedAtMs, sample })
    },
    /** An article that an answer has named lately, or that is in news that is kept; never asks Alpha Vantage. */
    async findArticle(id: string, ticker: string): Promise<KnownArticle | undefined> {
      const known = named.get(id)
      if (known) return known
      const about = (await cache.list()).filter(({ subject }) => subject.ticker === ticker || !subject.ticker)
      for (const { key } of about.slice(0, maxSearchedSnapshots)) {
        const news = (await cache.kept(key))?.news
        const article = news?.articles.find((one) => one.id === id)
        if (news && article) return { article, fetchedAtMs: news.fetchedAtMs, sample: news.sample }
      }
      return undefined
    },
    /** Tickers that have been in the news lately, the latest first. */
    tickers: () => [...tickers.keys()],
    /** Calls `listener` with each subject on which news up to now has come from Alpha Vantage. */
    onFetched: (listener: (subject: Subject) => void) => void events.on('fetched', listener),
    /** How the budget, Alpha Vantage and the store are, for `subject`. */
    async state(subject: string) {
      return { ...(await budget.report(subject)), ...health(), store: storage.name }
    },
    health,
    /** Ends open calls, for which nobody waits by then, and closes the connections; the storage stays open. */
    async close() {
      storage.singleFlight.stop()
      budget.close()
      await upstream.close()
      await cache.close()
    }
  }
}
