import { z } from 'zod'
import { commonTickers } from '../../alpha-vantage/common-tickers.ts'
import { readTicker, toTickerPrefix } from '../../alpha-vantage/ticker.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'

/** A ticker as people write it; converted to Alpha Vantage's notation. */
export const tickerSchema = z.string().transform((text, context) => {
  const { ticker, problem } = readTicker(text)
  if (ticker !== undefined) return ticker
  context.addIssue(problem)
  return text // errors about the list that it is in quote it
})

/** The input of tools that take one ticker. */
export const tickerInput = tickerSchema.describe(
  'The symbol of a stock (AAPL, BRK-A), a coin (CRYPTO:BTC) or a currency (FOREX:USD).'
)

const maxSuggestions = 200

/** Suggests tickers that begin with the typed text: common ones, then those in recent news. Makes no upstream call. */
export function createTickerSuggestions(newsSentiment: NewsSentiment): (typed: string) => string[] {
  return (typed) => {
    const prefix = toTickerPrefix(typed)
    const tickers = new Set([...commonTickers, ...newsSentiment.tickers()])
    return [...tickers].filter((ticker) => ticker.startsWith(prefix)).slice(0, maxSuggestions)
  }
}
