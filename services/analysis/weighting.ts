import type { Article } from '../alpha-vantage/article.ts'
import { dayMs, hourMs } from '../lib/time.ts'
import type { Window } from '../news/window.ts'

/** An article with its relevance and score for the requested ticker. */
export interface ScoredArticle {
  article: Article
  /** 0 < x ≤ 1. */
  relevance: number
  /** −1 to 1. */
  score: number
}

/** The articles that list `ticker` with a relevance above 0, with their score for it. */
export function scoreArticles(articles: readonly Article[], ticker: string): ScoredArticle[] {
  return articles.flatMap((article) => {
    const sentiment = article.tickers.find((one) => one.ticker === ticker)
    return sentiment && sentiment.relevance > 0
      ? [{ article, relevance: sentiment.relevance, score: sentiment.score }]
      : []
  })
}

/** The age at which an article's weight has halved, by the length of the window: milliseconds. */
export function halfLifeMs({ from, to }: Window): number {
  if (to - from <= dayMs) return 12 * hourMs
  return to - from <= 7 * dayMs ? 3 * dayMs : 7 * dayMs
}

/** `relevance · 2^(−age / half-life)`, where age is measured from the window's end. */
export function articleWeight({ article, relevance }: ScoredArticle, window: Window): number {
  return relevance * 2 ** (-(window.to - article.publishedMs) / halfLifeMs(window))
}

/**
 * Σ w·s / Σ w of at least one article or story. Rounded to 12 decimals: the digits beyond depend on the order of
 * summation and could move a value across a label's bound.
 */
export function weightedMean<T extends { score: number }>(
  scored: readonly T[],
  weigh: (one: T) => number
): number {
  const mean = sum(scored.map((one) => weigh(one) * one.score)) / sum(scored.map(weigh))
  return roundTo(mean, 12)
}

export function roundTo(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
