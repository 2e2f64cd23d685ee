import { dayMs } from '../lib/time.ts'
import type { Window } from '../news/window.ts'
import { type Comparison, compareScores, computeScore, type Score } from './score.ts'
import { type Story, toStories } from './stories.ts'
import { type ScoredArticle, sum, weightedMean } from './weighting.ts'

/** A day or a week of a trend. An article published at `to` belongs to the next bucket. */
export interface Bucket extends Window {
  articles: number
  stories: Story[]
  /** The mean score of the stories, weighted by relevance only; null without articles. */
  value: number | null
  /** The same mean with its uncertainty; null below `minStories`. */
  score: Score | null
}

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
    buckets.push(toBucket(scored, { from, to: from + lengthMs }))
  }
  return buckets
}

function toBucket(scored: readonly ScoredArticle[], { from, to }: Window): Bucket {
  const inside = scored.filter(({ article }) => article.publishedMs >= from && article.publishedMs < to)
  const stories = toStories(inside, ({ relevance }) => relevance)
  const value = stories.length > 0 ? weightedMean(stories, ({ weight }) => weight) : null
  return { from, to, articles: inside.length, stories, value, score: computeScore(stories) }
}

function bucketStart(time: number, bucket: 'day' | 'week'): number {
  const day = Math.floor(time / dayMs)
  // 1 January 1970 was a Thursday.
  return (bucket === 'day' ? day : day - ((day + 3) % 7)) * dayMs
}

/** The change from one bucket to the next. */
export interface Change extends Comparison {
  before: Bucket
  after: Bucket
  /** Each story's part of the difference: its share · (its score − the score before). The parts sum to the difference. */
  effects: (Story & { effect: number })[]
}

/** The largest change between neighbors in the calendar that both have a score; null without such a pair. */
export function findLargestChange(buckets: readonly Bucket[]): Change | null {
  const pairs = buckets.slice(1).flatMap((after, index) => {
    const before = buckets[index]
    return before?.score && after.score
      ? [{ before, after, scores: [before.score, after.score] as const }]
      : []
  })
  const [largest] = pairs
    .map(({ scores: [before, after], ...pair }) => ({
      ...pair,
      start: before.value,
      ...compareScores(after, before, pairs.length)
    }))
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
  if (!largest) return null
  const { start, ...change } = largest
  const { stories } = change.after
  const total = sum(stories.map(({ weight }) => weight))
  return {
    ...change,
    // The newest first, if several have the same effect.
    effects: stories
      .map((story) => ({ ...story, effect: (story.weight / total) * (story.score - start) }))
      .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect))
  }
}

/** The second half of the days of a trend against the first. */
export interface Halves {
  first: Bucket
  second: Bucket
  /** Null if either half has no score. */
  change: Comparison | null
}

/** Compares the halves of `days`, without the middle day of an odd number; null with a single day. */
export function compareHalves(scored: readonly ScoredArticle[], days: readonly Window[]): Halves | null {
  const length = Math.floor(days.length / 2)
  const [first, second] = [days.slice(0, length), days.slice(days.length - length)].map((half) =>
    toBucket(scored, { from: half.at(0)?.from ?? 0, to: half.at(-1)?.to ?? 0 })
  )
  if (length === 0 || !first || !second) return null
  const change = first.score && second.score && compareScores(second.score, first.score, 1)
  return { first, second, change }
}
