import type { Topic } from './topics.ts'

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
  /** 0 to 1; with 0 the article does not count for the ticker. */
  relevance: number
  /** -1 to 1; see {@link toLabel} for its bands. */
  score: number
  label: SentimentLabel
}

export interface Feed {
  /** Newest first. */
  articles: Article[]
  /** How many articles of the answer were left out: a field that is needed was broken, or they came twice. */
  dropped: number
  /** Whether Alpha Vantage gave as many articles as it gives at most, so that older ones may be missing. */
  hitLimit: boolean
  /** Whether the news is invented, as the local stand-in says of its own. */
  sample: boolean
}

/** The label of a score, by the bands that Alpha Vantage publishes with each answer. */
export function toLabel(score: number): SentimentLabel {
  if (score <= -0.35) return 'Bearish'
  if (score <= -0.15) return 'Somewhat-Bearish'
  if (score < 0.15) return 'Neutral'
  if (score < 0.35) return 'Somewhat-Bullish'
  return 'Bullish'
}
