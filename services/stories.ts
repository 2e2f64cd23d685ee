import type { Article } from './feed.ts'

/** Copies of one story come within two hours of each other. */
const closeMs = 2 * 3_600_000
/** How alike the words of two articles on the same tickers must be, of 1: less where several tickers say it already. */
const alike = { oneTicker: 0.5, manyTickers: 0.25 }

/**
 * Puts articles together that tell the same story: they list the same tickers, were published within two hours, and
 * share words. Copies of copies belong to it, too. The newest story is first, and so is its newest article.
 */
export function storiesOf<T extends { article: Article }>(items: readonly T[]): T[][] {
  const sorted = items.toSorted(
    ({ article: a }, { article: b }) => b.publishedMs - a.publishedMs || (a.id < b.id ? -1 : 1)
  )
  const stories = new Map<T, T[]>()
  const earlier = new Map<string, T[]>()
  for (const item of sorted) {
    const tickers = tickersOf(item.article)
    const near = (earlier.get(tickers) ?? []).filter(
      ({ article }) => article.publishedMs - item.article.publishedMs <= closeMs
    )
    const same = near.filter(({ article }) => tellTheSame(article, item.article))
    const joined = [...new Set(same.map((one) => stories.get(one) ?? []))].flat().concat(item)
    for (const one of joined) stories.set(one, joined)
    earlier.set(tickers, [...near, item])
  }
  const order = new Map(sorted.map((item, index) => [item, index]))
  const place = (item: T) => order.get(item) ?? 0
  return [...new Set(sorted.map((item) => stories.get(item) ?? [item]))].map((story) =>
    story.toSorted((a, b) => place(a) - place(b))
  )
}

function tickersOf({ tickers }: Article): string {
  return tickers
    .map(({ ticker }) => ticker)
    .sort()
    .join()
}

function tellTheSame(one: Article, other: Article): boolean {
  const [a, b] = [wordsOf(one), wordsOf(other)]
  let shared = 0
  for (const word of a) if (b.has(word)) shared += 1
  return shared / (a.size + b.size - shared) >= (one.tickers.length > 1 ? alike.manyTickers : alike.oneTicker)
}

const words = new WeakMap<Article, Set<string>>()

function wordsOf(article: Article): Set<string> {
  const known = words.get(article)
  if (known) return known
  const found = new Set(`${article.title} ${article.summary}`.toLowerCase().match(/[\p{L}\p{N}]+/gu))
  words.set(article, found)
  return found
}
