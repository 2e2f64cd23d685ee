import { sampleTickers } from '../../local/alpha-vantage/sample-news.ts'
import type { Random } from './random.ts'

const dayMs = 24 * 3_600_000
const sampleTopics = ['technology', 'finance', 'earnings', 'financial_markets', 'manufacturing', 'blockchain']

/** Chooses the params of a random tool call. There are few different calls, so caches are full after a minute. */
export function chooseCall(random: Random): { name: string; arguments: Record<string, unknown> } {
  const ticker = random.pick(sampleTickers)
  const since = random.pick(['24h', '7d', '30d'])
  const until = new Date(Date.now() - random.pick([2, 3, 5, 8, 13, 21]) * dayMs).toISOString().slice(0, 10)
  const tickers = [
    ...new Set([ticker, random.pick(sampleTickers), random.pick(sampleTickers), 'AAPL', 'MSFT'])
  ]
  return random.pick([
    { name: 'get_news_sentiment', arguments: { ticker, since, limit: random.pick([1, 3, 50]) } },
    { name: 'get_news_sentiment', arguments: { ticker, since: '7d', until } },
    { name: 'get_news_sentiment', arguments: { ticker, sort: 'relevance', topics: ['earnings'] } },
    { name: 'compare_news_sentiment', arguments: { tickers, since } },
    {
      name: 'get_sentiment_trend',
      arguments: { ticker, since: '30d', bucket: random.pick(['day', 'week']) }
    },
    { name: 'get_market_news', arguments: random.pick([{}, { topic: random.pick(sampleTopics), since }]) },
    { name: 'explain_sentiment', arguments: { ticker, since: '7d' } },
    { name: 'get_news_budget', arguments: {} }
  ])
}

/** The URI of a random ticker's latest news. */
export const chooseUri = (random: Random) =>
  `news:///tickers/${encodeURIComponent(random.pick(sampleTickers))}/latest`

/** A ticker that does not exist. */
export const unknownTicker = (random: Random) => `ZZ${Math.floor(random.between(0, 500))}`
