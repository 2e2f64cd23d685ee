import type { Article } from '../alpha-vantage/article.ts'

/** Copies of one story come within two hours of each other. */
const maxCopyGapMs = 2 * 3_600_000
/** With how many that came shortly after it an article is compared, so that a busy hour takes no longer than another. */
const maxCompared = 30
/**
 * How alike the words of two articles on the same tickers must be, of 1: less where several tickers say it already. True
 * copies share little more than a quarter; so do automated notes on one ticker, which are no copies.
 */
const similarityThreshold = { oneTicker: 0.5, manyTickers: 0.25 }

interface Candidate {
  article: Article
  words: ReadonlySet<string>
}

/**
 * Puts articles together that tell the same story: they list the same tickers, were published within two hours, and
 * share words. Copies of copies belong to it, too. The newest story is first, and so is its newest article.
 */
export function groupStories<T extends { article: Article }>(items: readonly T[]): T[][] {
  const sorted = items.toSorted(
    ({ article: a }, { article: b }) => b.publishedMs - a.publishedMs || (a.id < b.id ? -1 : 1)
  )
  const stories = new Map<Article, T[]>()
  const recentByTickers = new Map<string, Candidate[]>()
  for (const item of sorted) {
    const { article } = item
    const told = { article, words: toWords(article) }
    const tickers = tickerKey(article)
    const near = (recentByTickers.get(tickers) ?? []).filter(
      (one) => one.article.publishedMs - article.publishedMs <= maxCopyGapMs
    )
    const same = near.filter((one) => isSameStory(one, told))
    const joined = [...new Set(same.map((one) => stories.get(one.article) ?? []))].flat().concat(item)
    for (const one of joined) stories.set(one.article, joined)
    recentByTickers.set(tickers, [...near, told].slice(-maxCompared))
  }
  const place = new Map(sorted.map(({ article }, index) => [article, index]))
  const placeOf = ({ article }: T) => place.get(article) ?? 0
  return [...new Set(sorted.map(({ article }) => stories.get(article) ?? []))].map((story) =>
    story.toSorted((a, b) => placeOf(a) - placeOf(b))
  )
}

function tickerKey({ tickers }: Article): string {
  return tickers
    .map(({ ticker }) => ticker)
    .sort()
    .join()
}

function toWords({ title, summary }: Article): ReadonlySet<string> {
  return new Set(`${title} ${summary}`.toLowerCase().match(/[\p{L}\p{N}]+/gu))
}

/** Whether what two articles on the same tickers share of their words is enough (Jaccard's index). */
function isSameStory(one: Candidate, other: Candidate): boolean {
  let shared = 0
  for (const word of one.words) if (other.words.has(word)) shared += 1
  const all = one.words.size + other.words.size - shared
  return (
    shared / all >=
    (one.article.tickers.length > 1 ? similarityThreshold.manyTickers : similarityThreshold.oneTicker)
  )
}
