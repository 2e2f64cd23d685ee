import { type SentimentLabel, toLabel } from '../alpha-vantage/article.ts'
import type { Window } from '../news/window.ts'
import { computeShares } from './contributions.ts'
import { articleWeight, type ScoredArticle, sum, weightedMean } from './weighting.ts'

/** Below this number of scored articles no level is computed. */
export const minArticles = 3
/** Two-sided 95% of a normal distribution. With few articles the band covers less than 95%. */
const confidenceFactor = 1.96

/** How many scores lie on each side of neutral, by the bands of {@link toLabel}. */
export interface Breadth {
  bullish: number
  neutral: number
  bearish: number
  /** (bullish − bearish) / (bullish + bearish); null if both are 0. */
  breadth: number | null
}

/** Counts `scores` by side of neutral. */
export function computeBreadth(scores: readonly number[]): Breadth {
  const labels = scores.map(toLabel)
  const bullish = labels.filter((label) => label.endsWith('Bullish')).length
  const bearish = labels.filter((label) => label.endsWith('Bearish')).length
  return {
    bullish,
    neutral: scores.length - bullish - bearish,
    bearish,
    breadth: bullish + bearish > 0 ? (bullish - bearish) / (bullish + bearish) : null
  }
}

/** The sentiment of a ticker's news in a window. */
export interface Sentiment extends Breadth {
  /** Number of scored articles. */
  n: number
  /** Null below {@link minArticles}. */
  level: Level | null
}

/** The weighted mean of the scores and its uncertainty. */
export interface Level {
  /** Σ w·s / Σ w: −1 to 1. */
  value: number
  label: SentimentLabel
  /** (Σ w)² / Σ w²: the number of equally weighted articles with the same uncertainty. */
  effectiveN: number
  /** The weighted standard deviation of the scores. */
  dispersion: number
  /** dispersion / √effectiveN. */
  standardError: number
  /** value ± 1.96 standard errors, within −1 to 1. */
  low: number
  high: number
  /** The source with the largest share of the weight: 0 to 1. */
  largestSource: { source: string; share: number }
}

/** The sentiment of `scored`, all of which were published in `window`. */
export function computeSentiment(scored: readonly ScoredArticle[], window: Window): Sentiment {
  return {
    n: scored.length,
    ...computeBreadth(scored.map(({ score }) => score)),
    level: computeLevel(scored, (one) => articleWeight(one, window))
  }
}

/** The level of `scored`, weighted by `weigh`; null below {@link minArticles}. */
export function computeLevel(
  scored: readonly ScoredArticle[],
  weigh: (one: ScoredArticle) => number
): Level | null {
  if (scored.length < minArticles) return null
  const value = weightedMean(scored, weigh)
  const weights = scored.map(weigh)
  const total = sum(weights)
  const dispersion = Math.sqrt(sum(scored.map((one) => weigh(one) * (one.score - value) ** 2)) / total)
  const effectiveN = total ** 2 / sum(weights.map((weight) => weight ** 2))
  const standardError = dispersion / Math.sqrt(effectiveN)
  return {
    value,
    // Answers show four decimals: the label must match the number shown.
    label: toLabel(Math.round(value * 1e4) / 1e4),
    effectiveN,
    dispersion,
    standardError,
    low: Math.max(-1, value - confidenceFactor * standardError),
    high: Math.min(1, value + confidenceFactor * standardError),
    largestSource: findLargestSource(scored, weigh)
  }
}

function findLargestSource(scored: readonly ScoredArticle[], weigh: (one: ScoredArticle) => number) {
  const [largest] = computeShares(scored, weigh, ({ article }) => [[article.source, 1]])
  return { source: largest?.name ?? '', share: largest?.share ?? 0 }
}

/** The difference of two levels, and whether it exceeds their uncertainty: 1.96 · √(SE₁² + SE₂²). */
export function compareLevels(one: Level, other: Level) {
  const difference = one.value - other.value
  const uncertainty = confidenceFactor * Math.hypot(one.standardError, other.standardError)
  return { difference, uncertainty, isCertain: Math.abs(difference) > uncertainty }
}
