import { EventEmitter } from 'node:events'
import { LRUCache } from 'lru-cache'
import type { Article, Feed } from '../alpha-vantage/article.ts'
import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { nameOf, type Subject } from '../alpha-vantage/subject.ts'
import type { Budget } from '../budget/budget.ts'
import {
  failureOf,
  isAboutCalls,
  NoNewsError,
  NoSampleNewsError,
  RetoldError,
  TickerNotInSampleError,
  TickerUnknownError
} from '../lib/news-error.ts'
import { ageOf } from '../lib/time.ts'
import { type CacheStatus, createNewsCache, type Found } from './cache.ts'
import { isLive, liveWindows, minutesTo, wholeDays } from './fetch-windows.ts'
import type { Asker, Upstream } from './fetcher.ts'
import { isEnough, keyOf, type News, unknownKeyOf } from './snapshot.ts'
import type { Store } from './store.ts'
import { articlesIn, type Window } from './window.ts'

/** A question about news. */
export interface Question {
  window: Window
  /** When it is asked: milliseconds since 1970. */
  at: number
  /**
   * Whether that there is no news is an answer, too, and no error: in a window of the past an error would tell of what
   * came after it.
   */
  mayBeEmpty: boolean
  asker: Asker
}

/** An article, with what the answer that it came in says of itself. */
export type KnownArticle = Pick<News, 'fetchedMs' | 'sample'> & { article: Article }

export type NewsSentiment = ReturnType<typeof createNewsSentiment>

const mostNamedArticles = 5000
const mostTickers = 5000
/** How much of what is kept an error names. */
const mostAdvised = 8
/** An article that nobody has named here is looked for in so much of the news that is kept. */
const mostSearched = 20

/** Answers questions about news, asking Alpha Vantage as seldom as it can. */
export function createNewsSentiment(options: {
  upstream: Upstream
  budget: Budget
  store: Store
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
  const { upstream, budget, store, onAnswer = () => {}, now = Date.now } = options
  const events = new EventEmitter<{ fetched: [subject: Subject] }>()
  const named = new LRUCache<string, KnownArticle>({ max: mostNamedArticles })
  const tickers = new LRUCache<string, true>({ max: mostTickers })
  const cache = createNewsCache({
    store,
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
  store.onLanding(
    ({ subject, isLive, failure }) => void (isLive && !failure && events.emit('fetched', subject))
  )

  /** That there is none, and that there is no such ticker, is news, too: it need not be asked for again so soon. */
  async function fetchNews(subject: Subject, window: UpstreamWindow, asker: Asker): Promise<News> {
    const nothing = { articles: [], dropped: 0, isFull: false, sample: false }
    const newsFrom = (feed: Feed, key = keyOf(subject, window)): News => {
      const fetchedMs = now()
      const to = Math.min(window.to ?? fetchedMs, fetchedMs)
      const isUnknown = key === unknownKeyOf(subject)
      return { ...feed, key, subject, from: window.from, to, fetchedMs, isUnknown }
    }
    try {
      const news = newsFrom(await upstream.newsSentiment(subject, window, asker))
      if (window.to === undefined) events.emit('fetched', subject)
      return news
    } catch (error) {
      if (error instanceof NoNewsError) return newsFrom(nothing)
      // Alpha Vantage says the same of other inputs: with news at hand, the ticker is none that is not known.
      const isKnown = (await cache.list()).some((kept) => kept.subject.ticker === subject.ticker)
      if (!subject.ticker || isKnown || !(error instanceof TickerUnknownError)) throw error
      return newsFrom({ ...nothing, sample: 'isSample' in error }, unknownKeyOf(subject))
    }
  }

  /** News of `asked`, or of a longer window that is kept and does. */
  async function newsOf(
    subject: Subject,
    asked: UpstreamWindow,
    {
      asker,
      others,
      does
    }: { asker: Asker; others: readonly UpstreamWindow[]; does: (news: News) => boolean }
  ): Promise<Found> {
    const key = keyOf(subject, asked)
    const keys = others.map((one) => keyOf(subject, one)).filter((one) => one !== key)
    const found = await cache.find({
      keys: [key, ...keys, ...(subject.ticker ? [unknownKeyOf(subject)] : [])],
      does: (news) => news.isUnknown || news.key === key || does(news),
      asker: asker.subject,
      refusal: upstream.refusal,
      landing: { key, subject, isLive: asked.to === undefined },
      fetch: () => fetchNews(subject, asked, asker)
    })
    if (!found.news.isUnknown) return found
    const name = nameOf(subject)
    throw found.news.sample ? new TickerNotInSampleError(name) : new TickerUnknownError(name)
  }

  /** `error`, with what can be had all the same if it is about calls. */
  async function withAdvice(error: unknown): Promise<unknown> {
    if (!(error instanceof Error && 'statusCode' in error)) return error // not foreseen
    const failure = failureOf(error)
    if (!isAboutCalls(failure)) return error
    const kept = (await cache.list())
      .slice(0, mostAdvised)
      .map(({ key, fetchedMs }) => `${key} (${ageOf(now() - fetchedMs)} old)`)
    const advice =
      kept.length > 0 ? `Kept, and answered without a call: ${kept.join(', ')}.` : 'Nothing is kept.'
    return new RetoldError({ ...failure, advice }, { cause: error.cause })
  }

  async function look(subject: Subject, { window, at, mayBeEmpty, asker }: Question): Promise<Found> {
    const live = isLive(window, at)
    const others = liveWindows(window.from, at)
    const [shortest] = others
    const asked = live && shortest ? shortest : wholeDays(window, at)
    // News over a longer window answers, too.
    const does = (news: News) => (live || news.to >= window.to) && isEnough(news, window)
    const found = await newsOf(subject, asked, { asker, others, does }).catch(async (error) => {
      throw await withAdvice(error)
    })
    const { news } = found
    // Whether there is news must not depend on what happens to be kept; older news knows of the time before it only.
    const { from, to = at } = asked
    const isLonger = news.key !== keyOf(subject, asked)
    const lateMs = found.cache === 'stale' ? at - news.fetchedMs : 0
    const inAsked = isLonger ? articlesIn(news.articles, { from: from - lateMs, to }) : news.articles
    if (inAsked.length === 0 && !mayBeEmpty) {
      if (found.because) throw await withAdvice(found.because)
      throw news.sample ? new NoSampleNewsError(nameOf(subject)) : new NoNewsError(nameOf(subject))
    }
    // The newest articles come first: those after the window can leave too little room for those in it.
    if (isEnough(news, window)) return found
    try {
      return await newsOf(subject, minutesTo(window, asked), { asker, others: [], does })
    } catch (error) {
      if (!(error instanceof Error && 'statusCode' in error)) throw error // not foreseen
      return { ...found, because: error } // it says how far back it goes
    }
  }

  /** How Alpha Vantage and the store are, as far as is known without asking. */
  const health = () => ({ circuitOpenUntil: upstream.openUntil(), storeIsAway: store.isAway() })

  return {
    /** The time by which this service goes: milliseconds since 1970. */
    now,
    /**
     * News on `subject` that holds what there is in the question's window, and more: fresh, or as old as it says where
     * there is no newer. Callers who ask for the same at the same time share one call to Alpha Vantage, and its failure;
     * the call goes on, and its answer is kept, when they leave.
     * @throws the errors of the Alpha Vantage client and of the budget.
     */
    async find(subject: Subject, question: Question): Promise<Found> {
      budget.asked(question.asker.subject)
      try {
        const found = await look(subject, question)
        onAnswer(found.cache)
        return found
      } catch (error) {
        onAnswer('error')
        throw error
      }
    },
    /** News that is still kept, by its key; never asks Alpha Vantage. */
    kept: (key: string, fetchedMs?: number) => cache.kept(key, fetchedMs),
    /** All news that is kept, the latest first. */
    list: () => cache.list(),
    /** Keeps articles that an answer names, so that they can be looked at later than their news is kept. */
    name({ fetchedMs, sample }: News, articles: readonly Article[]) {
      for (const article of articles) named.set(article.id, { article, fetchedMs, sample })
    },
    /** An article that an answer has named lately, or that is in news that is kept; never asks Alpha Vantage. */
    async named(id: string, ticker: string): Promise<KnownArticle | undefined> {
      const known = named.get(id)
      if (known) return known
      const about = (await cache.list()).filter(({ subject }) => subject.ticker === ticker || !subject.ticker)
      for (const { key } of about.slice(0, mostSearched)) {
        const news = (await cache.kept(key))?.news
        const article = news?.articles.find((one) => one.id === id)
        if (news && article) return { article, fetchedMs: news.fetchedMs, sample: news.sample }
      }
      return undefined
    },
    /** Tickers that have been in the news lately, the latest first. */
    tickers: () => [...tickers.keys()],
    /** Calls `listener` with each subject on which news up to now has come from Alpha Vantage. */
    onFetched: (listener: (subject: Subject) => void) => void events.on('fetched', listener),
    /** How the budget, Alpha Vantage and the store are, for `subject`. */
    async state(subject: string) {
      return { ...(await budget.report(subject)), ...health(), store: store.name }
    },
    health,
    /** Ends open calls, for which nobody waits by then, and closes the connections. */
    async close() {
      store.stop()
      budget.stop()
      await upstream.close()
      await cache.close()
      await budget.close()
      await store.close()
    }
  }
}
