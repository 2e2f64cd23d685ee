import { EventEmitter } from 'node:events'
import { LRUCache } from 'lru-cache'
import { type AlphaVantage, nameOf, type Subject } from './alpha-vantage.ts'
import type { Article, Feed } from './feed.ts'
import { NoNewsError, NoSampleNewsError } from './refusals.ts'
import {
  articlesIn,
  isLive,
  liveWindows,
  minutesTo,
  type UpstreamWindow,
  type Window,
  wholeDays
} from './windows.ts'

/** News on a subject over a window, and when it was fetched. */
export interface News extends Feed {
  /** Names it, while it is kept. */
  key: string
  subject: Subject
  /** How far back was asked: milliseconds since 1970. */
  from: number
  /** How far it goes, at most up to when it was fetched: milliseconds since 1970. */
  to: number
  /** Milliseconds since 1970. */
  fetchedMs: number
  /** ISO 8601, UTC. */
  fetchedAt: string
  /** When it is asked for anew: ISO 8601, UTC. */
  freshUntil: string
}

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
  /** Takes count of the calls to Alpha Vantage that are made for this very question. */
  spent: { upstreamCalls: number }
}

/** An article, with what the answer that it came in says of itself. */
export type KnownArticle = Pick<News, 'fetchedAt' | 'sample'> & { article: Article }

export type NewsSentiment = ReturnType<typeof createNewsSentiment>

const mostNamedArticles = 5000
const mostTickers = 5000

/** Answers questions about news, asking Alpha Vantage as seldom as it can. */
export function createNewsSentiment(options: {
  alphaVantage: AlphaVantage
  cacheTtlMs: number
  /** How many articles are kept, of all news together. */
  cacheArticles: number
  /** Milliseconds since 1970. */
  now?: () => number
}) {
  const { alphaVantage, cacheTtlMs, cacheArticles, now = Date.now } = options
  const cache = new LRUCache<string, News>({
    ttl: cacheTtlMs,
    maxSize: cacheArticles,
    sizeCalculation: ({ articles }) => articles.length + 1
  })
  const flights = new Map<string, Promise<News>>()
  const events = new EventEmitter<{ fetched: [subject: Subject] }>()
  const named = new LRUCache<string, KnownArticle>({ max: mostNamedArticles })
  const tickers = new LRUCache<string, true>({ max: mostTickers })

  function newsFrom(feed: Feed, subject: Subject, window: UpstreamWindow): News {
    const fetchedMs = now()
    return {
      ...feed,
      key: keyOf(subject, window),
      subject,
      from: window.from,
      to: Math.min(window.to ?? fetchedMs, fetchedMs),
      fetchedMs,
      fetchedAt: new Date(fetchedMs).toISOString(),
      freshUntil: new Date(fetchedMs + cacheTtlMs).toISOString()
    }
  }

  async function fetchNews(subject: Subject, window: UpstreamWindow, spent: Question['spent']) {
    const feed = await alphaVantage.newsSentiment(subject, window, () => {
      spent.upstreamCalls += 1
    })
    const news = newsFrom(feed, subject, window)
    cache.purgeStale()
    if (news.articles.length > 0) cache.set(news.key, news)
    for (const article of news.articles) for (const { ticker } of article.tickers) tickers.set(ticker, true)
    if (window.to === undefined) events.emit('fetched', subject)
    return news
  }

  /** The news of an upstream window: kept, on its way, or fetched. */
  async function newsOf(subject: Subject, window: UpstreamWindow, spent: Question['spent']): Promise<News> {
    const key = keyOf(subject, window)
    const known = cache.get(key) ?? flights.get(key)
    if (known) return known
    const flight = fetchNews(subject, window, spent).finally(() => flights.delete(key))
    flights.set(key, flight)
    return flight
  }

  return {
    /** The time by which this service goes: milliseconds since 1970. */
    now,
    /**
     * News on `subject` that holds what there is in the question's window, and more; at most `CACHE_TTL_MS` old. Callers
     * who ask for the same at the same time share one call to Alpha Vantage, and its failure; the call goes on, and its
     * answer is kept, when they leave.
     * @throws the errors of the Alpha Vantage client.
     */
    async find(subject: Subject, { window, at, mayBeEmpty, spent }: Question): Promise<News> {
      const live = isLive(window, at)
      const windows = liveWindows(window.from, at)
      const [shortest] = windows
      const asked = live && shortest ? shortest : wholeDays(window, at)
      // News over a longer window answers, too.
      const kept = windows
        .map((one) => cache.get(keyOf(subject, one)))
        .find((news) => news && (live || news.to >= window.to) && isEnough(news, window))
      const ask = (one: UpstreamWindow) => newsOf(subject, one, spent).catch(whatIsNoNews)
      const news = kept ?? (await ask(asked))
      // Whether there is news must not depend on what happens to be kept.
      const { from, to = at } = asked
      const isLonger = news.key !== keyOf(subject, asked)
      const found = isLonger ? articlesIn(news.articles, { from, to }) : news.articles
      if (found.length === 0 && !mayBeEmpty) {
        throw news.sample ? new NoSampleNewsError(nameOf(subject)) : new NoNewsError(nameOf(subject))
      }
      // The newest articles come first: those after the window can leave too little room for those in it.
      return isEnough(news, window) ? news : ask(minutesTo(window, asked))

      function whatIsNoNews(error: unknown): News {
        if (!(error instanceof NoNewsError)) throw error
        return newsFrom({ articles: [], dropped: 0, isFull: false, sample: false }, subject, asked)
      }
    },
    /** News that is still kept, by its key; never asks Alpha Vantage. */
    cached: (key: string) => cache.get(key),
    /** Keeps articles that an answer names, so that they can be looked at later than their news is kept. */
    name({ fetchedAt, sample }: News, articles: readonly Article[]) {
      for (const article of articles) named.set(article.id, { article, fetchedAt, sample })
    },
    /** An article that an answer has named lately; never asks Alpha Vantage. */
    named: (id: string) => named.get(id),
    /** Tickers that have been in the news lately, the latest first. */
    tickers: () => [...tickers.keys()],
    /** Calls `listener` with each subject on which news up to now has come from Alpha Vantage. */
    onFetched: (listener: (subject: Subject) => void) => void events.on('fetched', listener),
    /** Ends open calls, for which nobody waits by then, and closes the connections. */
    async close() {
      await alphaVantage.close()
      await Promise.allSettled(flights.values())
    }
  }
}

/**
 * How far back all articles are known: milliseconds since 1970. With a full feed, what is older than its oldest article
 * may be missing, and some of the same second.
 */
export function coveredFrom({ isFull, articles, from, to }: News): number {
  if (!isFull) return from
  return articles.findLast(({ publishedMs }) => publishedMs >= from && publishedMs <= to)?.publishedMs ?? to
}

/** Whether older articles of `window` may be missing in `news`. */
export function isCut(news: News, window: Window): boolean {
  return news.isFull && coveredFrom(news) >= window.from
}

/** Whether asking for news up to the window's end, and not beyond, would not tell much more of the window. */
function isEnough(news: News, window: Window): boolean {
  const room = articlesIn(news.articles, window).length * 2 >= news.articles.length
  return room || window.to >= news.to || !isCut(news, window)
}

function keyOf(subject: Subject, { name }: UpstreamWindow): string {
  return `${nameOf(subject)} ${name}`
}
