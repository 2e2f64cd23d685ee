import { createHash } from 'node:crypto'
import { decodeHTML } from 'entities'
import { z } from 'zod'
import { truncateUtf8 } from '../lib/text.ts'
import {
  type Article,
  type Feed,
  type SentimentLabel,
  sentimentLabels,
  type TickerSentiment,
  toLabel
} from './article.ts'
import { tickerSymbol } from './subject.ts'
import { findTopic } from './topics.ts'

/** As many as Alpha Vantage gives at most, and more than a real article has. */
const maxItems = { articles: 1000, tickers: 500, topics: 50, authors: 10 }

/** Numbers come as strings for tickers and topics, as numbers for the whole article. */
const numeric = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number())
const score = numeric.pipe(z.number().min(-1).max(1))
/** To six decimals, as Alpha Vantage writes it: no weight is too small to count with. */
const relevance = numeric.pipe(z.number().min(0).max(1)).transform((value) => Math.round(value * 1e6) / 1e6)

/** Line breaks and other control characters: no text of a third party begins a line of its own in an answer. */
const lineBreaks = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu
/** What is not seen, and may hide or turn around text: zero-width, bidirectional and other format characters, tags. */
const invisibleCharacters = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu

const text = (mostBytes: number) =>
  z.string().transform((value) => {
    const plain = decodeHTML(value)
      .toWellFormed()
      .replace(lineBreaks, ' ')
      .replace(invisibleCharacters, '')
      .trim()
    return truncateUtf8(plain, mostBytes)
  })

/** The good ones of a list's first entries: a broken one takes no other with it. */
const lenientList = <T>(schema: z.ZodType<T>, most: number) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((entries) => entries.slice(0, most).flatMap((entry) => schema.safeParse(entry).data ?? []))

/** A link as RFC 3986 has it: browsers take more, and the schema's checks do not. */
const link = z
  .url({ protocol: /^https?$/ })
  .transform((url) => new URL(url))
  .refine(({ username, password }) => !username && !password)
  .transform((url) => {
    const place = (url.pathname + url.search + url.hash).replace(
      /[^\w\-.~:/?#@!$&'()*+,;=%]/g,
      encodeURIComponent
    )
    const [start, ...rest] = place.replace(/%(?![\da-f]{2})/gi, '%25').split('#')
    return {
      domain: url.hostname.replace(/^www\./, ''),
      href: url.origin + [start, rest.join('%23')].filter(Boolean).join('#')
    }
  })
  .refine(({ href }) => href.length <= 2048)

const tickerSentimentSchema = z
  .object({
    ticker: z.string().regex(tickerSymbol),
    relevance_score: relevance,
    ticker_sentiment_score: score,
    ticker_sentiment_label: z.string().optional()
  })
  .transform(
    (entry): TickerSentiment => ({
      ticker: entry.ticker,
      relevance: entry.relevance_score,
      score: entry.ticker_sentiment_score,
      label: knownLabel(entry.ticker_sentiment_label) ?? toLabel(entry.ticker_sentiment_score)
    })
  )

const topicSchema = z
  .object({ topic: z.string().transform(findTopic), relevance_score: relevance })
  .transform(({ topic, relevance_score }) => topic && { topic, relevance: relevance_score })

const articleSchema = z
  .object({
    title: text(300).pipe(z.string().min(1)),
    url: link,
    time_published: z.string().transform(toIsoTime).pipe(z.iso.datetime()),
    summary: text(1000).catch(''),
    source: text(100).catch(''),
    authors: lenientList(text(100), maxItems.authors),
    topics: lenientList(topicSchema, maxItems.topics),
    overall_sentiment_score: score.nullable().catch(null),
    ticker_sentiment: lenientList(tickerSentimentSchema, maxItems.tickers)
  })
  .transform((item): Article => {
    const { href, domain } = item.url
    return {
      id: articleId(href, item.title, item.time_published),
      title: item.title,
      summary: item.summary,
      source: item.source || domain,
      domain,
      url: href,
      authors: item.authors.filter(Boolean),
      publishedAt: item.time_published,
      publishedMs: Date.parse(item.time_published),
      topics: uniqueBy(
        item.topics.filter((topic) => topic !== undefined),
        ({ topic }) => topic
      ),
      score: item.overall_sentiment_score,
      tickers: uniqueBy(item.ticker_sentiment, ({ ticker }) => ticker)
    }
  })

const answerSchema = z.object({
  // An array of whatever: looked at one by one.
  feed: z.custom<unknown[]>(Array.isArray),
  sample_data: z.boolean().default(false)
})

/**
 * Reads an answer of NEWS_SENTIMENT to a question for up to `limit` articles; `undefined` if it is none, or if nothing
 * in it can be read.
 */
export function parseFeed(body: unknown, limit: number): Feed | undefined {
  const answer = answerSchema.safeParse(body)
  if (!answer.success) return undefined
  const { feed, sample_data: sample } = answer.data
  const byId = new Map<string, Article>()
  for (const item of feed.slice(0, maxItems.articles)) {
    const article = articleSchema.safeParse(item)
    if (article.success && !byId.has(article.data.id)) byId.set(article.data.id, article.data)
  }
  if (feed.length > 0 && byId.size === 0) return undefined
  return {
    articles: [...byId.values()].sort((a, b) => b.publishedMs - a.publishedMs || (a.id < b.id ? -1 : 1)),
    dropped: feed.length - byId.size,
    // Whatever limit is asked for, 50 may be what is honoured.
    hitLimit: feed.length === 50 || feed.length >= limit,
    sample
  }
}

function articleId(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 12)
}

/** The first of each name. */
function uniqueBy<T>(entries: readonly T[], nameOf: (entry: T) => string): T[] {
  return [...Map.groupBy(entries, nameOf).values()].flatMap(([first]) => first ?? [])
}

/** Some texts write `Somewhat_Bullish`. */
function knownLabel(label: string | undefined): SentimentLabel | undefined {
  return sentimentLabels.find((known) => known === label?.replace('_', '-'))
}

/** From `YYYYMMDDTHHMMSS`, which is UTC; what is not a time stays as it is, and fails the check that follows. */
function toIsoTime(value: string): string {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?$/.exec(value)
  if (!parts) return value
  const [, year, month, day, hour, minute, second = '00'] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
}
