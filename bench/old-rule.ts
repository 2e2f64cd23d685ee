import { minStories } from '../services/analysis/score.ts'
import type { ScoredArticle } from '../services/analysis/weighting.ts'

/** A score by the rule of earlier versions, which treats articles as independent and their number as large. */
export interface OldScore {
  value: number
  /** 1.96 standard errors. */
  margin: number
}

/** The weighted mean over articles, which counts each copy; null below three articles. */
export function computeOldScore(
  scored: readonly ScoredArticle[],
  weigh: (one: ScoredArticle) => number
): OldScore | null {
  if (scored.length < minStories) return null
  const total = (toTerm: (one: ScoredArticle) => number) => scored.reduce((sum, one) => sum + toTerm(one), 0)
  const weight = total(weigh)
  const value = total((one) => weigh(one) * one.score) / weight
  const variance = total((one) => weigh(one) * (one.score - value) ** 2) / weight
  return { value, margin: 1.96 * Math.sqrt((variance * total((one) => weigh(one) ** 2)) / weight ** 2) }
}

export function isClearByOldRule(one: OldScore, other: OldScore): boolean {
  return Math.abs(one.value - other.value) > Math.hypot(one.margin, other.margin)
}
