import type { Feed } from '../alpha-vantage/article.ts'
import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { type Subject, subjectLabel } from '../alpha-vantage/subject.ts'
import { articlesIn, type Window } from './window.ts'

/** News on a subject over a window, and when it was fetched. Times are milliseconds since 1970. */
export interface NewsSnapshot extends Feed {
  /** The cache key: the same for the same subject and window. */
  key: string
  subject: Subject
  /** The start of the requested window. */
  from: number
  /** The end of the window, at most the time of the fetch. */
  to: number
  fetchedAtMs: number
  /** Whether Alpha Vantage does not know the ticker. There are no articles then. */
  isUnknown: boolean
}

/** A cached snapshot without its articles. */
export interface SnapshotInfo extends Pick<NewsSnapshot, 'key' | 'subject' | 'from' | 'to' | 'fetchedAtMs'> {
  articles: number
  /** When the cache discards it: milliseconds since 1970. */
  expiresAtMs: number
}

/** The snapshot without its articles. */
export function toSnapshotInfo(
  { key, subject, from, to, fetchedAtMs, articles }: NewsSnapshot,
  expiresAtMs: number
): SnapshotInfo {
  return { key, subject, from, to, fetchedAtMs, articles: articles.length, expiresAtMs }
}

/** The cache key of news on `subject` over `window`. */
export function snapshotKey(subject: Subject, { name }: Pick<UpstreamWindow, 'name'>): string {
  return `${subjectLabel(subject)} ${name}`
}

/** The cache key that records an unknown ticker. */
export function unknownTickerKey(subject: Subject): string {
  return snapshotKey(subject, { name: 'unknown' })
}

/**
 * The time since which no article is missing: milliseconds since 1970. In a full feed, articles that are older than the
 * oldest one may be missing, and some of the same second.
 */
export function coveredFrom({ hitLimit, articles, from, to }: NewsSnapshot): number {
  if (!hitLimit) return from
  return articles.findLast(({ publishedMs }) => publishedMs >= from && publishedMs <= to)?.publishedMs ?? to
}

/** Whether `news` may lack older articles of `window`. */
export function isTruncatedIn(news: NewsSnapshot, window: Window): boolean {
  return news.hitLimit && coveredFrom(news) >= window.from
}

/** Whether a second fetch that stops at the window's end would add little to the window. */
export function coversWindow(news: NewsSnapshot, window: Window): boolean {
  const fillsFeed = articlesIn(news.articles, window).length * 2 >= news.articles.length
  return fillsFeed || window.to >= news.to || !isTruncatedIn(news, window)
}
