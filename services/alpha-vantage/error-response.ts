import {
  DemoKeyError,
  InvalidApiKeyError,
  NoNewsError,
  PremiumOnlyError,
  RequestRejectedError,
  TickerNotInSampleError,
  TickerUnknownError,
  UpstreamError,
  UpstreamLimitError
} from '../lib/news-error.ts'

const tickerUnknown = (ticker: string, options: ErrorOptions) => new TickerUnknownError(ticker, options)

/**
 * What its refusals say, all of them with status 200, in the order that tells them apart: the burst text names the
 * daily limit too, and most texts on limits advertise premium plans.
 */
const errorPatterns: [RegExp, (ticker: string, options: ErrorOptions) => Error][] = [
  [/spreading out your|burst pattern/i, (_, options) => new UpstreamLimitError('NEWS_RATE_LIMITED', options)],
  [
    /calls per minute|minute-level rate limit/i,
    (_, options) => new UpstreamLimitError('NEWS_MINUTE_SPENT', options)
  ],
  [
    /requests per day|calls per day|daily rate limit/i,
    (_, options) => new UpstreamLimitError('NEWS_QUOTA_SPENT', options)
  ],
  [/apikey is invalid or missing|invalid api ?key/i, (_, options) => new InvalidApiKeyError(options)],
  [/demo\W+api key/i, (_, options) => new DemoKeyError(options)],
  [/premium endpoint/i, (_, options) => new PremiumOnlyError(options)],
  [/invalid inputs/i, tickerUnknown],
  [/no articles found/i, (ticker, options) => new NoNewsError(ticker, options)],
  [/invalid api call/i, (_, options) => new RequestRejectedError(options)]
]

/**
 * The error that `body` is, if it is one; its cause is what Alpha Vantage said, without the key. `about` is what was
 * asked for.
 */
export function parseErrorResponse(
  body: unknown,
  { about, apiKey }: { about: string; apiKey: string }
): Error | undefined {
  const said = errorText(body)
  if (said === undefined) return undefined
  const options = { cause: new Error(redact(said, apiKey)) }
  const known = errorPatterns.find(([pattern]) => pattern.test(said))
  if (known?.[1] === tickerUnknown && isSampleResponse(body))
    return Object.assign(new TickerNotInSampleError(about), { isSample: true })
  return known ? known[1](about, options) : new UpstreamError(options)
}

/** The text of a refusal, under whichever of its names. */
function errorText(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || 'feed' in body) return undefined
  const values = ['Information', 'Note', 'Error Message'].map((key) => (body as Record<string, unknown>)[key])
  return values.find((value) => typeof value === 'string')
}

/** Whether the local stand-in says that its answer is invented. */
function isSampleResponse(body: unknown): boolean {
  return (body as { sample_data?: unknown }).sample_data === true
}

/** Removes the key, and whatever follows "API key as", from a text of Alpha Vantage; at most 300 characters. */
function redact(text: string, apiKey: string): string {
  return text
    .replaceAll(apiKey, '[key]')
    .replace(/(API key as) \S+/gi, '$1 [key]')
    .slice(0, 300)
}
