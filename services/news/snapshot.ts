import type { Feed } from '../alpha-vantage/article.ts'
import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { nameOf, type Subject } from '../alpha-vantage/subject.ts'
import { articlesIn, type Window } from './window.ts'

/** News on a subject over a window, and when it was fetched. Times are milliseconds since 1970. */
export interface News extends Feed {
  /** Names it, while it is kept: the same for the same subject and window. */
  key: string
  subject: Subject
  /** How far back was asked. */
  from: number
  /** How far it goes, at most up to when it was fetched. */
  to: number
  fetchedMs: number
  /** Whether Alpha Vantage says that there is no such ticker: then there are no articles. */
  isUnknown: boolean
}

/** What is told of news that is kept, without its articles. */
export interface Kept extends Pick<News, 'key' | 'subject' | 'from' | 'to' | 'fetchedMs'> {
  articles: number
  /** When it is given up: milliseconds since 1970. */
  untilMs: number
}

/** `news` without its articles. */
export function keptOf({ key, subject, from, to, fetchedMs, articles }: News, untilMs: number): Kept {
  return { key, subject, from, to, fetchedMs, articles: articles.length, untilMs }
}

/** The name of news on `subject` over `window`. */
export function keyOf(subject: Subject, { name }: Pick<UpstreamWindow, 'name'>): string {
  return `${nameOf(subject)} ${name}`
}

/** The name under which is kept that there is no such ticker. */
export function unknownKeyOf(subject: Subject): string {
  return keyOf(subject, { name: 'unknown' })
}

/**
 * How far back all articles are known: milliseconds since 1970. With a full feed, what is older than its oldest article
 * may be missing, and some of the same second.
 */
export function coveredFrom({ isFull, articles, from, to }: News): number {
  if (!isFull) return from
  return articles.findLast(({ publishedMs }) => publishedMs >= from && publishedMs <= to)?.publishedMs ?? to
}

/** Whether older articles of `window` may be missing in `news`. */
export function isCut(news: News, window: Window): boolean {
  return news.isFull && coveredFrom(news) >= window.from
}

/** Whether asking for news up to the window's end, and not beyond, would not tell much more of the window. */
export function isEnough(news: News, window: Window): boolean {
  const room = articlesIn(news.articles, window).length * 2 >= news.articles.length
  return room || window.to >= news.to || !isCut(news, window)
}
