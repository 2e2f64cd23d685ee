import { EventEmitter } from 'node:events'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { LRUCache } from 'lru-cache'
import type { AlphaVantage, Subject } from './alpha-vantage.ts'
import type { Article, Feed } from './feed.ts'
import { isLive, liveWindows, type UpstreamWindow, type Window, wholeDays } from './windows.ts'

/** News on a subject over a window, and when it was fetched. */
export interface News extends Feed {
  /** Names it, while it is kept. */
  key: string
  subject: Subject
  /** How far back it goes: milliseconds since 1970. With a full feed, what is older than its last article is not in it. */
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

/** An article, with what the answer that it came in says of itself. */
export type KnownArticle = Pick<News, 'fetchedAt' | 'sample'> & { article: Article }

interface Asked {
  window: Window
  /** When it is asked: milliseconds since 1970. */
  at: number
  /** Told of a call to Alpha Vantage that is made for this very question. */
  onCall(): void
}

export type NewsSentiment = ReturnType<typeof createNewsSentiment>

/** Up to 1000 articles each, of about 2 kB. */
const mostKept = 250
const mostArticles = 20_000
const mostTickers = 5000

/** Answers questions about news, asking Alpha Vantage as seldom as it can. */
export function createNewsSentiment(options: {
  alphaVantage: AlphaVantage
  cacheTtlMs: number
  /** Milliseconds since 1970. */
  now?: () => number
}) {
  const { alphaVantage, cacheTtlMs, now = Date.now } = options
  const cache = new BentoCache({
    default: 'news',
    stores: { news: bentostore().useL1Layer(memoryDriver({ maxItems: mostKept, serialize: false })) }
  })
  const flights = new Map<string, Promise<News>>()
  const events = new EventEmitter<{ fetched: [subject: Subject] }>()
  const articles = new LRUCache<string, KnownArticle>({ max: mostArticles })
  const tickers = new LRUCache<string, true>({ max: mostTickers })

  const cached = (key: string) => cache.get<News>({ key })

  async function fetchNews(subject: Subject, window: UpstreamWindow, key: string, onCall: () => void) {
    const feed = await alphaVantage.newsSentiment(subject, window, onCall)
    const fetchedMs = now()
    const news: News = {
      ...feed,
      key,
      subject,
      from: window.from,
      to: Math.min(window.to ?? fetchedMs, fetchedMs),
      fetchedMs,
      fetchedAt: new Date(fetchedMs).toISOString(),
      freshUntil: new Date(fetchedMs + cacheTtlMs).toISOString()
    }
    await cache.set({ key, value: news, ttl: cacheTtlMs })
    const { fetchedAt, sample } = news
    for (const article of news.articles) {
      articles.set(article.id, { article, fetchedAt, sample })
      for (const { ticker } of article.tickers) tickers.set(ticker, true)
    }
    if (window.to === undefined) events.emit('fetched', subject)
    return news
  }

  async function lookUp(subject: Subject, asked: UpstreamWindow, { window, at, onCall }: Asked) {
    const live = isLive(window, at)
    // News over a longer window answers, too.
    for (const longer of liveWindows(window.from, at)) {
      const news = await cached(keyOf(subject, longer))
      if (news && (live || covers(news, window))) return news
    }
    const key = keyOf(subject, asked)
    return (await cached(key)) ?? fetchNews(subject, asked, key, onCall)
  }

  return {
    /** The time by which this service goes: milliseconds since 1970. */
    now,
    /**
     * News on `subject` that holds what there is in `window`, and more; at most `CACHE_TTL_MS` old. Callers who ask for
     * the same at the same time share one call to Alpha Vantage, and its failure; the call goes on, and its answer is
     * kept, when they leave.
     * @throws the errors of the Alpha Vantage client.
     */
    find(subject: Subject, question: Asked): Promise<News> {
      const { window, at } = question
      const asked = (isLive(window, at) && liveWindows(window.from, at)[0]) || wholeDays(window, at)
      const key = keyOf(subject, asked)
      const open = flights.get(key)
      if (open) return open
      const flight = lookUp(subject, asked, question).finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
    /** News that is still kept, by its key; never asks Alpha Vantage. */
    cached,
    /** An article that has been in the news lately; never asks Alpha Vantage. */
    article: (id: string) => articles.get(id),
    /** Tickers that have been in the news lately, the latest first. */
    tickers: () => [...tickers.keys()],
    /** Calls `listener` with each subject on which news up to now has come from Alpha Vantage. */
    onFetched: (listener: (subject: Subject) => void) => void events.on('fetched', listener),
    /** Ends open calls, for which nobody waits by then, and closes the connections. */
    async close() {
      await alphaVantage.close()
      await Promise.allSettled(flights.values())
      await cache.disconnectAll()
    }
  }
}

/** When the oldest article that must be in `news` was published: milliseconds since 1970. */
export function coveredFrom({ isFull, articles, from }: News): number {
  return isFull ? Math.max(from, articles.at(-1)?.publishedMs ?? from) : from
}

function covers(news: News, { from, to }: Window): boolean {
  return coveredFrom(news) <= from && news.to >= to
}

function keyOf({ ticker, topic }: Subject, { name }: UpstreamWindow): string {
  return `${ticker ?? (topic ? `topic ${topic}` : 'market')} ${name}`
}
