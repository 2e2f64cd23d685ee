import createError from '@fastify/error'

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
  'Alpha Vantage has no news on %s in that time. Try a longer window (90 days at most), or another ticker or topic.',
  404
)
/** The local stand-in has no sample news on the subject in that time. */
export const NoSampleNewsError = createError(
  'NEWS_NOT_FOUND',
  'Sample data: the invented news of this practice server has nothing on %s in that time. It goes back 30 days; try since=7d or since=30d.',
  404
)
/** The key's calls for the day are used up, until the time that is given. */
export const QuotaSpentError = createError(
  'NEWS_QUOTA_SPENT',
  "This server's Alpha Vantage key has no calls left today. The count begins anew at %s; until then only news that is kept can be had.",
  429
)
/** The caller has had its share of the calls, of which there are more at the time that is given. */
export const ShareSpentError = createError(
  'NEWS_SHARE_SPENT',
  'You have had your share of the calls to Alpha Vantage for now: the rest is for others who ask, too. There are more for you at %s, or when the others have not asked for ten minutes.',
  429
)
/** The key's calls for the minute are used up, until the time that is given. */
export const MinuteSpentError = createError(
  'NEWS_MINUTE_SPENT',
  "This server's Alpha Vantage key has no calls left this minute. Try again at %s.",
  429
)
/** More calls wait for their turn than can be made in time; one more fits in at the time that is given. */
export const RateLimitedError = createError(
  'NEWS_RATE_LIMITED',
  'Alpha Vantage wants its calls spread out, and too many wait for their turn. Try again at %s.',
  429
)
/** The ledger that replicas share is unavailable; another attempt makes sense at the given time. */
export const BudgetAwayError = createError(
  'NEWS_BUDGET_AWAY',
  'The shared call counter is unavailable, so no calls are made. Cached news is still served; try again at %s.',
  503
)
/** Alpha Vantage does not accept the key. */
export const InvalidApiKeyError = createError(
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
export const RequestRejectedError = createError(
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
export const UpstreamError = createError(
  'NEWS_UPSTREAM_FAULT',
  'Alpha Vantage is out of order at the moment. Try again in a few minutes.',
  502
)
/** Alpha Vantage has failed several times in a row, and is left alone until the time that is given. */
export const CircuitOpenError = createError(
  'NEWS_UPSTREAM_FAULT',
  'Alpha Vantage is out of order: it is asked again at %s, and not before.',
  503
)
/** Alpha Vantage took too long. */
export const UpstreamTimeoutError = createError(
  'NEWS_UPSTREAM_TIMEOUT',
  'Alpha Vantage did not answer in time. Try again in a moment.',
  504
)

/** Alpha Vantage says that the plan allows no further call for now. */
export class UpstreamLimitError extends Error {
  readonly code: 'NEWS_QUOTA_SPENT' | 'NEWS_MINUTE_SPENT' | 'NEWS_RATE_LIMITED'

  constructor(code: UpstreamLimitError['code'], options: ErrorOptions) {
    super(`Alpha Vantage says ${code}`, options)
    this.code = code
  }
}

/** What of an error is told to others who have waited for the same call. */
export interface Failure {
  code: string
  message: string
  statusCode: number
  /** When to ask again: milliseconds since 1970. */
  retryAt?: number
  /** What can be had all the same. */
  alternatives?: string
}

/** An error that somebody else has met, or that more can be said of. */
export class SharedFailureError extends Error implements Failure {
  readonly code: string
  readonly statusCode: number

  constructor({ code, message, statusCode, ...more }: Failure, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.statusCode = statusCode
    Object.assign(this, more)
  }
}

/** What others are told of `error`, in which there may be more than they should know. */
export function toFailure(error: unknown): Failure {
  const { code = '', message, statusCode, retryAt } = error as Partial<Failure> & Error
  if (statusCode === undefined) return toFailure(new UpstreamError())
  return { code, message, statusCode, ...(retryAt !== undefined && { retryAt }) }
}

/** Whether there would be news if there were a call to Alpha Vantage. */
export function isUpstreamUnavailable({ code }: Failure): boolean {
  return /^NEWS_(QUOTA|SHARE|MINUTE)_SPENT$|^NEWS_(RATE_LIMITED|BUDGET_AWAY|UPSTREAM_FAULT|UPSTREAM_TIMEOUT)$/.test(
    code
  )
}

/** Whether it is about one subject alone. */
export function isShareSpent(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'NEWS_SHARE_SPENT'
}
