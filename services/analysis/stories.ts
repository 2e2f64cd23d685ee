import type { Article } from '../alpha-vantage/article.ts'
import { hourMs } from '../lib/time.ts'

/** Copies of a story are published at most two hours apart. */
const maxCopyGapMs = 2 * hourMs
/** An article is compared with at most this many later articles, so that a busy hour costs no more than a quiet one. */
const maxCompared = 30
/**
 * The word overlap (0 to 1) above which two articles on the same tickers are copies. Copies overlap by little more than
 * 0.25. Automated notes on a single ticker do too without being copies, hence the higher threshold.
 */
const similarityThreshold = { oneTicker: 0.5, manyTickers: 0.25 }

interface Candidate {
  article: Article
  words: ReadonlySet<string>
}

/**
 * Groups articles that cover the same story: same tickers, published within two hours, similar words. Copies of a copy
 * join the group. Stories and the articles of a story are sorted newest first.
 */
export function groupStories<T extends { article: Article }>(items: readonly T[]): T[][] {
  const sorted = items.toSorted(
    ({ article: a }, { article: b }) => b.publishedMs - a.publishedMs || (a.id < b.id ? -1 : 1)
  )
  const stories = new Map<Article, T[]>()
  const recentByTickers = new Map<string, Candidate[]>()
  for (const item of sorted) {
    const { article } = item
    const candidate = { article, words: toWords(article) }
    const tickers = joinTickers(article)
    const recent = (recentByTickers.get(tickers) ?? []).filter(
      (one) => one.article.publishedMs - article.publishedMs <= maxCopyGapMs
    )
    const copies = recent.filter((one) => isSameStory(one, candidate))
    const story = [...new Set(copies.map((one) => stories.get(one.article) ?? []))].flat().concat(item)
    for (const one of story) stories.set(one.article, story)
    recentByTickers.set(tickers, [...recent, candidate].slice(-maxCompared))
  }
  const positions = new Map(sorted.map(({ article }, index) => [article, index]))
  const getPosition = ({ article }: T) => positions.get(article) ?? 0
  return [...new Set(sorted.map(({ article }) => stories.get(article) ?? []))].map((story) =>
    story.toSorted((a, b) => getPosition(a) - getPosition(b))
  )
}

function joinTickers({ tickers }: Article): string {
  return tickers
    .map(({ ticker }) => ticker)
    .sort()
    .join()
}

function toWords({ title, summary }: Article): ReadonlySet<string> {
  return new Set(`${title} ${summary}`.toLowerCase().match(/[\p{L}\p{N}]+/gu))
}

/** Whether the word overlap (Jaccard index) of two articles on the same tickers reaches the threshold. */
function isSameStory(one: Candidate, other: Candidate): boolean {
  let shared = 0
  for (const word of one.words) if (other.words.has(word)) shared += 1
  const total = one.words.size + other.words.size - shared
  const { manyTickers, oneTicker } = similarityThreshold
  return shared / total >= (one.article.tickers.length > 1 ? manyTickers : oneTicker)
}
