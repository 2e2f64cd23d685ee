import type { Article } from '../alpha-vantage/article.ts'
import { dayMs } from '../lib/time.ts'
import type { Window } from '../news/window.ts'

const hourMs = 3_600_000

/** What an article says about the ticker that was asked for. */
export interface ScoredArticle {
  article: Article
  /** 0 < x ≤ 1. */
  relevance: number
  /** −1 to 1. */
  score: number
}

/** The articles that score `ticker`; one that does not list it says nothing about it. */
export function scoreArticles(articles: readonly Article[], ticker: string): ScoredArticle[] {
  return articles.flatMap((article) => {
    const sentiment = article.tickers.find((one) => one.ticker === ticker)
    return sentiment && sentiment.relevance > 0
      ? [{ article, relevance: sentiment.relevance, score: sentiment.score }]
      : []
  })
}

/** After how long an article counts half, by the length of the window: milliseconds. */
export function halfLifeMs({ from, to }: Window): number {
  if (to - from <= dayMs) return 12 * hourMs
  return to - from <= 7 * dayMs ? 3 * dayMs : 7 * dayMs
}

/** `relevance · 2^(−age / half-life)`; the age counts from the window's end. */
export function articleWeight({ article, relevance }: ScoredArticle, window: Window): number {
  return relevance * 2 ** (-(window.to - article.publishedMs) / halfLifeMs(window))
}

/** Σ w·s / Σ w of at least one article, without the last digits, which depend on the order of the sum and would blur the labels' bounds. */
export function weightedMean(
  scored: readonly ScoredArticle[],
  weigh: (one: ScoredArticle) => number
): number {
  const mean = sum(scored.map((one) => weigh(one) * one.score)) / sum(scored.map(weigh))
  return Math.round(mean * 1e12) / 1e12
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
