import { type SentimentLabel, toLabel } from '../alpha-vantage/article.ts'
import type { Window } from '../news/window.ts'
import { computeShares } from './contributions.ts'
import { type Story, toStories } from './stories.ts'
import { studentT } from './student-t.ts'
import { articleWeight, roundTo, type ScoredArticle, sum, weightedMean } from './weighting.ts'

/** Below this number of stories no score is computed. */
export const minStories = 3
/** The probability with which an interval does not contain the true score. */
const alpha = 0.05
/**
 * The standard deviation of scores in recorded feeds, and the number of stories that it counts for. Without it, three
 * stories that agree by chance would leave no uncertainty (moderated t: Smyth 2004, doi:10.2202/1544-6115.1027).
 */
const prior = { deviation: 0.2, stories: 2 }

/** Which side of neutral the whole interval is on; `unclear` if it contains 0. */
export type Side = 'bullish' | 'bearish' | 'unclear'

/** How many stories lie on each side of neutral, by the bands of {@link toLabel}. */
export interface Breadth {
  bullish: number
  neutral: number
  bearish: number
  /** (bullish − bearish) / (bullish + bearish); null if both are 0. */
  breadth: number | null
}

/** The weighted mean of the stories' scores, and its uncertainty. */
export interface Score {
  /** Σ u·m / Σ u: −1 to 1. */
  value: number
  label: SentimentLabel
  /** Whether the interval lies inside the band of the label. */
  labelIsCertain: boolean
  side: Side
  /** (Σ u)² / Σ u²: the number of equally weighted stories with the same uncertainty. */
  effectiveStories: number
  degreesOfFreedom: number
  /** The weighted standard deviation of the stories' scores. */
  dispersion: number
  standardError: number
  /** The 95% interval, within −1 to 1. */
  low: number
  high: number
  /** The source with the largest share of the weight: 0 to 1. */
  largestSource: { source: string; share: number }
}

/** The sentiment of a ticker's news in a window. */
export interface Sentiment extends Breadth {
  /** The number of scored articles. */
  articles: number
  stories: Story[]
  /** Null below {@link minStories}. */
  score: Score | null
}

/** The sentiment of `scored`, all of which were published in `window`. */
export function computeSentiment(scored: readonly ScoredArticle[], window: Window): Sentiment {
  const stories = toStories(scored, (one) => articleWeight(one, window))
  return {
    articles: scored.length,
    stories,
    ...computeBreadth(stories.map(({ score }) => score)),
    score: computeScore(stories)
  }
}

/** Counts `scores` by side of neutral. */
export function computeBreadth(scores: readonly number[]): Breadth {
  const labels = scores.map(toPrintedLabel)
  const bullish = labels.filter((label) => label.endsWith('Bullish')).length
  const bearish = labels.filter((label) => label.endsWith('Bearish')).length
  return {
    bullish,
    neutral: scores.length - bullish - bearish,
    bearish,
    breadth: bullish + bearish > 0 ? (bullish - bearish) / (bullish + bearish) : null
  }
}

/** The score of `stories`; null below {@link minStories}. */
export function computeScore(stories: readonly Story[]): Score | null {
  if (stories.length < minStories) return null
  const value = weightedMean(stories, ({ weight }) => weight)
  const total = sum(stories.map(({ weight }) => weight))
  const effectiveStories = total ** 2 / sum(stories.map(({ weight }) => weight ** 2))
  const variance = sum(stories.map(({ weight, score }) => weight * (score - value) ** 2)) / total
  const moderated =
    (prior.stories * prior.deviation ** 2 + effectiveStories * variance) / (effectiveStories + 1)
  const standardError = Math.sqrt(moderated / effectiveStories)
  const degreesOfFreedom = Math.floor(roundTo(effectiveStories, 4) + 1)
  const margin = studentT(alpha, degreesOfFreedom) * standardError
  const [low, high] = [Math.max(-1, value - margin), Math.min(1, value + margin)]
  const label = toPrintedLabel(value)
  return {
    value,
    label,
    labelIsCertain: toPrintedLabel(low) === label && toPrintedLabel(high) === label,
    side: toSide(low, high),
    effectiveStories,
    degreesOfFreedom,
    dispersion: Math.sqrt(variance),
    standardError,
    low,
    high,
    largestSource: findLargestSource(stories)
  }
}

/** The label of the score as answers print it: with four decimals. */
const toPrintedLabel = (score: number) => toLabel(roundTo(score, 4))

function toSide(low: number, high: number): Side {
  if (roundTo(low, 4) > 0) return 'bullish'
  return roundTo(high, 4) < 0 ? 'bearish' : 'unclear'
}

function findLargestSource(stories: readonly Story[]) {
  const [largest] = computeShares(stories, ({ article }) => [[article.source, 1]])
  return { source: largest?.name ?? '', share: largest?.share ?? 0 }
}

/** The difference of two scores, and whether it exceeds its uncertainty. */
export interface Comparison {
  difference: number
  uncertainty: number
  isClear: boolean
}

/**
 * Compares two scores by Welch's t test, one of `pairs` comparisons that are made together (Bonferroni's correction).
 */
export function compareScores(one: Score, other: Score, pairs: number): Comparison {
  const difference = one.value - other.value
  const [a, b] = [one.standardError ** 2, other.standardError ** 2]
  const degreesOfFreedom = (a + b) ** 2 / (a ** 2 / one.degreesOfFreedom + b ** 2 / other.degreesOfFreedom)
  const uncertainty = studentT(alpha / pairs, Math.floor(roundTo(degreesOfFreedom, 4))) * Math.sqrt(a + b)
  return { difference, uncertainty, isClear: Math.abs(difference) > uncertainty }
}
