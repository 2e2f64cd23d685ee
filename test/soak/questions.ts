import { sampleTickers } from '../../local/alpha-vantage/sample-news.ts'
import type { Chance } from './chance.ts'

const dayMs = 24 * 3_600_000
const sampleTopics = ['technology', 'finance', 'earnings', 'financial_markets', 'manufacturing', 'blockchain']

/** A call of a tool, as its params; of few enough questions that caches are full after a minute. */
export function chooseCall(chance: Chance): { name: string; arguments: Record<string, unknown> } {
  const ticker = chance.pick(sampleTickers)
  const since = chance.pick(['24h', '7d', '30d'])
  const until = new Date(Date.now() - chance.pick([2, 3, 5, 8, 13, 21]) * dayMs).toISOString().slice(0, 10)
  const others = [
    ...new Set([ticker, chance.pick(sampleTickers), chance.pick(sampleTickers), 'AAPL', 'MSFT'])
  ]
  return chance.pick([
    { name: 'get_news_sentiment', arguments: { ticker, since, limit: chance.pick([1, 3, 50]) } },
    { name: 'get_news_sentiment', arguments: { ticker, since: '7d', until } },
    { name: 'get_news_sentiment', arguments: { ticker, sort: 'relevance', topics: ['earnings'] } },
    { name: 'compare_news_sentiment', arguments: { tickers: others, since } },
    {
      name: 'get_sentiment_trend',
      arguments: { ticker, since: '30d', bucket: chance.pick(['day', 'week']) }
    },
    { name: 'get_market_news', arguments: chance.pick([{}, { topic: chance.pick(sampleTopics), since }]) },
    { name: 'explain_sentiment', arguments: { ticker, since: '7d' } },
    { name: 'get_news_budget', arguments: {} }
  ])
}

/** The resource of a ticker's latest news. */
export const chooseUri = (chance: Chance) =>
  `news:///tickers/${encodeURIComponent(chance.pick(sampleTickers))}/latest`

/** A ticker that there is not. */
export const unknownTicker = (chance: Chance) => `ZZ${Math.floor(chance.between(0, 500))}`
