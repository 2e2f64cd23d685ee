import { type Article, labelOf, type SentimentLabel } from '../alpha-vantage/feed-parser.ts'
import type { Topic } from '../alpha-vantage/topics.ts'
import { dayMs, type Window } from '../news/window.ts'

const hourMs = 3_600_000
/** Fewer scored articles than this tell nothing. */
export const fewestArticles = 3
/** Two-sided 95 % of a normal distribution: of many articles; of few it holds less. */
const confidence = 1.96

/** What an article says about the ticker that was asked for. */
export interface ScoredArticle {
  article: Article
  /** 0 < x ≤ 1. */
  relevance: number
  /** −1 to 1. */
  score: number
}

/** The articles that score `ticker`; one that does not list it says nothing about it. */
export function scoredArticles(articles: readonly Article[], ticker: string): ScoredArticle[] {
  return articles.flatMap((article) => {
    const sentiment = article.tickers.find((one) => one.ticker === ticker)
    return sentiment && sentiment.relevance > 0
      ? [{ article, relevance: sentiment.relevance, score: sentiment.score }]
      : []
  })
}

/** After how long an article counts half, by the length of the window: milliseconds. */
export function halfLifeOf({ from, to }: Window): number {
  if (to - from <= dayMs) return 12 * hourMs
  return to - from <= 7 * dayMs ? 3 * dayMs : 7 * dayMs
}

/** `relevance · 2^(−age / half-life)`; the age counts from the window's end. */
export function weightOf({ article, relevance }: ScoredArticle, window: Window): number {
  return relevance * 2 ** (-(window.to - article.publishedMs) / halfLifeOf(window))
}

/** How many scores are on either side of neutral, by {@link labelOf}'s bands. */
export interface Breadth {
  bullish: number
  neutral: number
  bearish: number
  /** (bullish − bearish) / (bullish + bearish); null if there are neither. */
  breadth: number | null
}

/** Counts `scores` by their side. */
export function breadthOf(scores: readonly number[]): Breadth {
  const labels = scores.map(labelOf)
  const bullish = labels.filter((label) => label.endsWith('Bullish')).length
  const bearish = labels.filter((label) => label.endsWith('Bearish')).length
  return {
    bullish,
    neutral: scores.length - bullish - bearish,
    bearish,
    breadth: bullish + bearish > 0 ? (bullish - bearish) / (bullish + bearish) : null
  }
}

/** How the news of a window speaks of a ticker, and how much there is to that. */
export interface Sentiment extends Breadth {
  /** Scored articles. */
  n: number
  /** Null below {@link fewestArticles}. */
  level: Level | null
}

/** The weighted mean of the scores, with what its certainty is made of. */
export interface Level {
  /** Σ w·s / Σ w: −1 to 1. */
  value: number
  label: SentimentLabel
  /** (Σ w)² / Σ w²: how many articles of equal weight would say as much. */
  effectiveN: number
  /** The weighted standard deviation of the scores. */
  dispersion: number
  /** dispersion / √effectiveN. */
  standardError: number
  /** value ± 1.96 standard errors, within −1 to 1. */
  low: number
  high: number
  /** The source that weighs most, and its share of the weight: 0 to 1. */
  largestSource: { source: string; share: number }
}

/** The sentiment of `scored`, which are in `window`. */
export function sentimentOf(scored: readonly ScoredArticle[], window: Window): Sentiment {
  return {
    n: scored.length,
    ...breadthOf(scored.map(({ score }) => score)),
    level: levelOf(scored, (one) => weightOf(one, window))
  }
}

/** The level of `scored`, each weighing what `weigh` says. */
export function levelOf(
  scored: readonly ScoredArticle[],
  weigh: (one: ScoredArticle) => number
): Level | null {
  if (scored.length < fewestArticles) return null
  const value = meanOf(scored, weigh)
  const weights = scored.map(weigh)
  const total = sum(weights)
  const dispersion = Math.sqrt(sum(scored.map((one) => weigh(one) * (one.score - value) ** 2)) / total)
  const effectiveN = total ** 2 / sum(weights.map((weight) => weight ** 2))
  const standardError = dispersion / Math.sqrt(effectiveN)
  return {
    value,
    // Of the number that is printed, so that the two agree.
    label: labelOf(Math.round(value * 1e4) / 1e4),
    effectiveN,
    dispersion,
    standardError,
    low: Math.max(-1, value - confidence * standardError),
    high: Math.min(1, value + confidence * standardError),
    largestSource: largestSourceOf(scored, weigh)
  }
}

/** Σ w·s / Σ w of at least one article, without the last digits, which depend on the order of the sum and would blur the labels' bounds. */
export function meanOf(scored: readonly ScoredArticle[], weigh: (one: ScoredArticle) => number): number {
  const mean = sum(scored.map((one) => weigh(one) * one.score)) / sum(scored.map(weigh))
  return Math.round(mean * 1e12) / 1e12
}

function largestSourceOf(scored: readonly ScoredArticle[], weigh: (one: ScoredArticle) => number) {
  const [largest] = sharesOf(scored, weigh, ({ article }) => [[article.source, 1]])
  return { source: largest?.name ?? '', share: largest?.share ?? 0 }
}

/** How two levels differ, and whether by more than their uncertainty: 1.96 · √(SE₁² + SE₂²). */
export function differenceOf(one: Level, other: Level) {
  const difference = one.value - other.value
  const uncertainty = confidence * Math.hypot(one.standardError, other.standardError)
  return { difference, uncertainty, isCertain: Math.abs(difference) > uncertainty }
}

/** What a part of the articles adds to the level: the contributions of all parts add up to it. */
export interface Contribution {
  /** The part's share of all weights: 0 to 1. */
  share: number
  /** Σ w·s of the part / Σ w of all. */
  contribution: number
}

/** What each article adds to the level of `window`, the largest first, whichever way it pulls. */
export function contributionsOf(
  scored: readonly ScoredArticle[],
  window: Window
): (ScoredArticle & Contribution)[] {
  const total = sum(scored.map((one) => weightOf(one, window)))
  return scored
    .map((one) => {
      const share = weightOf(one, window) / total
      return { ...one, share, contribution: share * one.score }
    })
    .sort(largestFirst(({ article }) => article.id))
}

/** What each source adds to the level of `window`, the largest share first. */
export function sourcesOf(scored: readonly ScoredArticle[], window: Window) {
  return sharesOf(
    scored,
    (one) => weightOf(one, window),
    ({ article }) => [[article.source, 1]]
  )
}

/** What each topic adds to the level: an article counts for its topics by their relevance; null stands for none. */
export function topicsOf(scored: readonly ScoredArticle[], window: Window) {
  return sharesOf<Topic | null>(
    scored,
    (one) => weightOf(one, window),
    ({ article }) => {
      const total = sum(article.topics.map(({ relevance }) => relevance))
      if (total === 0) return [[null, 1]]
      return article.topics.map(({ topic, relevance }) => [topic, relevance / total])
    }
  )
}

/** Divides the articles by the names that `partsOf` gives each, whose parts add up to 1. */
function sharesOf<Name>(
  scored: readonly ScoredArticle[],
  weigh: (one: ScoredArticle) => number,
  partsOf: (one: ScoredArticle) => [name: Name, part: number][]
) {
  const total = sum(scored.map(weigh))
  const shares = new Map<Name, Contribution & { name: Name; articles: number }>()
  for (const one of scored) {
    for (const [name, part] of partsOf(one)) {
      const known = shares.get(name) ?? { name, articles: 0, share: 0, contribution: 0 }
      const share = (weigh(one) * part) / total
      shares.set(name, {
        name,
        articles: known.articles + 1,
        share: known.share + share,
        contribution: known.contribution + share * one.score
      })
    }
  }
  return [...shares.values()].sort((a, b) => b.share - a.share || (String(a.name) < String(b.name) ? -1 : 1))
}

/** Sorts by what is added, whichever way it pulls, and what is equal by its name. */
export function largestFirst<T extends Contribution>(nameOf: (one: T) => string) {
  return (a: T, b: T) =>
    Math.abs(b.contribution) - Math.abs(a.contribution) || (nameOf(a) < nameOf(b) ? -1 : 1)
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
