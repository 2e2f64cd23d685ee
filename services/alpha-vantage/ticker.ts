import { findTickerByName } from './common-tickers.ts'
import { tickerSymbol } from './subject.ts'

/** A ticker in Alpha Vantage's notation, or what a text must be instead: a clause that begins with `must be`. */
export type TickerReading = { ticker: string; problem?: never } | { ticker?: never; problem: string }

const codes = (list: string) => new Set(list.split(' '))
const currencies = codes(
  'AUD BRL CAD CHF CNH CNY CZK DKK EUR GBP HKD HUF ILS INR JPY KRW MXN NOK NZD PLN SEK SGD THB TRY TWD USD ZAR'
)
const coins = codes('ADA ATOM AVAX BCH BNB BTC DOGE DOT ETH LINK LTC SHIB SOL TRX UNI USDC USDT XLM XRP')
/** Alone, these codes mean the stock. */
const stocks = codes('ATOM BCH CNH HKD INR LINK LTC NOK SOL TRX UNI')
const stableCoins = codes('USDC USDT')
/** US exchanges as data vendors write them, without spaces and punctuation. */
const exchanges = codes(
  'AMEX ARCA BATS CBOE NASDAQ NASDAQCM NASDAQGM NASDAQGS NYSE NYSEAMERICAN NYSEARCA NYSEMKT OTC OTCMKTS OTCQB ' +
    'OTCQX US XASE XNAS XNYS'
)
/** Bloomberg's country, and Reuters' codes of Nasdaq and New York. */
const usSuffix = /[. ]US(?: EQUITY)?$|\.[ON]$/
/** Precedes the class of a share. After a dot, F, L, T and V are Frankfurt, London, Tokyo and Toronto. */
const classSeparator = /\/(?=[A-Z]$)|\.(?=[A-EG-KM-SUW-Z]$)/

/** Stocks have at most five letters, and their classes fewer: longer words are names. An ISIN has twelve characters. */
const name = /[A-Z]{6}|-[A-Z]{4}|^[A-Z]{2}[A-Z\d]{9}\d$/

const notOneTicker = 'must be one ticker, such as AAPL, BRK-B, CRYPTO:BTC or FOREX:USD, not a name or a list'

/**
 * Reads a ticker as people and other data vendors write it: `brk.b`, `BRK/B`, `$AAPL`, `NASDAQ:AAPL`, `AAPL.US`, `BTC-USD`.
 * A text with no meaning, or with several, has a `problem` that names the right notation.
 */
export function readTicker(text: string): TickerReading {
  const notation = text
    .trim()
    .toUpperCase()
    .replace(/^(["'])(.*)\1$/, '$2')
  const colon = notation.indexOf(':')
  const prefix = notation.slice(0, Math.max(0, colon)).trim()
  const symbol = notation
    .slice(colon + 1)
    .trim()
    .replace(/^\$/, '')
  const known = findTickerByName(symbol)
  if (known) return { problem: `must be ${known}, the ticker of that name` }
  const pair = readPair(symbol)
  if (pair) return pair
  if (prefix === 'CRYPTO' || prefix === 'FOREX') return checkNotation(`${prefix}:${symbol}`)
  if (prefix === '') return readAlone(symbol)
  if (isExchange(prefix)) return readStock(symbol)
  if (isExchange(symbol)) return readStock(prefix) // as in Google's AAPL:NASDAQ
  return {
    problem: 'must be one ticker, such as AAPL: before a colon, only CRYPTO, FOREX and US exchanges are known'
  }
}

/** The beginning of a ticker that a person types, in Alpha Vantage's notation. */
export function toTickerPrefix(typed: string): string {
  const notation = typed.trim().toUpperCase().replace(/^\$/, '').replace(/[./]/g, '-')
  const [prefix = '', symbol] = notation.split(/\s*:\s*/)
  return symbol !== undefined && isExchange(prefix) ? symbol : notation
}

const isExchange = (name: string) => exchanges.has(name.replace(/[^A-Z]/g, ''))

/** Reads `EUR/USD`, `BTC-USD`, `BTCUSDT` or `EURUSD=X`. Returns `undefined` if `symbol` is not a pair. */
function readPair(symbol: string): TickerReading | undefined {
  const [, base, quote] =
    /^([A-Z0-9]{1,10})[-/_]([A-Z]{3,4})(?:=X)?$/.exec(symbol) ??
    /^([A-Z]{3,5}?)(USD[CT]|[A-Z]{3})(?:=X)?$/.exec(symbol) ??
    []
  const quoted = quote && toCode(quote)
  if (!base || !quoted) return undefined
  const code = toCode(base)
  if (code) {
    const isPrice = coins.has(base) && (currencies.has(quote) || stableCoins.has(quote))
    return isPrice ? { ticker: code } : { problem: `must be one side of the pair: ${code} or ${quoted}` }
  }
  if (!/[-/_]/.test(symbol)) return undefined
  return { problem: `must be ${base} for a stock, or CRYPTO:${base} for a coin` }
}

function toCode(code: string): string | undefined {
  if (coins.has(code)) return `CRYPTO:${code}`
  return currencies.has(code) ? `FOREX:${code}` : undefined
}

function readAlone(symbol: string): TickerReading {
  const code = stocks.has(symbol) ? undefined : toCode(symbol)
  if (!code) return readStock(symbol)
  const kind = coins.has(symbol) ? 'coin' : 'currency'
  return { problem: `must be ${code} for the ${kind}, or NYSE:${symbol} for a stock of that name` }
}

function readStock(symbol: string): TickerReading {
  const ticker = symbol.replace(usSuffix, '').replace(classSeparator, '-')
  if (ticker.includes('.')) {
    return { problem: 'must be one ticker of a US exchange, such as AAPL or BRK-B: others are not covered' }
  }
  return name.test(ticker) ? { problem: notOneTicker } : checkNotation(ticker)
}

function checkNotation(ticker: string): TickerReading {
  return tickerSymbol.test(ticker) ? { ticker } : { problem: notOneTicker }
}
