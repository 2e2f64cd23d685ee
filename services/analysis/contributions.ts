import type { Topic } from '../alpha-vantage/topics.ts'
import type { Window } from '../news/window.ts'
import { articleWeight, type ScoredArticle, sum } from './weighting.ts'

/** What a part of the articles adds to the level: the contributions of all parts add up to it. */
export interface Contribution {
  /** The part's share of all weights: 0 to 1. */
  share: number
  /** Σ w·s of the part / Σ w of all. */
  contribution: number
}

/** What each article adds to the level of `window`, the largest first, whichever way it pulls. */
export function computeContributions(
  scored: readonly ScoredArticle[],
  window: Window
): (ScoredArticle & Contribution)[] {
  const total = sum(scored.map((one) => articleWeight(one, window)))
  return scored
    .map((one) => {
      const share = articleWeight(one, window) / total
      return { ...one, share, contribution: share * one.score }
    })
    .sort(byAbsoluteContribution(({ article }) => article.id))
}

/** What each source adds to the level of `window`, the largest share first. */
export function sourceShares(scored: readonly ScoredArticle[], window: Window) {
  return computeShares(
    scored,
    (one) => articleWeight(one, window),
    ({ article }) => [[article.source, 1]]
  )
}

/** What each topic adds to the level: an article counts for its topics by their relevance; null stands for none. */
export function topicShares(scored: readonly ScoredArticle[], window: Window) {
  return computeShares<Topic | null>(
    scored,
    (one) => articleWeight(one, window),
    ({ article }) => {
      const total = sum(article.topics.map(({ relevance }) => relevance))
      if (total === 0) return [[null, 1]]
      return article.topics.map(({ topic, relevance }) => [topic, relevance / total])
    }
  )
}

/** Divides the articles by the names that `partsOf` gives each, whose parts add up to 1. */
export function computeShares<Name>(
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
export function byAbsoluteContribution<T extends Contribution>(nameOf: (one: T) => string) {
  return (a: T, b: T) =>
    Math.abs(b.contribution) - Math.abs(a.contribution) || (nameOf(a) < nameOf(b) ? -1 : 1)
}
