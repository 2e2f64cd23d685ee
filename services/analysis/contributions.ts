import type { Topic } from '../alpha-vantage/topics.ts'
import type { Story, WeightedArticle } from './stories.ts'
import { sum } from './weighting.ts'

/** How much a group of articles adds to the score. The contributions of all groups sum to the score. */
export interface Contribution {
  /** The group's share of the total weight: 0 to 1. */
  share: number
  /** Σ w·s of the group / Σ w of all articles. */
  contribution: number
}

/** What each source adds to the score, the largest share first. */
export function sourceShares(stories: readonly Story[]) {
  return computeShares(stories, ({ article }) => [[article.source, 1]])
}

/** What each topic adds to the score. An article is divided among its topics by relevance; null groups articles without topics. */
export function topicShares(stories: readonly Story[]) {
  return computeShares<Topic | null>(stories, ({ article }) => {
    const total = sum(article.topics.map(({ relevance }) => relevance))
    if (total === 0) return [[null, 1]]
    return article.topics.map(({ topic, relevance }) => [topic, relevance / total])
  })
}

/** Groups the articles of `stories` by name. `split` divides an article among names; its fractions sum to 1. */
export function computeShares<Name>(
  stories: readonly Story[],
  split: (one: WeightedArticle) => [name: Name, fraction: number][]
) {
  const articles = stories.flatMap(({ copies }) => copies)
  const total = sum(articles.map(({ weight }) => weight))
  const shares = new Map<Name, Contribution & { name: Name; articles: number }>()
  for (const one of articles) {
    for (const [name, fraction] of split(one)) {
      const known = shares.get(name) ?? { name, articles: 0, share: 0, contribution: 0 }
      const share = (one.weight * fraction) / total
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
