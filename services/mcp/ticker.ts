import { z } from 'zod'

const tickerSymbol = /^(?:(?:CRYPTO|FOREX):)?[A-Z0-9][A-Z0-9.-]{0,14}$/

/** One ticker, as Alpha Vantage writes them. */
export const tickerSchema = z
  .string()
  .trim()
  .toUpperCase()
  .refine(
    (ticker) => tickerSymbol.test(ticker),
    'must be one ticker, such as AAPL, BRK-A, CRYPTO:BTC or FOREX:USD'
  )

/** Tickers that many ask about, to suggest while somebody types. */
const commonTickers = (
  'AAPL ABBV ABT ADBE AMD AMZN AVGO BA BAC BRK-B C CAT COIN COST CRM CSCO CVX DIS F GE GM GOOG GOOGL GS HD IBM ' +
  'INTC JNJ JPM KO LLY MA MCD META MMM MRK MSFT NFLX NKE NVDA ORCL PEP PFE PG PLTR PYPL QCOM SBUX SHOP T TSLA TSM ' +
  'UBER UNH V VZ WFC WMT XOM CRYPTO:BTC CRYPTO:ETH CRYPTO:SOL CRYPTO:XRP FOREX:EUR FOREX:GBP FOREX:JPY FOREX:USD'
).split(' ')

/** Common tickers that begin with `start`; spends no call to Alpha Vantage. */
export function suggestTickers(start: string): string[] {
  const wanted = start.trim().toUpperCase()
  return commonTickers.filter((ticker) => ticker.startsWith(wanted))
}
