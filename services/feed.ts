import { createHash } from 'node:crypto'
import { decodeHTML } from 'entities'
import { z } from 'zod'
import { type Topic, topicOf, topics } from './topics.ts'

/** The five labels of Alpha Vantage, from most negative to most positive. */
export const sentimentLabels = [
  'Bearish',
  'Somewhat-Bearish',
  'Neutral',
  'Somewhat-Bullish',
  'Bullish'
] as const
export type SentimentLabel = (typeof sentimentLabels)[number]

/** One article, checked: numbers are numbers, times ISO 8601 in UTC, texts short and on one line. */
export interface Article {
  /** The same for the same link, title and time: 12 characters that a URL takes as they are. */
  id: string
  title: string
  summary: string
  source: string
  /** The host that the link leads to, without `www.`. */
  domain: string
  url: string
  authors: string[]
  /** ISO 8601, UTC. */
  publishedAt: string
  /** Milliseconds since 1970. */
  publishedMs: number
  topics: { topic: Topic; relevance: number }[]
  /** How the whole article sounds, whoever it is about: -1 to 1; null if it does not say. */
  score: number | null
  tickers: TickerSentiment[]
}

/** What an article says about one ticker. */
export interface TickerSentiment {
  ticker: string
  /** 0 < x ≤ 1. */
  relevance: number
  /** -1 to 1; see {@link labelOf} for its bands. */
  score: number
  label: SentimentLabel
}

export interface Feed {
  /** Newest first. */
  articles: Article[]
  /** How many articles of the answer were left out: a field that is needed was broken, or they came twice. */
  dropped: number
  /** Whether Alpha Vantage gave as many articles as it gives at most, so that older ones may be missing. */
  isFull: boolean
  /** Whether the news is invented, as the local stand-in says of its own. */
  sample: boolean
}

const mostTickers = 100
const mostAuthors = 10

/** Numbers come as strings for tickers and topics, as numbers for the whole article. */
const numeric = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number())
const score = numeric.pipe(z.number().min(-1).max(1))
const relevance = numeric.pipe(z.number().min(0).max(1))

/** Line breaks and other control characters: no text of a third party begins a line of its own in an answer. */
const breaks = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu
/** What is not seen, and may hide or turn around text: zero-width and bidirectional marks, and tags. */
const unseen = /[\u{200B}\u{200E}\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2069}\u{FEFF}\u{E0000}-\u{E007F}]/gu

const text = (mostCharacters: number) =>
  z.string().transform((value) => {
    const plain = decodeHTML(value).toWellFormed().replace(unseen, '').replace(breaks, ' ').trim()
    return shorten(plain, mostCharacters)
  })

/** The list's good entries, `most` at most: a broken one takes no other with it. */
const listOf = <T>(schema: z.ZodType<T>, most: number) =>
  z
    .array(schema.nullable().catch(null))
    .catch([])
    .transform((entries) => entries.filter((entry) => entry !== null).slice(0, most))

const tickerSentimentSchema = z
  .object({
    ticker: z.string().max(30),
    relevance_score: relevance,
    ticker_sentiment_score: score,
    ticker_sentiment_label: z.string().optional()
  })
  .transform(
    (entry): TickerSentiment => ({
      ticker: entry.ticker,
      relevance: entry.relevance_score,
      score: entry.ticker_sentiment_score,
      label: knownLabel(entry.ticker_sentiment_label) ?? labelOf(entry.ticker_sentiment_score)
    })
  )

const topicSchema = z
  .object({ topic: z.string().transform(topicOf), relevance_score: relevance })
  .transform(({ topic, relevance_score }) => topic && { topic, relevance: relevance_score })

const articleSchema = z
  .object({
    title: text(300).pipe(z.string().min(1)),
    url: z
      .url({ protocol: /^https?$/ })
      .transform((url) => new URL(url))
      .refine(({ href }) => href.length <= 2048),
    time_published: z.string().transform(isoTime).pipe(z.iso.datetime()),
    summary: text(1000).catch(''),
    source: text(100).catch(''),
    authors: listOf(text(100), mostAuthors),
    topics: listOf(topicSchema, topics.length),
    overall_sentiment_score: score.nullable().catch(null),
    ticker_sentiment: listOf(tickerSentimentSchema, mostTickers)
  })
  .transform((item): Article => {
    const { href, hostname } = item.url
    const domain = hostname.replace(/^www\./, '')
    return {
      id: idOf(href, item.title, item.time_published),
      title: item.title,
      summary: item.summary,
      source: item.source || domain,
      domain,
      url: href,
      authors: item.authors.filter(Boolean),
      publishedAt: item.time_published,
      publishedMs: Date.parse(item.time_published),
      topics: distinct(
        item.topics.filter((topic) => topic !== undefined),
        ({ topic }) => topic
      ),
      score: item.overall_sentiment_score,
      tickers: distinct(item.ticker_sentiment, ({ ticker }) => ticker)
    }
  })

const answerSchema = z.object({ feed: z.array(z.unknown()), sample_data: z.boolean().default(false) })

/**
 * Reads an answer of NEWS_SENTIMENT to a question for up to `limit` articles; `undefined` if it is none, or if nothing
 * in it can be read.
 */
export function readFeed(body: unknown, limit: number): Feed | undefined {
  const answer = answerSchema.safeParse(body)
  if (!answer.success) return undefined
  const { feed, sample_data: sample } = answer.data
  const byId = new Map<string, Article>()
  for (const item of feed) {
    const article = articleSchema.safeParse(item)
    if (article.success && !byId.has(article.data.id)) byId.set(article.data.id, article.data)
  }
  if (feed.length > 0 && byId.size === 0) return undefined
  return {
    articles: [...byId.values()].sort((a, b) => b.publishedMs - a.publishedMs || (a.id < b.id ? -1 : 1)),
    dropped: feed.length - byId.size,
    // Whatever limit is asked for, 50 may be what is honoured.
    isFull: feed.length === 50 || feed.length >= limit,
    sample
  }
}

function idOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 12)
}

/** The first of each name. */
function distinct<T>(entries: readonly T[], nameOf: (entry: T) => string): T[] {
  return [...Map.groupBy(entries, nameOf).values()].flatMap(([first]) => first ?? [])
}

/** `text` in at most `mostCharacters` UTF-16 units, with an ellipsis where it was cut. */
export function shorten(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text
  return `${text
    .slice(0, mostCharacters - 1)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()}…`
}

/** The label of a score, by the bands that Alpha Vantage publishes with each answer. */
export function labelOf(score: number): SentimentLabel {
  if (score <= -0.35) return 'Bearish'
  if (score <= -0.15) return 'Somewhat-Bearish'
  if (score < 0.15) return 'Neutral'
  if (score < 0.35) return 'Somewhat-Bullish'
  return 'Bullish'
}

/** Some texts write `Somewhat_Bullish`. */
function knownLabel(label: string | undefined): SentimentLabel | undefined {
  return sentimentLabels.find((known) => known === label?.replace('_', '-'))
}

/** From `YYYYMMDDTHHMMSS`, which is UTC; what is not a time stays as it is, and fails the check that follows. */
function isoTime(value: string): string {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?$/.exec(value)
  if (!parts) return value
  const [, year, month, day, hour, minute, second = '00'] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
}
