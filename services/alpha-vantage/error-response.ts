import { NewsError, type NewsErrorCode } from '../lib/news-error.ts'

/**
 * How Alpha Vantage words its errors, all with status 200, since 2017. The order matters: the text on bursts names the
 * daily limit too, older texts name the limits of a minute and of a day together, and most advertise premium plans.
 */
const errorPatterns: [RegExp, NewsErrorCode][] = [
  [/spreading out your|burst pattern|optimizing your api call frequency/i, 'NEWS_RATE_LIMITED'],
  // Older texts offer "a higher API call volume" when a minute's calls are spent, without a number.
  [/(\bper|\ba|\/) ?min(ute)?\b|minute-level|higher api call volume/i, 'NEWS_MINUTE_SPENT'],
  [/(\bper|\ba|\/) ?day\b|daily (\w+ )?(limit|quota)/i, 'NEWS_QUOTA_SPENT'],
  [/rate limit|api call frequency|too many (requests|calls)/i, 'NEWS_RATE_LIMITED'],
  [/api ?key\b[^.]*\b(invalid|missing|incorrect|inactive|not valid)\b/i, 'NEWS_KEY_REFUSED'],
  [/\b(invalid|missing|incorrect|inactive)\b[^.]*\bapi ?key/i, 'NEWS_KEY_REFUSED'],
  [/\bdemo\W+api ?key/i, 'NEWS_DEMO_KEY'],
  [/premium endpoint/i, 'NEWS_PREMIUM_ONLY'],
  [/invalid inputs/i, 'NEWS_TICKER_UNKNOWN'],
  [/no articles found/i, 'NEWS_NOT_FOUND'],
  [/invalid api call/i, 'NEWS_CALL_REFUSED'],
  [/\bpremium\b/i, 'NEWS_PREMIUM_ONLY']
]

/**
 * The error in `body`, the response to a request for news on `subject`; `undefined` if there is none. Its cause has
 * Alpha Vantage's text, without the key.
 */
export function parseErrorResponse(
  body: unknown,
  { subject, apiKey }: { subject: string; apiKey: string }
): NewsError | undefined {
  if (typeof body !== 'object' || body === null || 'feed' in body) return undefined
  const text = errorText(body)
  if (text === undefined) return undefined
  const [, code] = errorPatterns.find(([pattern]) => pattern.test(text)) ?? []
  return new NewsError(code ?? 'NEWS_UPSTREAM_FAULT', {
    subject,
    isSample: isSampleResponse(body),
    cause: new Error(redact(text, apiKey))
  })
}

/** Alpha Vantage puts the text of an error under one of three names. */
function errorText(body: object): string | undefined {
  const { Information, Note, 'Error Message': message }: Record<string, unknown> = { ...body }
  return [Information, Note, message].find((value) => typeof value === 'string')
}

/** Whether the local stand-in marked its response as sample data. Alpha Vantage has no such field. */
function isSampleResponse(body: object): boolean {
  return 'sample_data' in body && body.sample_data === true
}

/** Removes the key, and whatever follows "API key as", from a text of Alpha Vantage; at most 300 characters. */
function redact(text: string, apiKey: string): string {
  return text
    .replaceAll(apiKey, '[key]')
    .replace(/(API key as) \S+/gi, '$1 [key]')
    .slice(0, 300)
}
