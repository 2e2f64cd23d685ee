import { type Dispatcher, Pool } from 'undici'
import { UpstreamError, UpstreamTimeoutError } from '../lib/news-error.ts'
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
        throw Object.assign(new UpstreamTimeoutError({ cause }), { wasSent })
      }
      const isRetryable = reason !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE'
      throw Object.assign(new UpstreamError({ cause }), { wasSent, isRetryable: isRetryable })
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
        time_from: formatTimestamp(window.from),
        ...(window.to !== undefined && { time_to: formatTimestamp(window.to) }),
        sort: 'LATEST',
        limit: String(limit)
      })
      const body = parseJson(text)
      const refusal = parseErrorResponse(body, { about: subjectLabel(subject), apiKey })
      if (refusal) throw refusal
      const feed = status === 200 ? parseFeed(body, limit) : undefined
      if (feed) return feed
      const cause = new Error(`status ${status}, and no feed in the answer`)
      throw Object.assign(new UpstreamError({ cause }), { isRetryable: status >= 500 })
    },
    /** Ends open calls, too. */
    close: () => pool.destroy()
  }
}

/** What went wrong with a call. */
export interface UpstreamCallError extends Error {
  code?: string
  /** `false`: the call never left, so that it cannot have been counted. */
  wasSent?: boolean
  /** Whether the same call may go well in a moment: the transport failed, or the status was 5xx. */
  isRetryable?: boolean
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
