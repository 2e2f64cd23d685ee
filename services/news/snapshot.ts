import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { z } from 'zod'
import { nameOf, type Subject } from '../alpha-vantage/client.ts'
import { type Article, type Feed, sentimentLabels } from '../alpha-vantage/feed-parser.ts'
import { topics } from '../alpha-vantage/topics.ts'
import { articlesIn, type UpstreamWindow, type Window } from './window.ts'

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

/** Part of every name under which news is kept: grows when {@link News} changes. */
export const newsFormat = 1

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

const time = z.int().min(0)
const fraction = z.number().min(0).max(1)
const score = z.number().min(-1).max(1)

const storedArticle: z.ZodType<Article> = z.object({
  id: z.string(),
  title: z.string(),
  summary: z.string(),
  source: z.string(),
  domain: z.string(),
  url: z.string(),
  authors: z.array(z.string()),
  publishedAt: z.string(),
  publishedMs: time,
  topics: z.array(z.object({ topic: z.enum(topics), relevance: fraction })),
  score: score.nullable(),
  tickers: z.array(
    z.object({ ticker: z.string(), relevance: fraction, score, label: z.enum(sentimentLabels) })
  )
})

const storedNews = z.object({
  key: z.string(),
  subject: z.object({ ticker: z.string().exactOptional(), topic: z.enum(topics).exactOptional() }),
  from: time,
  to: time,
  fetchedMs: time,
  isUnknown: z.boolean(),
  articles: z.array(storedArticle),
  dropped: z.int().min(0),
  isFull: z.boolean(),
  sample: z.boolean()
}) satisfies z.ZodType<News>

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
/** What a thousand long articles about many tickers take. */
const maxOutputLength = 32 * 1024 * 1024

/** News as bytes, to be kept: a thousand articles take about 300 kB. */
export function encodeNews(news: News): Promise<Buffer> {
  return compress(JSON.stringify(news))
}

/** @throws if `bytes` are not the news of that key. */
export async function decodeNews(bytes: Uint8Array, key: string): Promise<News> {
  const text = await decompress(bytes, { maxOutputLength })
  const news = storedNews.parse(JSON.parse(text.toString()))
  const isOwn = key === unknownKeyOf(news.subject) || key.startsWith(keyOf(news.subject, { name: '' }))
  if (news.key !== key || !isOwn) throw new Error(`these are the news of ${news.key}`)
  return news
}
