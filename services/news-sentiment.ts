import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import type { AlphaVantage } from './alpha-vantage.ts'
import type { Feed } from './feed.ts'

/** News on one ticker, and when it was fetched. */
export interface News extends Feed {
  ticker: string
  /** ISO 8601, UTC. */
  fetchedAt: string
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

  async function lookUp(ticker: string): Promise<News> {
    const cached = await cache.get<News>({ key: ticker })
    if (cached) return cached
    const feed = await alphaVantage.newsSentiment(ticker)
    const news = { ...feed, ticker, fetchedAt: new Date().toISOString() }
    await cache.set({ key: ticker, value: news, ttl: cacheTtlMs })
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
    /** Waits for open calls, then closes the connections. */
    async close() {
      await Promise.allSettled(flights.values())
      await alphaVantage.close()
      await cache.disconnectAll()
    }
  }
}
