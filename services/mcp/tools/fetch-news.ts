import { nameOf, type Subject } from '../../alpha-vantage/subject.ts'
import type { Found } from '../../news/cache.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { type AskedWindow, isOfThePast, readWindow, type Window, windowKnownAt } from '../../news/window.ts'
import type { RequestContext } from '../primitives/request-context.ts'

/** News that a question has found, and over which window it speaks. */
export interface LookedUp extends Found {
  window: Window
  /** How many calls to Alpha Vantage the question has spent. */
  calls: number
  /** When it was asked, and when it was answered: milliseconds since 1970. */
  at: number
  now: number
}

/** Looks up the news on one subject, and tells of progress. @throws the errors of the window and of the service. */
export async function lookUp(
  newsSentiment: NewsSentiment,
  subject: Subject,
  asked: AskedWindow,
  { auth, signal, reportProgress, spent }: RequestContext
): Promise<LookedUp> {
  const at = newsSentiment.now()
  const window = readWindow(asked, at)
  const about = nameOf(subject)
  await reportProgress({ progress: 0, total: 1, message: `Looking up the news on ${about}` })
  signal.throwIfAborted() // whoever has left by now costs no call
  const asker = { subject: auth.subject, spent }
  const found = await newsSentiment.find(subject, { window, at, asker, mayBeEmpty: isOfThePast(asked) })
  await reportProgress({ progress: 1, total: 1, message: `Found the news on ${about}` })
  return {
    ...found,
    window: windowKnownAt(found.news.fetchedMs, window, asked),
    calls: spent.upstreamCalls,
    at,
    now: newsSentiment.now()
  }
}
