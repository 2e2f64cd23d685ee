import { type Dispatcher, Pool } from 'undici'
import { NewsError } from '../lib/news-error.ts'
import type { Feed } from './article.ts'
import { parseErrorResponse } from './error-response.ts'
import { parseFeed } from './feed-parser.ts'
import { type Subject, subjectLabel } from './subject.ts'

/** A feed of 1000 articles is about 2.5 MB. */
const maxResponseBytes = 8 * 1024 * 1024

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
    maxResponseSize: maxResponseBytes,
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
      const { statusCode, body } = await pool.compose(notifyRequestSent(onSent)).request({
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
        throw new NewsError('NEWS_UPSTREAM_TIMEOUT', { cause, wasSent })
      }
      const isRetryable = reason !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
      throw new NewsError('NEWS_UPSTREAM_FAULT', { cause, wasSent, isRetryable })
    }
  }

  return {
    /**
     * The newest articles of `window` on the subject, up to `ALPHA_VANTAGE_LIMIT`; there may be none.
     * @throws {NewsError} whose cause has Alpha Vantage's text, without the key.
     */
    async newsSentiment(subject: Subject, window: UpstreamWindow): Promise<Feed> {
      const { ticker, topic } = subject
      const { status, text } = await query({
        function: 'NEWS_SENTIMENT',
        ...(ticker && { tickers: ticker }),
        ...(topic && { topics: topic }),
        time_from: formatTimestamp(window.from),
        ...(window.to !== undefined && { time_to: formatTimestamp(window.to) }),
        sort: 'LATEST',
        limit: String(limit)
      })
      const body = parseJson(text)
      const error = parseErrorResponse(body, { subject: subjectLabel(subject), apiKey })
      if (error) throw error
      const feed = status === 200 ? parseFeed(body, limit) : undefined
      if (feed) return feed
      const cause = new Error(`status ${status}, and no feed in the answer`)
      throw new NewsError('NEWS_UPSTREAM_FAULT', { cause, isRetryable: status >= 500 })
    },
    /** Ends open calls, too. */
    close: () => pool.destroy()
  }
}

/** Tells that a request leaves. One never does whose time is over before there is a connection. */
function notifyRequestSent(onSent: () => void): Dispatcher.DispatcherComposeInterceptor {
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
function formatTimestamp(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace(/[-:]/g, '')
}

function parseJson(text: string): unknown {
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
