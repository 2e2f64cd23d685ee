import { createHash } from 'node:crypto'
import { decodeHTMLAttribute } from 'entities'
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

/** In characters. An article with a longer link has none. */
const maxLinkLength = 2048
/** Alpha Vantage's limit for articles. The others are larger than in any real article. */
const maxItems = { articles: 1000, tickers: 500, topics: 50, authors: 10 }

/** Alpha Vantage sends numbers as strings for tickers and topics, as numbers for the article. */
const numeric = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number())
const score = numeric.pipe(z.number().min(-1).max(1))
/** Rounded to six decimals, like Alpha Vantage's own: tiny values would underflow as weights. */
const relevance = numeric.pipe(z.number().min(0).max(1)).transform((value) => Math.round(value * 1e6) / 1e6)

/** Line breaks and control characters: a third party's text must not start a new line in a result. */
const lineBreaks = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu
/** Letters of scripts in which a joiner changes how a word is written (Unicode 17, sections 9 and 12). */
const joiningLetter =
  '[[\\p{L}\\p{M}]&&[\\p{scx=Arab}\\p{scx=Syrc}\\p{scx=Mong}\\p{scx=Deva}\\p{scx=Beng}\\p{scx=Guru}\\p{scx=Gujr}' +
  '\\p{scx=Orya}\\p{scx=Taml}\\p{scx=Telu}\\p{scx=Knda}\\p{scx=Mlym}\\p{scx=Sinh}]]'
/**
 * Zero-width, bidirectional, tag and other format characters, which can hide or reorder text. The group matches
 * emoji, and joiners inside a word.
 */
const invisibleCharacters = new RegExp(
  `(\\p{RGI_Emoji}|(?<=${joiningLetter})[\\u200C\\u200D](?=${joiningLetter}))|` +
    '[\\p{Default_Ignorable_Code_Point}\\p{Cf}]',
  'gv'
)

/** Decodes the character references of HTML. Without a semicolon inside a word, as in `?a=1&copy=2`, it is text. */
const decodeReferences = decodeHTMLAttribute

const text = (maxBytes: number) =>
  z.string().transform((value) => {
    // Some sources encode twice: `&amp;#39;`.
    const plain = decodeReferences(decodeReferences(value))
      .toWellFormed()
      .replace(lineBreaks, ' ')
      .replace(invisibleCharacters, '$1')
      .trim()
    return truncateUtf8(plain, maxBytes)
  })

/** The valid entries among the first `maxLength`. Invalid ones are dropped. */
const lenientList = <T>(schema: z.ZodType<T>, maxLength: number) =>
  z
    .array(z.unknown())
    .catch([])
    .transform((entries) =>
      entries.slice(0, maxLength).flatMap((entry) => schema.safeParse(entry).data ?? [])
    )

/** A link in the syntax of RFC 3986, which the output schemas check. Browsers accept more, so encode the rest. */
const link = z
  .url({ protocol: /^https?$/ })
  .transform((url) => new URL(url))
  .refine(({ username, password }) => !username && !password)
  .transform((url) => {
    const path = (url.pathname + url.search + url.hash).replace(
      /[^\w\-.~:/?#@!$&'()*+,;=%]/g,
      encodeURIComponent
    )
    const [start, ...rest] = path.replace(/%(?![\da-f]{2})/gi, '%25').split('#')
    return {
      domain: url.hostname.replace(/^www\./, ''),
      href: url.origin + [start, rest.join('%23')].filter(Boolean).join('#')
    }
  })

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
      url: href.length <= maxLinkLength ? href : null,
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

const responseSchema = z.object({
  // Each article is validated on its own, so that an invalid one does not reject the others.
  feed: z.custom<unknown[]>(Array.isArray),
  sample_data: z.boolean().default(false)
})

/**
 * Parses a NEWS_SENTIMENT response to a request for up to `limit` articles. Returns `undefined` if it has no feed, or if
 * every article of the feed is invalid.
 */
export function parseFeed(body: unknown, limit: number): Feed | undefined {
  const response = responseSchema.safeParse(body)
  if (!response.success) return undefined
  const { feed, sample_data: sample } = response.data
  const byId = new Map<string, Article>()
  for (const item of feed.slice(0, maxItems.articles)) {
    const article = articleSchema.safeParse(item)
    if (article.success && !byId.has(article.data.id)) byId.set(article.data.id, article.data)
  }
  if (feed.length > 0 && byId.size === 0) return undefined
  return {
    articles: [...byId.values()].sort((a, b) => b.publishedMs - a.publishedMs || (a.id < b.id ? -1 : 1)),
    dropped: feed.length - byId.size,
    // Alpha Vantage may apply 50 in place of a larger limit.
    hitLimit: feed.length === 50 || feed.length >= limit,
    sample
  }
}

function articleId(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 12)
}

/** The first entry of each name. */
function uniqueBy<T>(entries: readonly T[], toName: (entry: T) => string): T[] {
  return [...Map.groupBy(entries, toName).values()].flatMap(([first]) => first ?? [])
}

/** Some responses have `Somewhat_Bullish`. */
function knownLabel(label: string | undefined): SentimentLabel | undefined {
  return sentimentLabels.find((known) => known === label?.replace('_', '-'))
}

/**
 * Converts `YYYYMMDDTHHMMSS` (UTC), which may have a space in place of `T`, separators, and `Z` at its end. Any other text
 * is returned as it is, and fails the check that follows.
 */
function toIsoTime(value: string): string {
  const parts = /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)? ?Z?$/i.exec(value.trim())
  if (!parts) return value
  const [, year, month, day, hour, minute, second = '00'] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
}
