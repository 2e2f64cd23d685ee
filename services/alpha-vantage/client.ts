import { type Dispatcher, Pool } from 'undici'
import { UpstreamFaultError, UpstreamTimeoutError } from '../lib/news-error.ts'
import type { Feed } from './article.ts'
import { refusalIn } from './error-response.ts'
import { readFeed } from './feed-parser.ts'
import { nameOf, type Subject } from './subject.ts'

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
}) {
  const { apiKey, timeoutMs, limit } = options
  const base = new URL(options.baseUrl)
  const path = `${base.pathname.replace(/\/$/, '')}/query`
  const pool = new Pool(base.origin, {
    maxResponseSize: largestAnswerBytes,
    connections: 10,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs
  })

  async function query(parameters: Record<string, string>): Promise<{ status: number; text: string }> {
    let wasSent = false
    const onSent = () => {
      wasSent = true
    }
    try {
      const { statusCode, body } = await pool.compose(telling(onSent)).request({
        method: 'GET',
        path,
        query: { ...parameters, apikey: apiKey },
        signal: AbortSignal.timeout(timeoutMs)
      })
      return { status: statusCode, text: await body.text() }
    } catch (error) {
      // The error itself is not passed on: it may quote the URL, and with it the key.
      const { name, code } = error as Error & { code?: unknown }
      const reason = typeof code === 'string' ? code : name
      const cause = new Error(reason)
      if (/^(TimeoutError|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/.test(reason)) {
        throw Object.assign(new UpstreamTimeoutError({ cause }), { wasSent })
      }
      const mayPass = reason !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
      throw Object.assign(new UpstreamFaultError({ cause }), { wasSent, mayPass })
    }
  }

  return {
    /**
     * The newest articles of `window` on the subject, up to `ALPHA_VANTAGE_LIMIT`; there may be none.
     * @throws one of the errors above; their causes say what Alpha Vantage said, without the key.
     */
    async newsSentiment(subject: Subject, window: UpstreamWindow): Promise<Feed> {
      const { ticker, topic } = subject
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
      if (feed) return feed
      const cause = new Error(`status ${status}, and no feed in the answer`)
      throw Object.assign(new UpstreamFaultError({ cause }), { mayPass: status >= 500 })
    },
    /** Ends open calls, too. */
    close: () => pool.destroy()
  }
}

/** What went wrong with a call. */
export interface CallFault extends Error {
  code?: string
  /** `false`: the call never left, so that it cannot have been counted. */
  wasSent?: boolean
  /** Whether the same call may go well in a moment: the transport failed, or the status was 5xx. */
  mayPass?: boolean
}

/** Tells that a request leaves. One never does whose time is over before there is a connection. */
function telling(onSent: () => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler)
    handler.onRequestStart = (controller, context) => {
      start?.(controller, context)
      if (!controller.aborted) onSent()
    }
    return dispatch(options, handler)
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

/** What Alpha Vantage is asked for, so that many questions share one answer. */
export interface UpstreamWindow {
  /** The same for the same news. */
  name: string
  /** Milliseconds since 1970, whole minutes. */
  from: number
  /** Up to now when absent. */
  to?: number
}
