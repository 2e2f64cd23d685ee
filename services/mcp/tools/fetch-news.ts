import { type Subject, subjectLabel } from '../../alpha-vantage/subject.ts'
import type { CacheResult } from '../../news/cache.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import {
  clampToFetchTime,
  isHistorical,
  parseWindow,
  type Window,
  type WindowInput
} from '../../news/window.ts'
import type { RequestContext } from '../primitives/request-context.ts'

/** News that a question has found, and over which window it speaks. */
export interface FetchedNews extends CacheResult {
  window: Window
  /** How many calls to Alpha Vantage the question has cost. */
  calls: number
  /** When it was asked, and when it was answered: milliseconds since 1970. */
  at: number
  now: number
}

/** Looks up the news on one subject, and tells of progress. @throws the errors of the window and of the service. */
export async function fetchNews(
  newsSentiment: NewsSentiment,
  subject: Subject,
  asked: WindowInput,
  { auth, signal, reportProgress, cost }: RequestContext
): Promise<FetchedNews> {
  const at = newsSentiment.now()
  const window = parseWindow(asked, at)
  const about = subjectLabel(subject)
  await reportProgress({ progress: 0, total: 1, message: `Looking up the news on ${about}` })
  signal.throwIfAborted() // whoever has left by now costs no call
  const requester = { subject: auth.subject, cost }
  const found = await newsSentiment.find(subject, { window, at, requester, allowEmpty: isHistorical(asked) })
  await reportProgress({ progress: 1, total: 1, message: `Found the news on ${about}` })
  return {
    ...found,
    window: clampToFetchTime(found.news.fetchedAtMs, window, asked),
    calls: cost.upstreamCalls,
    at,
    now: newsSentiment.now()
  }
}
