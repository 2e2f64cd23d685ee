import type { Article } from '../../services/alpha-vantage/article.ts'
import { parseFeed } from '../../services/alpha-vantage/feed-parser.ts'

interface Told {
  /** ISO 8601. */
  at: string
  /** Relevance and score of each ticker. */
  about: Record<string, [relevance: number, score: number]>
  title?: string
  summary?: string
  source?: string
  url?: string
  /** Slugs, with their relevance. */
  topics?: Record<string, number>
  score?: number
}

let count = 0

/** An article as Alpha Vantage's newer answers have it: figures are strings but for the overall score. */
export function newerArticle({ at, about, score = 0.1, topics = { technology: 0.9 }, ...told }: Told) {
  count += 1
  const source = told.source ?? 'Example Wire'
  return {
    title: told.title ?? `Headline number ${count}`,
    url: told.url ?? `https://www.example.com/news/${count}`,
    time_published: new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, ''),
    authors: ['A. Writer'],
    summary: told.summary ?? `What happened in story ${count}.`,
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

const titles: Record<string, string> = {
  technology: 'Technology',
  earnings: 'Earnings',
  economy_monetary: 'Economy - Monetary'
}

/** The same as older answers have it: topics are titles, the domain is a host, and there is a picture. */
export function olderArticle(told: Told) {
  const article = newerArticle(told)
  return {
    ...article,
    banner_image: null,
    source_domain: 'www.example.com',
    topics: article.topics.map((one) => ({ ...one, topic: titles[one.topic] ?? one.topic }))
  }
}

/** An answer with these articles. */
export const toFeed = (...feed: unknown[]) => ({ items: String(feed.length), feed })

/** The articles as the server reads them. */
export function read(...feed: unknown[]): Article[] {
  return parseFeed(toFeed(...feed), 1000)?.articles ?? []
}
