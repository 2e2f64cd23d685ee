import { type Subject, subjectLabel } from '../../alpha-vantage/subject.ts'
import { describeError } from '../../lib/logger.ts'
import { isShareSpent, NewsError } from '../../lib/news-error.ts'
import { floorTo } from '../../lib/time.ts'
import type { CacheResult } from '../../news/cache.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import {
  clampToFetchTime,
  isHistorical,
  parseWindow,
  type Window,
  type WindowInput
} from '../../news/window.ts'
import { isPublicError } from '../primitives/errors.ts'
import type { RequestContext, Reuse } from '../primitives/request-context.ts'

interface FetchSummary {
  window: Window
  /** Calls to Alpha Vantage that the request has cost so far. */
  calls: number
  /** When the news was available: milliseconds since 1970. */
  now: number
}

/** The news on one subject. */
export interface FetchedNews extends CacheResult, FetchSummary {
  /** When the query was made: milliseconds since 1970. */
  queriedAtMs: number
}

/** The news on several tickers, and the tickers whose news could not be fetched. */
export interface FetchedTickers extends FetchSummary {
  results: TickerResult[]
  unavailable: UnavailableTicker[]
}

export interface TickerResult extends CacheResult {
  ticker: string
}

export interface UnavailableTicker {
  ticker: string
  code: string
  reason: string
}

/** Finds the news on `subject` in the window of `input`. @throws the errors of the window and of the service */
export async function fetchNews(
  newsSentiment: NewsSentiment,
  subject: Subject,
  input: WindowInput,
  context: RequestContext
): Promise<FetchedNews> {
  const { find, allowReuse, summarize, queriedAtMs } = startQuery(newsSentiment, input, context)
  const { signal, reportProgress } = context
  const label = subjectLabel(subject)
  await reportProgress({ progress: 0, total: 1, message: `Fetching news on ${label}` })
  signal.throwIfAborted() // no call for a caller that has disconnected
  const result = await find(subject)
  allowReuse([result])
  await reportProgress({ progress: 1, total: 1, message: `Fetched news on ${label}` })
  return { ...result, ...summarize([result]), queriedAtMs }
}

/**
 * Finds the news on each of `tickers`, one after the other: concurrent fetches would wait for each other anyway, and
 * this way a caller that disconnects costs no further call. @throws the first error if all tickers fail
 */
export async function fetchNewsOnTickers(
  newsSentiment: NewsSentiment,
  tickers: readonly string[],
  input: WindowInput,
  context: RequestContext
): Promise<FetchedTickers> {
  const { find, allowReuse, summarize } = startQuery(newsSentiment, input, context)
  const results: TickerResult[] = []
  const unavailable: UnavailableTicker[] = []
  const errors: unknown[] = []
  const report = (message: string) =>
    context.reportProgress({ progress: results.length + errors.length, total: tickers.length, message })

  await report(`Fetching news on ${tickers.join(', ')}`)
  for (const ticker of tickers) {
    context.signal.throwIfAborted()
    try {
      results.push({ ticker, ...(await find({ ticker })) })
    } catch (error) {
      if (!isPublicError(error)) throw error
      context.log.warn({ err: describeError(error), ticker }, 'news on a ticker unavailable')
      errors.push(error)
      unavailable.push({ ticker, code: error.code, reason: error.message })
    }
    await report(`Fetched news on ${ticker}`)
  }
  if (results.length === 0) throw errors[0]
  if (unavailable.length === 0) allowReuse(results)
  return { results, unavailable, ...summarize(results) }
}

/** Resolves the window of `input` against the current time, once for all subjects of a request. */
function startQuery(newsSentiment: NewsSentiment, input: WindowInput, context: RequestContext) {
  const { auth, cost } = context
  const queriedAtMs = newsSentiment.now()
  const { version } = newsSentiment
  const window = parseWindow(input, queriedAtMs)
  const requester = { subject: auth.subject, cost }
  const query = { window, at: queriedAtMs, requester, allowEmpty: isHistorical(input) }
  return {
    queriedAtMs,
    find: (subject: Subject) => newsSentiment.find(subject, query),
    /** Allows reuse, unless the answer reports a call: the same request would not cost another. */
    allowReuse(results: readonly CacheResult[]) {
      if (cost.upstreamCalls > 0) return
      const reuse = createReuse(newsSentiment, results, { at: queriedAtMs, version })
      if (reuse.isValid()) context.allowReuse(reuse)
    },
    summarize(results: readonly CacheResult[]): FetchSummary {
      const fetchedAtMs = Math.min(...results.map(({ news }) => news.fetchedAtMs))
      return {
        window: clampToFetchTime(fetchedAtMs, window, input),
        calls: cost.upstreamCalls,
        now: newsSentiment.now()
      }
    }
  }
}

/**
 * Creates the condition for reuse of an answer with `results`: of a query at the time `at`, when the news had this version.
 * It is a function of its own, so that a cached response keeps neither the request nor the news in memory.
 */
function createReuse(
  newsSentiment: NewsSentiment,
  results: readonly CacheResult[],
  { at, version }: { at: number; version: number }
): Reuse {
  const untilMs = Math.min(...results.map((result) => findNextChange(result, at)))
  const statuses = results.map(({ cache }) => cache)
  return {
    isValid: () => newsSentiment.version === version && newsSentiment.now() < untilMs,
    onReuse: ({ subject }) => newsSentiment.recordReuse(subject, statuses)
  }
}

/** Finds when a query like the one at the time `at`, by any caller, may get another answer from the same news. */
function findNextChange(
  { news, cache, freshUntil, expiresAt, staleReason }: CacheResult,
  at: number
): number {
  // The window ends with the second of the query. The age of the news counts whole seconds since the fetch.
  const nextSecond = floorTo(at, 1000) + 1000
  const nextAge = news.fetchedAtMs + floorTo(at - news.fetchedAtMs, 1000) + 1000
  const changes = [nextSecond, nextAge, expiresAt]
  if (cache === 'hit') changes.push(freshUntil)
  if (cache !== 'hit' || staleReason) {
    // Without a time to retry, the next query may make a call. If a caller has spent its share, others have not.
    const isShared = staleReason instanceof NewsError && !isShareSpent(staleReason)
    changes.push(isShared ? (staleReason.retryAt ?? at) : at)
  }
  return Math.min(...changes)
}
