import { type Dispatcher, Pool } from 'undici'
import { parseJson } from '../lib/json.ts'
import { NewsError } from '../lib/news-error.ts'
import { withoutTrailingSlash } from '../lib/url.ts'
import type { Feed } from './article.ts'
import { parseErrorResponse } from './error-response.ts'
import { parseFeed } from './feed-parser.ts'
import { type Subject, subjectLabel } from './subject.ts'

/** A response with 1000 articles is about 2.5 MB. */
const maxResponseBytes = 8 * 1024 * 1024

export type AlphaVantage = ReturnType<typeof createAlphaVantage>

/** Creates a client of https://www.alphavantage.co/documentation/#news-sentiment. */
export function createAlphaVantage(options: {
  baseUrl: string
  apiKey: string
  timeoutMs: number
  /** The maximum number of articles. Alpha Vantage supports 50 and 1000 only. */
  limit: number
}) {
  const { apiKey, timeoutMs, limit } = options
  const base = new URL(options.baseUrl)
  const path = `${withoutTrailingSlash(base.pathname)}/query`
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
      // The original error may quote the URL, which contains the key. Only its code or name is kept.
      const { name, code } = error as Error & { code?: unknown }
      const reason = typeof code === 'string' ? code : name
      const cause = new Error(reason)
      if (/^(TimeoutError|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/.test(reason)) {
        throw new NewsError('NEWS_UPSTREAM_TIMEOUT', { cause, wasSent, isUnreachable: !wasSent })
      }
      const isRetryable = reason !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
      throw new NewsError('NEWS_UPSTREAM_FAULT', { cause, wasSent, isRetryable, isUnreachable: !wasSent })
    }
  }

  return {
    /**
     * Fetches the newest articles of `window` on the subject, up to `limit`; there may be none.
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
      const cause = new Error(`status ${status}, no feed in the response`)
      throw new NewsError('NEWS_UPSTREAM_FAULT', { cause, isRetryable: status >= 500 })
    },
    /** Aborts open calls. */
    close: () => pool.destroy()
  }
}

/** Calls `onSent` when a request is sent. A request that times out before there is a connection never is. */
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

/** The time range of a request to Alpha Vantage. Few different ones exist, so that queries share responses. */
export interface UpstreamWindow {
  /** Identifies the range in cache keys. */
  name: string
  /** Milliseconds since 1970, whole minutes. */
  from: number
  /** Default: now. */
  to?: number
}
