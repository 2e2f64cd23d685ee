import { formatRetryTime } from './time.ts'

/** The calls of the day, by all callers. */
export interface CallUsage {
  used: number
  limit: number
  /** Milliseconds since 1970. */
  resetsAt: number
}

/** Formats the calls of the day as a clause. */
export function formatUsage({ used, limit, resetsAt }: CallUsage): string {
  return `${used} of ${limit} Alpha Vantage calls used today; resets at ${formatRetryTime(resetsAt)}`
}

interface Definition {
  /** The HTTP status. */
  status: number
  /** The HTTP status if `retryAt` is known and changes it. */
  statusUntilRetry?: number
  /** What happened. What to do. At most two sentences. */
  message: (details: {
    subject: string
    retryAt: number | undefined
    usage: CallUsage | undefined
    isUnreachable: boolean
  }) => string
  /** The same if the news is the local stand-in's sample data. */
  sampleMessage?: (details: { subject: string }) => string
  /** For the documentation: in which case callers get the error, as a clause. */
  when: string
  /** For the documentation: what a caller can do. Code is in backticks. */
  advice: string
  /** Whether a call to Alpha Vantage would have brought news, so that cached news is worth naming. */
  isUpstreamUnavailable?: true
}

const table = {
  NEWS_TICKER_UNKNOWN: {
    status: 404,
    message: ({ subject }) =>
      `Alpha Vantage does not know ${subject}. Check the spelling: stocks look like AAPL, coins like CRYPTO:BTC, currencies like FOREX:USD.`,
    sampleMessage: ({ subject }) =>
      `Sample data: this server's invented news does not cover ${subject}. Try AAPL, MSFT, NVDA, TSLA or CRYPTO:BTC, or set ALPHA_VANTAGE_API_KEY for real news.`,
    when: 'Alpha Vantage does not know the ticker',
    advice: 'Check the spelling of the ticker.'
  },
  NEWS_NOT_FOUND: {
    status: 404,
    message: ({ subject }) =>
      `Alpha Vantage has no news on ${subject} in that window. Try a longer window (at most 90 days), or another ticker or topic.`,
    sampleMessage: ({ subject }) =>
      `Sample data: this server's invented news has nothing on ${subject} in that window. It covers the last 30 days; try since=7d or since=30d.`,
    when: 'Alpha Vantage has no news on the subject in that window',
    advice: 'Ask for a longer window.'
  },
  NEWS_QUOTA_SPENT: {
    status: 429,
    message: ({ retryAt, usage }) =>
      usage
        ? `${formatUsage(usage)}. ${usage.used < usage.limit ? 'Alpha Vantage reports that none are left; cached' : 'Cached'} news is still served.`
        : `Alpha Vantage reports that this server's key has no calls left today; resets ${at(retryAt)}. Cached news is still served.`,
    when: 'no calls are left today',
    advice: 'Ask again at `retry_at`; until then, ask for cached news.',
    isUpstreamUnavailable: true
  },
  NEWS_MINUTE_SPENT: {
    status: 429,
    message: ({ retryAt }) =>
      `This server's Alpha Vantage key has no calls left this minute. Try again ${at(retryAt)}.`,
    when: 'no calls are left this minute',
    advice: 'Ask again at `retry_at`; until then, ask for cached news.',
    isUpstreamUnavailable: true
  },
  NEWS_RATE_LIMITED: {
    status: 429,
    message: ({ retryAt }) =>
      `Alpha Vantage requires calls to be spread out, and too many are waiting. Try again ${at(retryAt)}.`,
    when: 'too many calls are waiting',
    advice: 'Ask again at `retry_at`; until then, ask for cached news.',
    isUpstreamUnavailable: true
  },
  NEWS_SHARE_SPENT: {
    status: 429,
    message: ({ retryAt, usage }) =>
      `${usage ? `Your share is used up: ${formatUsage(usage)}` : 'You have used your share of the Alpha Vantage calls'}. You get more ${at(retryAt)}, or once no other caller has asked for ten minutes.`,
    when: "the caller has used its share of the day's calls",
    advice:
      'Ask again at `retry_at`, or once no other caller has asked for ten minutes; until then, ask for cached news.',
    isUpstreamUnavailable: true
  },
  NEWS_BUDGET_AWAY: {
    status: 503,
    message: ({ retryAt }) =>
      `The shared call counter is unavailable, so no calls are made. Cached news is still served; try again ${at(retryAt)}.`,
    when: 'Redis, where replicas count their calls, is unavailable, so no call is made',
    advice: 'Ask again at `retry_at`; until then, ask for cached news.',
    isUpstreamUnavailable: true
  },
  NEWS_KEY_REFUSED: {
    status: 502,
    message: () =>
      "Alpha Vantage rejected this server's API key. Ask the operator to check ALPHA_VANTAGE_API_KEY.",
    when: "Alpha Vantage rejected this server's API key",
    advice: 'Report it to the operator.'
  },
  NEWS_DEMO_KEY: {
    status: 502,
    message: () =>
      "This server uses Alpha Vantage's demo key, which returns no news. Ask the operator to set ALPHA_VANTAGE_API_KEY.",
    when: "this server uses Alpha Vantage's demo key",
    advice: 'Report it to the operator.'
  },
  NEWS_PREMIUM_ONLY: {
    status: 502,
    message: () =>
      "This server's Alpha Vantage plan does not include this news. Ask the operator whether a larger plan is possible.",
    when: "this server's Alpha Vantage plan does not include this news",
    advice: 'Report it to the operator.'
  },
  NEWS_CALL_REFUSED: {
    status: 502,
    message: () => 'Alpha Vantage rejected the request. Ask the operator to check ALPHA_VANTAGE_BASE_URL.',
    when: 'Alpha Vantage rejected the request itself: its API may have changed, or the base URL is wrong',
    advice: 'Report it to the operator.'
  },
  NEWS_UPSTREAM_FAULT: {
    status: 502,
    statusUntilRetry: 503,
    message: ({ retryAt, isUnreachable }) =>
      `Alpha Vantage ${isUnreachable ? 'could not be reached' : 'is failing'}. Try again ${at(retryAt, 'in a few minutes')}.`,
    when: 'Alpha Vantage is failing or could not be reached; after three failures in a row, no calls are made for a while',
    advice: 'Ask again at `retry_at`, or in a few minutes.',
    isUpstreamUnavailable: true
  },
  NEWS_UPSTREAM_TIMEOUT: {
    status: 504,
    message: ({ isUnreachable }) =>
      isUnreachable
        ? 'Alpha Vantage could not be reached in time. Try again in a few minutes.'
        : 'Alpha Vantage did not answer in time. Try again in a moment.',
    when: 'Alpha Vantage did not answer, or could not be reached, in time',
    advice: 'Ask again in a few minutes.',
    isUpstreamUnavailable: true
  }
} satisfies Record<string, Definition>

export type NewsErrorCode = keyof typeof table

/** Every error about news, by its code. The documentation and README.md list them in this order. */
export const newsErrors: Readonly<Record<NewsErrorCode, Definition>> = table
export const newsErrorCodes = Object.keys(table) as NewsErrorCode[]

/** What Alpha Vantage reports when the plan allows no further call: for the day, for the minute, or this soon. */
export type UpstreamLimitCode = 'NEWS_QUOTA_SPENT' | 'NEWS_MINUTE_SPENT' | 'NEWS_RATE_LIMITED'

interface NewsErrorDetails extends ErrorOptions {
  /** The ticker, the topic, or "the market". */
  subject?: string
  /** Replaces the message of the table. */
  message?: string
  /** Replaces the status of the table. */
  statusCode?: number
  /** When to ask again: milliseconds since 1970. */
  retryAt?: number
  /** For the message, if the plan limits the calls of a day. */
  usage?: CallUsage
  /** Whether the same call may succeed in a moment: the transport failed, or the status was 5xx. */
  isRetryable?: boolean
  /** `false`: the request never left, so Alpha Vantage cannot have counted the call. */
  wasSent?: boolean
  /** Whether there was no connection to Alpha Vantage: the name, the network, the port or TLS failed. */
  isUnreachable?: boolean
  /** Whether the error comes from the local stand-in and its sample data. */
  isSample?: boolean
  /** The cached news that a caller can have without a call, as a sentence. */
  alternatives?: string
}

/**
 * Why there is no news. Callers get all of it but the cause, which is for the log.
 * @see {@link newsErrors}
 */
export class NewsError extends Error {
  readonly code: NewsErrorCode
  readonly statusCode: number
  readonly retryAt?: number
  readonly isRetryable?: boolean
  readonly wasSent?: boolean
  readonly isUnreachable: boolean
  readonly isSample?: boolean
  readonly alternatives?: string

  constructor(code: NewsErrorCode, details: NewsErrorDetails = {}) {
    const { status, statusUntilRetry = status, message, sampleMessage } = newsErrors[code]
    const { subject = 'it', retryAt, usage, isSample, isUnreachable = false } = details
    const toMessage = isSample && sampleMessage ? sampleMessage : message
    super(details.message ?? toMessage({ subject, retryAt, usage, isUnreachable }), details)
    this.code = code
    this.statusCode = details.statusCode ?? (retryAt === undefined ? status : statusUntilRetry)
    this.retryAt = retryAt
    this.isRetryable = details.isRetryable
    this.wasSent = details.wasSent
    this.isUnreachable = isUnreachable
    this.isSample = isSample
    this.alternatives = details.alternatives
  }

  get isUpstreamUnavailable(): boolean {
    return newsErrors[this.code].isUpstreamUnavailable === true
  }

  /** A copy with other details: callers who share a call share its error, so an error never changes. */
  with(details: NewsErrorDetails): NewsError {
    return new NewsError(this.code, { ...this, message: this.message, cause: this.cause, ...details })
  }
}

/** A call that was not made or not awaited because this process is shutting down: not Alpha Vantage's fault. */
export function createShuttingDownError(options: ErrorOptions = {}): NewsError {
  const message = 'The server is shutting down. Send the request again.'
  return new NewsError('NEWS_UPSTREAM_FAULT', { ...options, message })
}

/** What of an error other replicas learn, as JSON: their versions may differ. */
export interface Failure {
  code: NewsErrorCode
  message: string
  statusCode: number
  /** When to ask again: milliseconds since 1970. */
  retryAt?: number
}

/** What others may know of `error`: never its cause, and nothing of an unexpected error. */
export function toFailure(error: unknown): Failure {
  const { code, message, statusCode, retryAt } =
    error instanceof NewsError ? error : new NewsError('NEWS_UPSTREAM_FAULT')
  return { code, message, statusCode, ...(retryAt !== undefined && { retryAt }) }
}

/** Whether one caller's share of the calls is spent: other callers may still get news. */
export function isShareSpent(error: unknown): boolean {
  return error instanceof NewsError && error.code === 'NEWS_SHARE_SPENT'
}

export function isUpstreamLimit(code: NewsErrorCode): code is UpstreamLimitCode {
  return code === 'NEWS_QUOTA_SPENT' || code === 'NEWS_MINUTE_SPENT' || code === 'NEWS_RATE_LIMITED'
}

function at(retryAt: number | undefined, otherwise = 'later'): string {
  return retryAt === undefined ? otherwise : `at ${formatRetryTime(retryAt)}`
}
