import { dayMs } from '../lib/time.ts'
import type { Window } from '../news/window.ts'
import { compareLevels, computeLevel, type Level } from './level.ts'
import { type ScoredArticle, sum, weightedMean } from './weighting.ts'

/** A day or a week of a trend. An article published at `to` belongs to the next bucket. */
export interface Bucket extends Window {
  scored: ScoredArticle[]
  /** Mean score weighted by relevance only; null without articles. */
  value: number | null
  /** The same mean with its uncertainty; null below `minArticles`. */
  level: Level | null
}

const getRelevance = ({ relevance }: ScoredArticle) => relevance

/** The UTC days, or weeks from Monday, that overlap `window`. The first and last may be partly outside it. */
export function buildTrend(
  scored: readonly ScoredArticle[],
  window: Window,
  bucket: 'day' | 'week'
): Bucket[] {
  if (window.from > window.to) return []
  const lengthMs = (bucket === 'day' ? 1 : 7) * dayMs
  const buckets: Bucket[] = []
  for (let from = bucketStart(window.from, bucket); from <= window.to; from += lengthMs) {
    const to = from + lengthMs
    const inside = scored.filter(({ article }) => article.publishedMs >= from && article.publishedMs < to)
    const value = inside.length > 0 ? weightedMean(inside, getRelevance) : null
    buckets.push({ from, to, scored: inside, value, level: computeLevel(inside, getRelevance) })
  }
  return buckets
}

function bucketStart(time: number, bucket: 'day' | 'week'): number {
  const day = Math.floor(time / dayMs)
  // 1 January 1970 was a Thursday.
  return (bucket === 'day' ? day : day - ((day + 3) % 7)) * dayMs
}

/** The change from one bucket with articles to the next such bucket. */
export interface Change {
  before: Bucket
  after: Bucket
  difference: number
  /** Null if either bucket has fewer than `minArticles` articles. */
  uncertainty: number | null
  isCertain: boolean
  /** Each article's part of the difference: its share · (its score − the value before). The parts sum to the difference. */
  effects: (ScoredArticle & { effect: number })[]
}

/**
 * The largest change between consecutive buckets with articles. If any pair has a level on both sides, only such pairs
 * count. Null with fewer than two buckets with articles.
 */
export function findLargestChange(buckets: readonly Bucket[]): Change | null {
  const withNews = buckets.filter(({ value }) => value !== null)
  const pairs = withNews.slice(1).map((after, index) => comparePair(withNews[index] ?? after, after))
  const significantPairs = pairs.filter(({ certainty }) => certainty)
  const [largest] = (significantPairs.length > 0 ? significantPairs : pairs).toSorted(
    (a, b) => Math.abs(b.difference) - Math.abs(a.difference)
  )
  if (!largest) return null
  const { before, after, start, difference, certainty } = largest
  const total = sum(after.scored.map(getRelevance))
  return {
    before,
    after,
    difference,
    uncertainty: certainty?.uncertainty ?? null,
    isCertain: certainty?.isCertain ?? false,
    effects: after.scored
      .map((one) => ({ ...one, effect: (one.relevance / total) * (one.score - start) }))
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect) || (a.article.id < b.article.id ? -1 : 1))
  }
}

function comparePair(before: Bucket, after: Bucket) {
  const start = before.value ?? 0
  const certainty = before.level && after.level && compareLevels(after.level, before.level)
  return { before, after, start, difference: (after.value ?? 0) - start, certainty }
}
