import { EventEmitter } from 'node:events'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import type { AlphaVantage } from './alpha-vantage.ts'
import type { Feed } from './feed.ts'

/** News on one ticker, and when it was fetched. */
export interface News extends Feed {
  ticker: string
  /** ISO 8601, UTC. */
  fetchedAt: string
  /** When it is asked for anew: ISO 8601, UTC. */
  freshUntil: string
}

export type NewsSentiment = ReturnType<typeof createNewsSentiment>

/** Answers questions about news, asking Alpha Vantage as seldom as it can. */
export function createNewsSentiment(options: { alphaVantage: AlphaVantage; cacheTtlMs: number }) {
  const { alphaVantage, cacheTtlMs } = options
  const cache = new BentoCache({
    default: 'news',
    stores: { news: bentostore().useL1Layer(memoryDriver({ maxItems: 1000, serialize: false })) }
  })
  const flights = new Map<string, Promise<News>>()
  const events = new EventEmitter<{ fetched: [ticker: string] }>()

  async function lookUp(ticker: string): Promise<News> {
    const cached = await cache.get<News>({ key: ticker })
    if (cached) return cached
    const feed = await alphaVantage.newsSentiment(ticker)
    const now = Date.now()
    const news = {
      ...feed,
      ticker,
      fetchedAt: new Date(now).toISOString(),
      freshUntil: new Date(now + cacheTtlMs).toISOString()
    }
    await cache.set({ key: ticker, value: news, ttl: cacheTtlMs })
    events.emit('fetched', ticker)
    return news
  }

  return {
    /**
     * The news on `ticker`, newest first, at most `CACHE_TTL_MS` old. Callers who ask for the same at the same time
     * share one call to Alpha Vantage, and its failure; the call goes on, and its answer is kept, when they leave.
     * @throws the errors of the Alpha Vantage client.
     */
    latest(ticker: string): Promise<News> {
      const open = flights.get(ticker)
      if (open) return open
      const flight = lookUp(ticker).finally(() => flights.delete(ticker))
      flights.set(ticker, flight)
      return flight
    },
    /** Calls `listener` with each ticker on which news has come from Alpha Vantage. */
    onFetched: (listener: (ticker: string) => void) => void events.on('fetched', listener),
    /** Ends open calls, for which nobody waits by then, and closes the connections. */
    async close() {
      await alphaVantage.close()
      await Promise.allSettled(flights.values())
      await cache.disconnectAll()
    }
  }
}
