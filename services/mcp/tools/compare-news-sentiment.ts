import { z } from 'zod'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { chartUri } from '../chart/chart-resource.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { tickerSchema } from '../schemas/ticker.ts'
import { windowInput } from '../schemas/window.ts'
import { compareTickers, comparisonSchema, formatComparison } from './comparison.ts'
import { fetchNewsOnTickers } from './fetch-news.ts'

const maxTickers = 10

const inputSchema = z.strictObject({
  tickers: z
    .array(tickerSchema)
    .min(2)
    .max(maxTickers)
    .refine((tickers) => new Set(tickers).size === tickers.length, 'must not name a ticker twice')
    .describe(`2 to ${maxTickers} symbols, such as AAPL, MSFT, CRYPTO:BTC.`),
  ...windowInput('7d')
})

/** The tool `compare_news_sentiment`: tickers ranked by the score of their news over the same window. */
export function createCompareNewsSentiment(newsSentiment: NewsSentiment) {
  return defineTool({
    name: 'compare_news_sentiment',
    title: 'Compare tickers by sentiment',
    description:
      'Ranks 2 to 10 stocks, cryptocurrencies or currencies by news sentiment over one time window (the last 7 days by ' +
      'default), and marks which differences exceed their uncertainty; never call one ticker better without such a ' +
      'difference. Use it for questions on which of several tickers has better news. Each ticker that is not cached ' +
      'costs a call to Alpha Vantage. Hosts with MCP Apps draw a chart.',
    annotations: readOnlyLookup,
    uiResourceUri: chartUri,
    inputSchema,
    outputSchema: comparisonSchema,
    example: {
      question: 'Does Meta have better news coverage than Nvidia and Apple?',
      arguments: { tickers: ['META', 'NVDA', 'AAPL'] }
    },
    async handler(input, context) {
      const { tickers } = input
      const fetched = await fetchNewsOnTickers(newsSentiment, tickers, input, context)
      const comparison = compareTickers(fetched)
      return { text: formatComparison(comparison), structuredContent: comparison }
    }
  })
}
