import { setTimeout } from 'node:timers/promises'
import createError from '@fastify/error'
import { Pool } from 'undici'
import { type Feed, readFeed } from './feed.ts'
import type { Topic } from './topics.ts'
import type { UpstreamWindow } from './windows.ts'

/** What news is about: a ticker, a topic, or the whole market. */
export interface Subject {
  ticker?: string
  topic?: Topic
}

/** Alpha Vantage does not know the ticker, or refuses the question. */
export const TickerUnknownError = createError(
  'NEWS_TICKER_UNKNOWN',
  'Alpha Vantage does not know %s. Check the spelling; stocks look like AAPL, coins like CRYPTO:BTC, currencies like FOREX:USD.',
  404
)
/** The local stand-in has no sample news on the ticker. */
export const TickerNotInSampleError = createError(
  'NEWS_TICKER_UNKNOWN',
  'Sample data: the invented news of this practice server is about a few tickers only, and %s is not among them. Try AAPL, MSFT, NVDA, TSLA or CRYPTO:BTC, or set ALPHA_VANTAGE_API_KEY for real news.',
  404
)
/** There is no news on the subject. */
export const NoNewsError = createError(
  'NEWS_NOT_FOUND',
  'Alpha Vantage has no news on %s in that time. Try a longer one, such as since=30d, or a ticker that is in the news more often.',
  404
)
/** The key's calls for the day are used up. */
export const QuotaSpentError = createError(
  'NEWS_QUOTA_SPENT',
  "This server's Alpha Vantage key has no calls left today. Try again tomorrow, or ask the operator for a larger plan.",
  429
)
/** Too many calls at once. */
export const RateLimitedError = createError(
  'NEWS_RATE_LIMITED',
  'Alpha Vantage wants its calls spread out. Try again in a few seconds.',
  429
)
/** The key's calls for the minute are used up. */
export const MinuteSpentError = createError(
  'NEWS_MINUTE_SPENT',
  "This server's Alpha Vantage key has no calls left this minute. Try again in a minute.",
  429
)
/** Alpha Vantage does not accept the key. */
export const KeyRefusedError = createError(
  'NEWS_KEY_REFUSED',
  "Alpha Vantage does not accept this server's API key. Ask the operator to check ALPHA_VANTAGE_API_KEY.",
  502
)
/** The key is the one of Alpha Vantage's examples. */
export const DemoKeyError = createError(
  'NEWS_DEMO_KEY',
  "This server uses Alpha Vantage's demo key, which gives no news. Ask the operator to set ALPHA_VANTAGE_API_KEY.",
  502
)
/** Alpha Vantage does not know the function, or refuses the way it was called. */
export const CallRefusedError = createError(
  'NEWS_CALL_REFUSED',
  'Alpha Vantage does not take the call of this server. Ask the operator: ALPHA_VANTAGE_BASE_URL may lead elsewhere, or the API have changed.',
  502
)
/** The key's plan does not include this news. */
export const PremiumOnlyError = createError(
  'NEWS_PREMIUM_ONLY',
  "This news is not part of the Alpha Vantage plan of this server's key. Ask the operator.",
  502
)
/** Alpha Vantage could not be reached, or answered with something that is no news. */
export const UpstreamFaultError = createError(
  'NEWS_UPSTREAM_FAULT',
  'Alpha Vantage is out of order at the moment. Try again in a few minutes.',
  502
)
/** Alpha Vantage took too long. */
export const UpstreamTimeoutError = createError(
  'NEWS_UPSTREAM_TIMEOUT',
  'Alpha Vantage did not answer in time. Try again in a moment.',
  504
)

const tickerUnknown = (ticker: string, options: ErrorOptions) => new TickerUnknownError(ticker, options)

/**
 * What its refusals say, all of them with status 200, in the order that tells them apart: the burst text names the
 * daily limit too, and most texts on limits advertise premium plans.
 */
const refusalErrors: [RegExp, (ticker: string, options: ErrorOptions) => Error][] = [
  [/spreading out your|burst pattern/i, (_, options) => new RateLimitedError(options)],
  [/calls per minute|minute-level rate limit/i, (_, options) => new MinuteSpentError(options)],
  [/requests per day|calls per day|daily rate limit/i, (_, options) => new QuotaSpentError(options)],
  [/apikey is invalid or missing|invalid api ?key/i, (_, options) => new KeyRefusedError(options)],
  [/demo\W+api key/i, (_, options) => new DemoKeyError(options)],
  [/premium endpoint/i, (_, options) => new PremiumOnlyError(options)],
  [/invalid inputs/i, tickerUnknown],
  [/no articles found/i, (ticker, options) => new NoNewsError(ticker, options)],
  [/invalid api call/i, (_, options) => new CallRefusedError(options)]
]

/** A feed of 1000 articles is about 2.5 MB. */
const largestAnswerBytes = 8 * 1024 * 1024

export type AlphaVantage = ReturnType<typeof createAlphaVantage>

/** Asks Alpha Vantage (https://www.alphavantage.co/documentation/#news-sentiment). */
export function createAlphaVantage(options: {
  baseUrl: string
  apiKey: string
  timeoutMs: number
  /** 50 or 1000: Alpha Vantage gives one of these, whatever else is asked. */
  limit: number
  /** 0 is no limit. */
  callsPerSecond: number
}) {
  const { apiKey, timeoutMs, limit, callsPerSecond } = options
  const base = new URL(options.baseUrl)
  const path = `${base.pathname.replace(/\/$/, '')}/query`
  const pool = new Pool(base.origin, {
    maxResponseSize: largestAnswerBytes,
    connections: 10,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs
  })

  // A little more than the plan asks for: on the way some calls are faster than others.
  const gapMs = callsPerSecond > 0 ? 1050 / callsPerSecond : 0
  const closing = new AbortController()
  let next = 0
  /** Waits until the plan allows a call. @throws {RateLimitedError} at once, if that takes longer than a call may. */
  async function turn() {
    const now = performance.now()
    const waitMs = Math.max(0, next - now)
    if (waitMs > timeoutMs)
      throw new RateLimitedError({ cause: new Error('too many calls wait for their turn') })
    next = now + waitMs + gapMs
    if (waitMs === 0) return
    await setTimeout(waitMs, undefined, { signal: closing.signal }).catch((cause) => {
      throw new UpstreamFaultError({ cause })
    })
  }

  async function query(parameters: Record<string, string>): Promise<{ status: number; text: string }> {
    try {
      const { statusCode, body } = await pool.request({
        method: 'GET',
        path,
        query: { ...parameters, apikey: apiKey },
        signal: AbortSignal.timeout(timeoutMs)
      })
      return { status: statusCode, text: await body.text() }
    } catch (error) {
      // The error itself is not passed on: it may quote the URL, and with it the key.
      const { name, code } = error as Error & { code?: string }
      const cause = new Error(code ?? name)
      const isTimeout = name === 'TimeoutError' || /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(code ?? '')
      throw isTimeout ? new UpstreamTimeoutError({ cause }) : new UpstreamFaultError({ cause })
    }
  }

  return {
    /**
     * The newest articles of `window` on the subject, up to `ALPHA_VANTAGE_LIMIT`; `onCall` is told when the call is made.
     * @throws one of the errors above; their causes say what Alpha Vantage said, without the key.
     */
    async newsSentiment(
      { ticker, topic }: Subject,
      window: UpstreamWindow,
      onCall: () => void
    ): Promise<Feed> {
      await turn()
      onCall()
      const { status, text } = await query({
        function: 'NEWS_SENTIMENT',
        ...(ticker && { tickers: ticker }),
        ...(topic && { topics: topic }),
        time_from: stamp(window.from),
        ...(window.to !== undefined && { time_to: stamp(window.to) }),
        sort: 'LATEST',
        limit: String(limit)
      })
      const about = ticker ?? topic ?? 'the market'
      const body = parse(text)
      const said = refusalIn(body)
      if (said !== undefined) {
        const options = { cause: new Error(redact(said, apiKey)) }
        const known = refusalErrors.find(([pattern]) => pattern.test(said))
        if (known?.[1] === tickerUnknown && saysSample(body)) throw new TickerNotInSampleError(about)
        throw known ? known[1](about, options) : new UpstreamFaultError(options)
      }
      const feed = status === 200 ? readFeed(body, limit) : undefined
      if (!feed)
        throw new UpstreamFaultError({ cause: new Error(`status ${status}, and no feed in the answer`) })
      if (feed.articles.length === 0) throw new NoNewsError(about)
      return feed
    },
    /** Ends open calls, too, and those that wait for their turn. */
    close() {
      closing.abort()
      return pool.destroy()
    }
  }
}

/** `YYYYMMDDTHHMM`, UTC. */
function stamp(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace(/[-:]/g, '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not JSON, such as a maintenance page: no feed is found in it
  }
}

/** The text of a refusal, under whichever of its names. */
function refusalIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || 'feed' in body) return undefined
  const values = ['Information', 'Note', 'Error Message'].map((key) => (body as Record<string, unknown>)[key])
  return values.find((value) => typeof value === 'string')
}

/** Whether the local stand-in says that its answer is invented. */
function saysSample(body: unknown): boolean {
  return (body as { sample_data?: unknown }).sample_data === true
}

/** Removes the key, and whatever follows "API key as", from a text of Alpha Vantage; at most 300 characters. */
function redact(text: string, apiKey: string): string {
  return text
    .replaceAll(apiKey, '[key]')
    .replace(/(API key as) \S+/gi, '$1 [key]')
    .slice(0, 300)
}
