import { setTimeout } from 'node:timers/promises'
import { Pool } from 'undici'
import { type Feed, readFeed } from './feed.ts'
import { RateLimitedError, refusalIn, UpstreamFaultError, UpstreamTimeoutError } from './refusals.ts'
import type { Topic } from './topics.ts'
import type { UpstreamWindow } from './windows.ts'

/** What news is about: a ticker, a topic, or the whole market. */
export interface Subject {
  ticker?: string
  topic?: Topic
}

/** What people call the subject. */
export function nameOf({ ticker, topic }: Subject): string {
  return ticker ?? topic ?? 'the market'
}

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
     * The newest articles of `window` on the subject, up to `ALPHA_VANTAGE_LIMIT`; `onCall` is told when the call is made. There may be
     * none.
     * @throws one of the errors above; their causes say what Alpha Vantage said, without the key.
     */
    async newsSentiment(subject: Subject, window: UpstreamWindow, onCall: () => void): Promise<Feed> {
      const { ticker, topic } = subject
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
      const body = parse(text)
      const refusal = refusalIn(body, { about: nameOf(subject), apiKey })
      if (refusal) throw refusal
      const feed = status === 200 ? readFeed(body, limit) : undefined
      if (!feed)
        throw new UpstreamFaultError({ cause: new Error(`status ${status}, and no feed in the answer`) })
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
