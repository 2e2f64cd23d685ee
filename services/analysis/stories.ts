import type { Article } from '../alpha-vantage/article.ts'
import { dayMs } from '../lib/time.ts'
import { type ScoredArticle, sum, weightedMean } from './weighting.ts'

/** Copies of a story are published within 24 hours. */
const maxCopyGapMs = dayMs
/** A title with fewer words is no copy of anything. */
const minWords = 4
/** Words that titles of one story have or lack at random: articles, prepositions, and forms of companies. */
const ignoredWords = new Set(
  (
    'a an the and or of in on at to for by with from as is are its it inc corp corporation ltd limited plc co ' +
    'company hldgs holding holdings group llc sa ag nv'
  ).split(' ')
)

/** Such as ` - Example Group (NYSE American: EX.B), Other Inc (NASDAQ:OTHR)`. */
const companyAtEnd = / - (?:(?! - ).)*\([A-Z]+(?:[ .-][A-Za-z]+)*: ?[A-Z\d][^()]*\).*$/

/** Articles on one story, which count once. */
export interface Story {
  /** Newest first. */
  copies: WeightedArticle[]
  /** The sum of the copies' weights, which is the mean of their weights before the division. */
  weight: number
  /** The weighted mean of the copies' scores: −1 to 1. */
  score: number
}

/** A copy of a story, with its weight divided by the number of copies. */
export interface WeightedArticle extends ScoredArticle {
  weight: number
}

/** Groups `scored` into stories, weighted by `weigh`. The newest story is first. */
export function toStories(scored: readonly ScoredArticle[], weigh: (one: ScoredArticle) => number): Story[] {
  return groupStories(scored).map((articles) => {
    const copies = articles.map((one) => ({ ...one, weight: weigh(one) / articles.length }))
    const getWeight = ({ weight }: WeightedArticle) => weight
    return { copies, weight: sum(copies.map(getWeight)), score: weightedMean(copies, getWeight) }
  })
}

/** The copy that represents `story`: the most relevant one, or the newest of several. */
export function findMostRelevant({ copies }: Story): WeightedArticle {
  return copies.reduce((best, one) => (one.relevance > best.relevance ? one : best))
}

interface Candidate<T> {
  item: T
  words: ReadonlySet<string>
  /** Sorted, so that equal numbers are the same text. */
  numbers: string
  tickers: ReadonlySet<string>
}

/**
 * Groups articles on the same story: they share a ticker, were published within 24 hours, and their titles have
 * the same numbers and at least 70% of their words in common. Copies of a copy join the group. Stories and the articles
 * of a story are sorted newest first.
 */
export function groupStories<T extends { article: Article }>(items: readonly T[]): T[][] {
  const candidates = items
    .toSorted(({ article: a }, { article: b }) => b.publishedMs - a.publishedMs || (a.id < b.id ? -1 : 1))
    .map(toCandidate)
  const stories = new Map(candidates.map((one) => [one, [one]]))
  for (const [one, other] of findSimilarTitles(candidates)) {
    const [story, joined] = [stories.get(one) ?? [], stories.get(other) ?? []]
    if (story === joined || !isCopy(one, other)) continue
    story.push(...joined)
    for (const copy of joined) stories.set(copy, story)
  }
  const positions = new Map(candidates.map((one, index) => [one, index]))
  const getPosition = (one: Candidate<T>) => positions.get(one) ?? 0
  return [...new Set(candidates.map((one) => stories.get(one) ?? []))].map((story) =>
    story.toSorted((a, b) => getPosition(a) - getPosition(b)).map(({ item }) => item)
  )
}

function toCandidate<T extends { article: Article }>(item: T): Candidate<T> {
  const { article } = item
  const words = toWords(article)
  return {
    item,
    words,
    numbers: [...words]
      .filter((word) => /\p{N}/u.test(word))
      .sort()
      .join(' '),
    tickers: new Set(article.tickers.map(({ ticker }) => ticker))
  }
}

/** The words of a title that distinguish stories, in lower case. Numbers keep their points and commas. */
function toWords({ title, source, domain }: Article): ReadonlySet<string> {
  const text = title.replace(companyAtEnd, '').replace(/\([^)]*\)|\[[^\]]*\]|\{[^}]*\}/g, ' ')
  const [, start = text, end = ''] = /^(.*) - (.*?)\s*$/.exec(text) ?? []
  const sourceWords = new Set(splitWords(`${source} ${domain}`))
  const isSource = splitWords(end).every((word) => sourceWords.has(word))
  return new Set(splitWords(isSource ? start : text))
}

function splitWords(text: string): string[] {
  const words = text
    .toLowerCase()
    .replace(/['’]/g, '')
    .match(/(?:[\p{L}\p{M}\p{N}]|(?<=\p{N})[.,](?=\p{N}))+/gu)
  return (words ?? []).filter((word) => !ignoredWords.has(word))
}

/**
 * Yields each pair of titles that share one of their rarest words. Titles with 70% of their words in common share one of
 * their ⌊0.3 n⌋ + 1 rarest, where n is the number of words.
 */
function* findSimilarTitles<T>(candidates: readonly Candidate<T>[]): Generator<[Candidate<T>, Candidate<T>]> {
  const titles = candidates.filter(({ words }) => words.size >= minWords)
  const frequency = new Map<string, number>()
  for (const { words } of titles)
    for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  const byRarity = (a: string, b: string) =>
    (frequency.get(a) ?? 0) - (frequency.get(b) ?? 0) || (a < b ? -1 : 1)
  const withRareWord = new Map<string, Candidate<T>[]>()
  for (const one of titles) {
    const rarest = [...one.words].sort(byRarity).slice(0, Math.floor((3 * one.words.size) / 10) + 1)
    for (const word of rarest) {
      const others = withRareWord.get(word) ?? []
      for (const other of others) yield [other, one]
      others.push(one)
      withRareWord.set(word, others)
    }
  }
}

function isCopy<T extends { article: Article }>(one: Candidate<T>, other: Candidate<T>): boolean {
  const gapMs = Math.abs(one.item.article.publishedMs - other.item.article.publishedMs)
  if (gapMs > maxCopyGapMs || one.numbers !== other.numbers) return false
  const sharesTicker =
    one.tickers.size === 0 || other.tickers.size === 0 || !one.tickers.isDisjointFrom(other.tickers)
  const shared = one.words.intersection(other.words).size
  const total = one.words.size + other.words.size - shared
  return sharesTicker && shared * 10 >= total * 7
}
