import t from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { sampleTickers } from '../../../local/alpha-vantage/sample-news.ts'
import { toFeed } from '../../support/feeds.ts'
import { callTool, resultText } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'

interface Case {
  body: unknown
  code: string
  message: RegExp
  /** Whether the same query gets the same error for a while, without another call. */
  isRemembered?: true
}

const cases: Record<string, Case> = {
  'unknown ticker': {
    body: errorResponses.invalidInputs,
    code: 'NEWS_TICKER_UNKNOWN',
    message: /does not know AAPL/,
    isRemembered: true
  },
  'no news (older format)': {
    body: errorResponses.noArticles,
    code: 'NEWS_NOT_FOUND',
    message: /no news on AAPL/,
    isRemembered: true
  },
  'no news (newer format)': {
    body: { items: '0', feed: [] },
    code: 'NEWS_NOT_FOUND',
    message: /no news on AAPL/,
    isRemembered: true
  },
  'daily limit': {
    body: errorResponses.dailyLimit,
    code: 'NEWS_QUOTA_SPENT',
    message: /no calls left today/,
    isRemembered: true
  },
  'daily limit as a note': {
    body: errorResponses.dailyLimitAsNote,
    code: 'NEWS_QUOTA_SPENT',
    message: /no calls left today/,
    isRemembered: true
  },
  burst: {
    body: errorResponses.burst,
    code: 'NEWS_RATE_LIMITED',
    message: /spread out/,
    isRemembered: true
  },
  'burst of a premium key': {
    body: errorResponses.premiumBurst,
    code: 'NEWS_RATE_LIMITED',
    message: /spread out/,
    isRemembered: true
  },
  'minute limit': {
    body: errorResponses.minuteLimit,
    code: 'NEWS_MINUTE_SPENT',
    message: /no calls left this minute/,
    isRemembered: true
  },
  'minute limit of a premium key': {
    body: errorResponses.premiumMinuteLimit,
    code: 'NEWS_MINUTE_SPENT',
    message: /no calls left this minute/,
    isRemembered: true
  },
  'minute limit that names requests': {
    body: errorResponses.minuteLimitAsRequests,
    code: 'NEWS_MINUTE_SPENT',
    message: /no calls left this minute/,
    isRemembered: true
  },
  'minute limit, worded as call volume': {
    body: errorResponses.callVolume,
    code: 'NEWS_MINUTE_SPENT',
    message: /no calls left this minute/,
    isRemembered: true
  },
  'burst, worded as call frequency': {
    body: errorResponses.callFrequency,
    code: 'NEWS_RATE_LIMITED',
    message: /spread out/,
    isRemembered: true
  },
  'a limit without a time': {
    body: { Note: 'Thank you for using Alpha Vantage! You have exceeded our API call frequency.' },
    code: 'NEWS_RATE_LIMITED',
    message: /spread out/,
    isRemembered: true
  },
  'daily limit that names calls': {
    body: errorResponses.dailyLimitAsCalls,
    code: 'NEWS_QUOTA_SPENT',
    message: /no calls left today/,
    isRemembered: true
  },
  'daily limit of a free key': {
    body: errorResponses.dailyLimitOfFreeKey,
    code: 'NEWS_QUOTA_SPENT',
    message: /no calls left today/,
    isRemembered: true
  },
  'invalid key in other words': {
    body: errorResponses.invalidKeyAsInformation,
    code: 'NEWS_KEY_REFUSED',
    message: /ALPHA_VANTAGE_API_KEY/
  },
  'key after what is wrong with it': {
    body: { Note: 'Invalid API key.' },
    code: 'NEWS_KEY_REFUSED',
    message: /ALPHA_VANTAGE_API_KEY/
  },
  'premium endpoint, with ways to unlock it': {
    body: errorResponses.premiumEndpointWithWays,
    code: 'NEWS_PREMIUM_ONLY',
    message: /plan/
  },
  'premium plan in other words': {
    body: { Information: 'Thank you for using Alpha Vantage! This feature is for premium members.' },
    code: 'NEWS_PREMIUM_ONLY',
    message: /plan/
  },
  'invalid key': {
    body: errorResponses.invalidKey,
    code: 'NEWS_KEY_REFUSED',
    message: /ALPHA_VANTAGE_API_KEY/
  },
  'invalid key under Information': {
    body: { Information: errorResponses.invalidKey['Error Message'] },
    code: 'NEWS_KEY_REFUSED',
    message: /ALPHA_VANTAGE_API_KEY/
  },
  'demo key': { body: errorResponses.demoKey, code: 'NEWS_DEMO_KEY', message: /demo key/ },
  'premium endpoint': { body: errorResponses.premiumEndpoint, code: 'NEWS_PREMIUM_ONLY', message: /plan/ },
  'invalid function': {
    body: errorResponses.invalidCall,
    code: 'NEWS_CALL_REFUSED',
    message: /ALPHA_VANTAGE_BASE_URL/
  },
  'unknown text': { body: { Information: 'Hello.' }, code: 'NEWS_UPSTREAM_FAULT', message: /is failing/ },
  'empty object': { body: {}, code: 'NEWS_UPSTREAM_FAULT', message: /is failing/ },
  'feed that is not an array': {
    body: { feed: 'none' },
    code: 'NEWS_UPSTREAM_FAULT',
    message: /is failing/
  },
  'feed of invalid articles only': {
    body: toFeed({}, null),
    code: 'NEWS_UPSTREAM_FAULT',
    message: /is failing/
  }
}

const withoutRetries = { ALPHA_VANTAGE_DEADLINE_MS: '0' }
/** For errors that a good call follows: they leave no state. */
const shared = await startServer(t, withoutRetries)

const unusedTickers = [...sampleTickers]

for (const [name, { body, code, message, isRemembered }] of Object.entries(cases)) {
  t.test(`${name}: the expected tool error, without the key`, async (t) => {
    const server = isRemembered ? await startServer(t, withoutRetries) : shared
    const ticker = isRemembered ? 'AAPL' : unusedTickers.shift()
    const queriesBefore = server.news.queries.length
    server.news.answer = (_reply, query) =>
      JSON.parse(JSON.stringify(body).replaceAll('{key}', String(query.apikey)))

    const failed = await callTool(server, 'get_news_sentiment', { ticker })
    server.news.answer = undefined
    const next = await callTool(server, 'get_news_sentiment', { ticker })

    t.match(failed, { isError: true, _meta: { code } })
    t.match(resultText(failed), message)
    t.equal(failed.structuredContent, undefined)
    t.notMatch(JSON.stringify(failed), 'SECRETKEY123')
    t.notMatch(server.log.join(''), 'SECRETKEY123')
    if (isRemembered) t.match(next, { isError: true, _meta: { code, upstream_calls: 0 } })
    else t.equal(next.isError, undefined, 'the next query makes a call')
    t.equal(server.news.queries.length - queriesBefore, isRemembered ? 1 : 2)
  })
}

t.test("expected errors: one log line each, with Alpha Vantage's text and without a stack", async (t) => {
  const bodies = {
    NEWS_QUOTA_SPENT: errorResponses.dailyLimit,
    NEWS_KEY_REFUSED: errorResponses.invalidKey,
    NEWS_UPSTREAM_FAULT: { Information: 'Hello.' }
  }

  for (const [code, body] of Object.entries(bodies)) {
    const server = await startServer(t, withoutRetries)
    server.news.answer = () => body
    await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
    await server.post({
      jsonrpc: '2.0',
      id: 1,
      method: 'resources/read',
      params: { uri: 'news:///tickers/MSFT/latest' }
    })
    await callTool(server, 'compare_news_sentiment', { tickers: ['NVDA', 'TSLA'] })

    const lines = server.log.map((line) => JSON.parse(line))
    const failures = lines.filter((line) => line.err?.code === code && line.level === 40)
    const [first] = failures.filter(({ msg }) => msg === 'tool call failed')
    t.ok(failures.length >= 4, code)
    t.match(first, { err: { reason: /^\w.*\.$/ }, tool: 'get_news_sentiment' })
    t.equal(first.err.cause, Object.values(body).join().replace('{key}', '[key]'))
    t.notMatch(server.log.join(''), '"stack"')
  }
})

t.test('another key in an error text: redacted in the log', async (t) => {
  const server = await startServer(t)
  server.news.answer = () => ({
    Information: 'We have detected your API key as OTHERKEY99 and then something new'
  })

  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })

  t.match(server.log.join(''), /detected your API key as \[key\]/)
  t.notMatch(server.log.join(''), 'OTHERKEY99')
})

t.test('ticker without sample news: NEWS_TICKER_UNKNOWN that names the sample data', async (t) => {
  const server = await startServer(t)

  const failed = await callTool(server, 'get_news_sentiment', { ticker: 'NFLX' })

  t.match(failed, { isError: true, _meta: { code: 'NEWS_TICKER_UNKNOWN' } })
  t.match(resultText(failed), /^Sample data: .*does not cover NFLX/)
})
