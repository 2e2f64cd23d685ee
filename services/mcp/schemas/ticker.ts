import { z } from 'zod'
import { tickerSymbol } from '../../alpha-vantage/subject.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'

/** One ticker, as Alpha Vantage writes them. */
export const tickerSchema = z
  .string()
  .trim()
  .toUpperCase()
  .refine(
    (ticker) => tickerSymbol.test(ticker),
    'must be one ticker, such as AAPL, BRK-A, CRYPTO:BTC or FOREX:USD'
  )

/** The input that says which ticker. */
export const tickerInput = tickerSchema.describe(
  'The ticker symbol: a stock (AAPL, BRK-A), a coin (CRYPTO:BTC) or a currency (FOREX:USD).'
)

/** Tickers that many ask about, to suggest while somebody types. */
const commonTickers = (
  'AAPL ABBV ABT ADBE AMD AMZN AVGO BA BAC BRK-B C CAT COIN COST CRM CSCO CVX DIS F GE GM GOOG GOOGL GS HD IBM ' +
  'INTC JNJ JPM KO LLY MA MCD META MMM MRK MSFT NFLX NKE NVDA ORCL PEP PFE PG PLTR PYPL QCOM SBUX SHOP T TSLA TSM ' +
  'UBER UNH V VZ WFC WMT XOM CRYPTO:BTC CRYPTO:ETH CRYPTO:SOL CRYPTO:XRP FOREX:EUR FOREX:GBP FOREX:JPY FOREX:USD'
).split(' ')

const maxSuggestions = 200

/** Suggests tickers that begin with what is typed: common ones, then those in the latest news; spends no call. */
export function createTickerSuggestions(newsSentiment: NewsSentiment): (start: string) => string[] {
  return (start) => {
    const wanted = start.trim().toUpperCase()
    const known = new Set([...commonTickers, ...newsSentiment.tickers()])
    return [...known].filter((ticker) => ticker.startsWith(wanted)).slice(0, maxSuggestions)
  }
}
