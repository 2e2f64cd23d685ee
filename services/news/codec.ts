import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { z } from 'zod'
import { type Article, sentimentLabels } from '../alpha-vantage/article.ts'
import type { Subject } from '../alpha-vantage/subject.ts'
import { topics } from '../alpha-vantage/topics.ts'
import { type NewsSnapshot, snapshotKey, unknownTickerKey } from './snapshot.ts'

/** Part of every key and row under which snapshots are stored. Increase it when the stored format changes. */
export const newsFormat = 1

const time = z.int().min(0)
const fraction = z.number().min(0).max(1)
const score = z.number().min(-1).max(1)

/** A stored {@link Subject}. */
export const subjectSchema: z.ZodType<Subject> = z.object({
  ticker: z.string().exactOptional(),
  topic: z.enum(topics).exactOptional()
})

const storedArticle: z.ZodType<Article> = z.object({
  id: z.string(),
  title: z.string(),
  summary: z.string(),
  source: z.string(),
  domain: z.string(),
  url: z.string().nullable(),
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
  subject: subjectSchema,
  from: time,
  to: time,
  fetchedMs: time,
  isUnknown: z.boolean(),
  articles: z.array(storedArticle),
  dropped: z.int().min(0),
  isFull: z.boolean(),
  sample: z.boolean()
})

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
/** Enough for a thousand long articles about many tickers. */
const maxOutputLength = 32 * 1024 * 1024

/** A snapshot as bytes to store: about 300 kB for a thousand articles. */
export function encodeNews({ fetchedAtMs, hitLimit, ...rest }: NewsSnapshot): Promise<Buffer> {
  const stored: z.output<typeof storedNews> = { ...rest, fetchedMs: fetchedAtMs, isFull: hitLimit }
  return compress(JSON.stringify(stored))
}

/** @throws if `bytes` are not the snapshot of `key`. */
export async function decodeNews(bytes: Uint8Array, key: string): Promise<NewsSnapshot> {
  const text = await decompress(bytes, { maxOutputLength })
  const { fetchedMs, isFull, ...rest } = storedNews.parse(JSON.parse(text.toString()))
  const isOwn =
    key === unknownTickerKey(rest.subject) || key.startsWith(snapshotKey(rest.subject, { name: '' }))
  if (rest.key !== key || !isOwn) throw new Error(`the stored news is that of ${rest.key}`)
  return { ...rest, fetchedAtMs: fetchedMs, hitLimit: isFull }
}
