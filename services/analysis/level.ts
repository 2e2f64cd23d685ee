import { type SentimentLabel, toLabel } from '../alpha-vantage/article.ts'
import type { Window } from '../news/window.ts'
import { computeShares } from './contributions.ts'
import { articleWeight, type ScoredArticle, sum, weightedMean } from './weighting.ts'

/** Fewer scored articles than this tell nothing. */
export const minArticles = 3
/** Two-sided 95 % of a normal distribution: of many articles; of few it holds less. */
const confidenceFactor = 1.96

/** How many scores are on either side of neutral, by {@link toLabel}'s bands. */
export interface Breadth {
  bullish: number
  neutral: number
  bearish: number
  /** (bullish − bearish) / (bullish + bearish); null if there are neither. */
  breadth: number | null
}

/** Counts `scores` by their side. */
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

/** How the news of a window speaks of a ticker, and how much there is to that. */
export interface Sentiment extends Breadth {
  /** Scored articles. */
  n: number
  /** Null below {@link minArticles}. */
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
export function computeSentiment(scored: readonly ScoredArticle[], window: Window): Sentiment {
  return {
    n: scored.length,
    ...computeBreadth(scored.map(({ score }) => score)),
    level: computeLevel(scored, (one) => articleWeight(one, window))
  }
}

/** The level of `scored`, each weighing what `weigh` says. */
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
    // Of the number that is printed, so that the two agree.
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

/** How two levels differ, and whether by more than their uncertainty: 1.96 · √(SE₁² + SE₂²). */
export function compareLevels(one: Level, other: Level) {
  const difference = one.value - other.value
  const uncertainty = confidenceFactor * Math.hypot(one.standardError, other.standardError)
  return { difference, uncertainty, isCertain: Math.abs(difference) > uncertainty }
}
