import { labelOf, type SentimentLabel } from '../alpha-vantage/article.ts'
import type { Window } from '../news/window.ts'
import { sharesOf } from './contributions.ts'
import { meanOf, type ScoredArticle, sum, weightOf } from './weighting.ts'

/** Fewer scored articles than this tell nothing. */
export const fewestArticles = 3
/** Two-sided 95 % of a normal distribution: of many articles; of few it holds less. */
const confidence = 1.96

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
