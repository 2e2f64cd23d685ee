import type { Article } from '../../services/alpha-vantage/article.ts'
import { parseFeed } from '../../services/alpha-vantage/feed-parser.ts'
import { type Topic, topicTitles } from '../../services/alpha-vantage/topics.ts'

interface ArticleOptions {
  /** Time of publication, ISO 8601. */
  at: string
  /** Relevance and score by ticker. */
  about: Record<string, [relevance: number, score: number]>
  title?: string
  summary?: string
  source?: string
  url?: string
  /** Relevance by topic slug. */
  topics?: Record<string, number>
  score?: number
}

let count = 0

/** An article in the newer format of Alpha Vantage: numbers are strings, except for the overall score. */
export function newerArticle(options: ArticleOptions) {
  const { at, about, score = 0.1, topics = { technology: 0.9 }, source = 'Example Wire' } = options
  count += 1
  return {
    title: options.title ?? `Headline number ${count}`,
    url: options.url ?? `https://www.example.com/news/${count}`,
    time_published: new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, ''),
    authors: ['A. Writer'],
    summary: options.summary ?? `What happened in story ${count}.`,
    source,
    category_within_source: 'n/a',
    source_domain: source,
    topics: Object.entries(topics).map(([topic, relevance]) => ({
      topic,
      relevance_score: relevance.toFixed(6)
    })),
    overall_sentiment_score: score,
    overall_sentiment_label: 'Neutral',
    ticker_sentiment: Object.entries(about).map(([ticker, [relevance, tickerScore]]) => ({
      ticker,
      relevance_score: relevance.toFixed(6),
      ticker_sentiment_score: tickerScore.toFixed(6),
      ticker_sentiment_label: 'Neutral'
    }))
  }
}

/** The same article in the older format: topics are titles, the domain is a host, and there is a picture. */
export function olderArticle(options: ArticleOptions) {
  const article = newerArticle(options)
  return {
    ...article,
    banner_image: null,
    source_domain: 'www.example.com',
    topics: article.topics.map(({ topic, ...rest }) => ({
      topic: topicTitles[topic as Topic] ?? topic,
      ...rest
    }))
  }
}

/** A response of Alpha Vantage with these articles. */
export const toFeed = (...feed: unknown[]) => ({ items: String(feed.length), feed })

/** The articles as the server parses them. */
export function read(...feed: unknown[]): Article[] {
  return parseFeed(toFeed(...feed), 1000)?.articles ?? []
}

/** Articles on one ticker: the newest at `to`, and one every `everyMs` before it. */
export const articlesBefore = (
  to: number,
  {
    count,
    everyMs,
    ticker = 'AAPL',
    score = 0.2
  }: { count: number; everyMs: number; ticker?: string; score?: number }
) =>
  Array.from({ length: count }, (_, index) =>
    newerArticle({ at: new Date(to - index * everyMs).toISOString(), about: { [ticker]: [0.5, score] } })
  )

/** `count` times before `end`, `everyMinutes` apart. */
export const timesBefore = (end: string, { count, everyMinutes }: { count: number; everyMinutes: number }) =>
  Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(end) - index * everyMinutes * 60_000).toISOString()
  )
