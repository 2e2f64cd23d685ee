import type { Topic } from '../alpha-vantage/topics.ts'
import type { Window } from '../news/window.ts'
import { articleWeight, type ScoredArticle, sum } from './weighting.ts'

/** How much a group of articles adds to the level. The contributions of all groups sum to the level. */
export interface Contribution {
  /** The group's share of the total weight: 0 to 1. */
  share: number
  /** Σ w·s of the group / Σ w of all articles. */
  contribution: number
}

/** What each article adds to the level of `window`, sorted by the size of its contribution, positive or negative. */
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

/** What each topic adds to the level. An article is divided among its topics by relevance; null groups articles without topics. */
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

/** Groups articles by name. `split` divides an article among names; its fractions sum to 1. */
export function computeShares<Name>(
  scored: readonly ScoredArticle[],
  weigh: (one: ScoredArticle) => number,
  split: (one: ScoredArticle) => [name: Name, fraction: number][]
) {
  const total = sum(scored.map(weigh))
  const shares = new Map<Name, Contribution & { name: Name; articles: number }>()
  for (const one of scored) {
    for (const [name, fraction] of split(one)) {
      const known = shares.get(name) ?? { name, articles: 0, share: 0, contribution: 0 }
      const share = (weigh(one) * fraction) / total
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

/** Compares by the size of the contribution, positive or negative; ties by name. */
export function byAbsoluteContribution<T extends Contribution>(getName: (one: T) => string) {
  return (a: T, b: T) =>
    Math.abs(b.contribution) - Math.abs(a.contribution) || (getName(a) < getName(b) ? -1 : 1)
}
