import type { Topic } from './topics.ts'

/** Alpha Vantage's labels, from most negative to most positive. */
export const sentimentLabels = [
  'Bearish',
  'Somewhat-Bearish',
  'Neutral',
  'Somewhat-Bullish',
  'Bullish'
] as const
export type SentimentLabel = (typeof sentimentLabels)[number]

/** A validated article. Texts are short and have no line breaks. */
export interface Article {
  /** A hash of link, title and time: 12 characters of base64url. */
  id: string
  title: string
  summary: string
  source: string
  /** The host of the link, without `www.`. */
  domain: string
  /** Null if the link is too long to return. */
  url: string | null
  authors: string[]
  /** ISO 8601, UTC. */
  publishedAt: string
  /** Milliseconds since 1970. */
  publishedMs: number
  topics: { topic: Topic; relevance: number }[]
  /** The sentiment of the whole article: -1 to 1; null if Alpha Vantage has none. */
  score: number | null
  tickers: TickerSentiment[]
}

/** The sentiment of an article towards one ticker. */
export interface TickerSentiment {
  ticker: string
  /** 0 to 1. With 0, the article has no weight for the ticker. */
  relevance: number
  /** -1 to 1; see {@link toLabel} for its bands. */
  score: number
  label: SentimentLabel
}

/** The articles of one response. */
export interface Feed {
  /** Newest first. */
  articles: Article[]
  /** How many articles were dropped because a required field was invalid or because they were duplicates. */
  dropped: number
  /** Whether the response has the maximum number of articles, so that older ones may be missing. */
  hitLimit: boolean
  /** Whether the news is invented: the local stand-in marks its responses. */
  sample: boolean
}

/** The label of a score from -1 to 1, by the bands that Alpha Vantage publishes in each response. */
export function toLabel(score: number): SentimentLabel {
  if (score <= -0.35) return 'Bearish'
  if (score <= -0.15) return 'Somewhat-Bearish'
  if (score < 0.15) return 'Neutral'
  if (score < 0.35) return 'Somewhat-Bullish'
  return 'Bullish'
}
