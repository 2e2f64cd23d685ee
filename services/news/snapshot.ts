import type { Feed } from '../alpha-vantage/article.ts'
import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { type Subject, subjectLabel } from '../alpha-vantage/subject.ts'
import { articlesIn, type Window } from './window.ts'

/** News on a subject over a window, and when it was fetched. Times are milliseconds since 1970. */
export interface NewsSnapshot extends Feed {
  /** Names it, while it is kept: the same for the same subject and window. */
  key: string
  subject: Subject
  /** How far back was asked. */
  from: number
  /** How far it goes, at most up to when it was fetched. */
  to: number
  fetchedAtMs: number
  /** Whether Alpha Vantage says that there is no such ticker: then there are no articles. */
  isUnknown: boolean
}

/** What is told of news that is kept, without its articles. */
export interface SnapshotInfo extends Pick<NewsSnapshot, 'key' | 'subject' | 'from' | 'to' | 'fetchedAtMs'> {
  articles: number
  /** When it is given up: milliseconds since 1970. */
  expiresAtMs: number
}

/** `news` without its articles. */
export function toSnapshotInfo(
  { key, subject, from, to, fetchedAtMs, articles }: NewsSnapshot,
  expiresAtMs: number
): SnapshotInfo {
  return { key, subject, from, to, fetchedAtMs, articles: articles.length, expiresAtMs }
}

/** The name of news on `subject` over `window`. */
export function snapshotKey(subject: Subject, { name }: Pick<UpstreamWindow, 'name'>): string {
  return `${subjectLabel(subject)} ${name}`
}

/** The name under which is kept that there is no such ticker. */
export function unknownTickerKey(subject: Subject): string {
  return snapshotKey(subject, { name: 'unknown' })
}

/**
 * How far back all articles are known: milliseconds since 1970. With a full feed, what is older than its oldest article
 * may be missing, and some of the same second.
 */
export function coveredFrom({ hitLimit, articles, from, to }: NewsSnapshot): number {
  if (!hitLimit) return from
  return articles.findLast(({ publishedMs }) => publishedMs >= from && publishedMs <= to)?.publishedMs ?? to
}

/** Whether older articles of `window` may be missing in `news`. */
export function isTruncatedIn(news: NewsSnapshot, window: Window): boolean {
  return news.hitLimit && coveredFrom(news) >= window.from
}

/** Whether asking for news up to the window's end, and not beyond, would not tell much more of the window. */
export function coversWindow(news: NewsSnapshot, window: Window): boolean {
  const room = articlesIn(news.articles, window).length * 2 >= news.articles.length
  return room || window.to >= news.to || !isTruncatedIn(news, window)
}
