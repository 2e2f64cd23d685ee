import { z } from 'zod'
import { tickerSymbol } from '../../alpha-vantage/subject.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'

/** A ticker in Alpha Vantage's notation; converted to upper case. */
export const tickerSchema = z
  .string()
  .trim()
  .toUpperCase()
  .refine(
    (ticker) => tickerSymbol.test(ticker),
    'must be one ticker, such as AAPL, BRK-A, CRYPTO:BTC or FOREX:USD'
  )

/** The input of tools that take one ticker. */
export const tickerInput = tickerSchema.describe(
  'The symbol of a stock (AAPL, BRK-A), a coin (CRYPTO:BTC) or a currency (FOREX:USD).'
)

/** Suggested before any news has been fetched. */
const commonTickers = (
  'AAPL ABBV ABT ADBE AMD AMZN AVGO BA BAC BRK-B C CAT COIN COST CRM CSCO CVX DIS F GE GM GOOG GOOGL GS HD IBM ' +
  'INTC JNJ JPM KO LLY MA MCD META MMM MRK MSFT NFLX NKE NVDA ORCL PEP PFE PG PLTR PYPL QCOM SBUX SHOP T TSLA TSM ' +
  'UBER UNH V VZ WFC WMT XOM CRYPTO:BTC CRYPTO:ETH CRYPTO:SOL CRYPTO:XRP FOREX:EUR FOREX:GBP FOREX:JPY FOREX:USD'
).split(' ')

const maxSuggestions = 200

/** Suggests tickers that begin with the typed text: common ones, then those in recent news. Makes no upstream call. */
export function createTickerSuggestions(newsSentiment: NewsSentiment): (typed: string) => string[] {
  return (typed) => {
    const prefix = typed.trim().toUpperCase()
    const tickers = new Set([...commonTickers, ...newsSentiment.tickers()])
    return [...tickers].filter((ticker) => ticker.startsWith(prefix)).slice(0, maxSuggestions)
  }
}
