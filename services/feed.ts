import { decodeHTML } from 'entities'
import { z } from 'zod'

/** The five labels of Alpha Vantage, from most negative to most positive. */
export const sentimentLabels = [
  'Bearish',
  'Somewhat-Bearish',
  'Neutral',
  'Somewhat-Bullish',
  'Bullish'
] as const
export type SentimentLabel = (typeof sentimentLabels)[number]

/** One article, checked: numbers are numbers, times ISO 8601 in UTC. */
export interface Article {
  title: string
  summary: string
  source: string
  url: string
  /** ISO 8601, UTC. */
  publishedAt: string
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
  /** How many articles of the answer were left out because a field that is needed was broken. */
  dropped: number
  /** Whether the news is invented, as the local stand-in says of its own. */
  sample: boolean
}

/** Numbers come as strings for tickers and topics, as numbers for the whole article. */
const numeric = z.union([z.number(), z.string().trim().min(1).transform(Number)]).pipe(z.number())

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const controlCharacters = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029]/g
const text = z.string().transform((value) => decodeHTML(value).replace(controlCharacters, ' ').trim())

const tickerSentimentSchema = z
  .object({
    ticker: z.string(),
    relevance_score: numeric.pipe(z.number().min(0).max(1)),
    ticker_sentiment_score: numeric.pipe(z.number().min(-1).max(1)),
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

const articleSchema = z
  .object({
    title: text.pipe(z.string().min(1)),
    url: z.url({ protocol: /^https?$/ }),
    time_published: z.string().transform(isoTime).pipe(z.iso.datetime()),
    summary: text.catch(''),
    source: text.catch(''),
    // A broken entry takes no other with it.
    ticker_sentiment: z
      .array(tickerSentimentSchema.nullable().catch(null))
      .catch([])
      .transform((entries) => entries.filter((entry) => entry !== null))
  })
  .transform(
    (item): Article => ({
      title: item.title,
      summary: item.summary,
      source: item.source || new URL(item.url).hostname,
      url: item.url,
      publishedAt: item.time_published,
      tickers: item.ticker_sentiment
    })
  )

const answerSchema = z.object({ feed: z.array(z.unknown()), sample_data: z.boolean().default(false) })

/** Reads an answer of NEWS_SENTIMENT; `undefined` if it is none, or if nothing in it can be read. */
export function readFeed(body: unknown): Feed | undefined {
  const answer = answerSchema.safeParse(body)
  if (!answer.success) return undefined
  const articles: Article[] = []
  for (const item of answer.data.feed) {
    const article = articleSchema.safeParse(item)
    if (article.success) articles.push(article.data)
  }
  const dropped = answer.data.feed.length - articles.length
  if (dropped > 0 && articles.length === 0) return undefined
  articles.sort((a, b) => b.publishedAt.localeCompare(a.publishedAt))
  return { articles, dropped, sample: answer.data.sample_data }
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
