import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { z } from 'zod'
import { type Article, sentimentLabels } from '../alpha-vantage/article.ts'
import { topics } from '../alpha-vantage/topics.ts'
import { type NewsSnapshot, snapshotKey, unknownTickerKey } from './snapshot.ts'

/** Part of every name under which news is kept: grows when {@link NewsSnapshot} changes. */
export const newsFormat = 1

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
  fetchedAtMs: time,
  isUnknown: z.boolean(),
  articles: z.array(storedArticle),
  dropped: z.int().min(0),
  hitLimit: z.boolean(),
  sample: z.boolean()
}) satisfies z.ZodType<NewsSnapshot>

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
/** What a thousand long articles about many tickers take. */
const maxOutputLength = 32 * 1024 * 1024

/** News as bytes, to be kept: a thousand articles take about 300 kB. */
export function encodeNews(news: NewsSnapshot): Promise<Buffer> {
  return compress(JSON.stringify(news))
}

/** @throws if `bytes` are not the news of that key. */
export async function decodeNews(bytes: Uint8Array, key: string): Promise<NewsSnapshot> {
  const text = await decompress(bytes, { maxOutputLength })
  const news = storedNews.parse(JSON.parse(text.toString()))
  const isOwn =
    key === unknownTickerKey(news.subject) || key.startsWith(snapshotKey(news.subject, { name: '' }))
  if (news.key !== key || !isOwn) throw new Error(`these are the news of ${news.key}`)
  return news
}
