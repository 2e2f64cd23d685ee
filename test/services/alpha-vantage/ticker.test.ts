import fc from 'fast-check'
import t from 'tap'
import { sampleTickers } from '../../../local/alpha-vantage/sample-news.ts'
import { commonTickers } from '../../../services/alpha-vantage/common-tickers.ts'
import { tickerSymbol } from '../../../services/alpha-vantage/subject.ts'
import { readTicker } from '../../../services/alpha-vantage/ticker.ts'

t.test("Alpha Vantage's own notation, in any case and with spaces around it: read unchanged", async (t) => {
  for (const ticker of [...commonTickers, ...sampleTickers, 'BF-B', 'CRYPTO:RENDER', 'FOREX:CHF', '7203']) {
    t.equal(readTicker(ticker).ticker, ticker)
    t.equal(readTicker(` ${ticker.toLowerCase()}\n`).ticker, ticker)
  }
})

t.test(
  'notations of people and other vendors with one meaning: read as Alpha Vantage writes them',
  async (t) => {
    for (const [ticker, ...notations] of [
      [
        'AAPL',
        '$AAPL',
        '"AAPL"',
        "'aapl'",
        '$aapl',
        'NASDAQ:AAPL',
        'Nasdaq: AAPL',
        'NasdaqGS:AAPL',
        'XNAS:$AAPL',
        'AAPL.US',
        'AAPL US Equity',
        'AAPL:NASDAQ',
        'AAPL:US',
        'AAPL.O'
      ],
      ['BRK-B', 'BRK.B', 'brk.b', 'BRK/B', 'NYSE:BRK.B', '$BRK.B', 'brk-b'],
      ['BF-A', 'BF.A', 'NYSE:BF/A'],
      ['MKC-V', 'MKC/V'],
      ['SPY', 'NYSE Arca:SPY', 'NYSEARCA:SPY', 'OTC:SPY', 'US:SPY'],
      [
        'CRYPTO:BTC',
        'BTC/USD',
        'btc-usd',
        'BTC-EUR',
        'BTCUSDT',
        'BINANCE:BTCUSDT',
        'CRYPTO:BTC/USD',
        'crypto: btc'
      ],
      ['CRYPTO:SOL', 'SOL-USD', 'SOL/USDT'],
      ['CRYPTO:DOGE', 'DOGEUSD'],
      ['NOK', 'NOK', 'NYSE:NOK'],
      ['LTC', 'LTC'],
      ['BTC', 'NYSEARCA:BTC']
    ] as const) {
      for (const notation of notations) t.equal(readTicker(notation).ticker, ticker, notation)
    }
  }
)

t.test('texts with several meanings, or none: a problem that names the right notation', async (t) => {
  for (const [problem, ...texts] of [
    [/FOREX:EUR or FOREX:USD/, 'EUR/USD', 'eur-usd', 'EURUSD', 'EURUSD=X', 'FOREX:EUR/USD', 'FX:EURUSD'],
    [/CRYPTO:ETH or CRYPTO:BTC/, 'ETH/BTC', 'ETH-BTC'],
    [/FOREX:USD or CRYPTO:BTC/, 'USD/BTC'],
    [/FOO for a stock, or CRYPTO:FOO for a coin/, 'FOO/USD', 'FOO-USD'],
    [/CRYPTO:BTC for the coin, or NYSE:BTC/, 'BTC', '$btc'],
    [/FOREX:EUR for the currency/, 'EUR'],
    [/must be AAPL, the ticker of that name/, 'Apple', 'APPLE', 'Apple Inc.', 'apple stock', '$Apple'],
    [/must be GOOGL/, 'Google', 'Alphabet Inc.'],
    [/must be CRYPTO:BTC/, 'Bitcoin', 'CRYPTO:BITCOIN'],
    [/must be MCD/, "McDonald's"],
    [
      /not a name or a list/,
      'Sanofi',
      'Acme Widgets',
      'T-Mobile',
      'Industry',
      'Rolls-Royce',
      'AAPL,MSFT',
      'AAPL MSFT',
      'AAPL F',
      'US0378331005',
      '',
      '^GSPC',
      'A'.repeat(100),
      '🍎'
    ],
    [
      /not a name or a list/,
      'CRYPTO:',
      'FOREX:€',
      'CRYPTO:NASDAQ:AAPL',
      'AAPL&apikey=x',
      'EUR/XYZ',
      '$$AAPL'
    ],
    [/of a US exchange/, 'VOD.L', '7203.T', '0700.HK', 'SAP.DE', 'SHOP.TO', 'NYSE:VOD.L'],
    [/before a colon/, 'LON:VOD', 'TSE:7203', 'STOCK:AAPL']
  ] as const) {
    for (const text of texts) t.match(readTicker(text).problem, problem, text)
  }
})

t.test('any text: read in the notation of Alpha Vantage, or a problem of one short line', async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.stringMatching(/^[$]?[A-Za-z:./ -]{0,20}$/),
    fc.constantFrom('__proto__', 'constructor', 'toString')
  )
  fc.assert(
    fc.property(text, (text) => {
      const { ticker, problem } = readTicker(text)
      return ticker === undefined
        ? /^must be [^\n]{1,120}$/.test(problem) && !problem.includes('undefined')
        : tickerSymbol.test(ticker)
    }),
    { numRuns: 2000 }
  )
  t.pass()
})
