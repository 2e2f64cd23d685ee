import { LRUCache } from 'lru-cache'
import type { Article } from '../alpha-vantage/article.ts'
import type { NewsCache } from './cache.ts'
import type { NewsSnapshot } from './snapshot.ts'

/** An article, and facts about the snapshot that contains it. */
export type KnownArticle = Pick<NewsSnapshot, 'subject' | 'fetchedAtMs' | 'sample'> & { article: Article }

const maxTickers = 5000
/** Articles that a newer snapshot no longer contains. Answers may have linked to them. */
const maxReplacedArticles = 5000
/** How many snapshots are searched for an article that this process has not indexed. */
const maxSearchedSnapshots = 20

/** Finds articles by id, and the tickers in recent news. */
export class NewsIndex {
  /** Snapshot keys by article id. */
  readonly #keys: LRUCache<string, string>
  readonly #replaced = new LRUCache<string, KnownArticle>({ max: maxReplacedArticles })
  readonly #tickers = new LRUCache<string, true>({ max: maxTickers })

  constructor({ maxArticles }: { maxArticles: number }) {
    this.#keys = new LRUCache({ max: maxArticles })
  }

  /** Indexes the articles of `snapshot` and retains the articles that only `previous` contains. */
  add(snapshot: NewsSnapshot, previous: NewsSnapshot | undefined) {
    const ids = new Set<string>()
    for (const { id, tickers } of snapshot.articles) {
      ids.add(id)
      this.#keys.set(id, snapshot.key)
      for (const { ticker } of tickers) this.#tickers.set(ticker, true)
    }
    if (!previous) return
    for (const article of previous.articles) {
      if (!ids.has(article.id)) this.#replaced.set(article.id, toKnownArticle(article, previous))
    }
  }

  /** The article with `id`, if it is about `ticker` or was found for it. Never fetches. */
  async findArticle(id: string, ticker: string, cache: NewsCache): Promise<KnownArticle | undefined> {
    const key = this.#keys.get(id)
    const snapshot = key === undefined ? undefined : (cache.peek(key) ?? (await cache.get(key))?.news)
    const known = findInSnapshot(snapshot, id) ?? this.#replaced.get(id)
    return known && isAbout(known, ticker) ? known : searchCache(id, ticker, cache)
  }

  /** Tickers in recent news, latest first. */
  tickers(): string[] {
    return [...this.#tickers.keys()]
  }
}

/** Searches the snapshots of another replica, or from before a restart. */
async function searchCache(id: string, ticker: string, cache: NewsCache): Promise<KnownArticle | undefined> {
  const infos = (await cache.list()).filter(({ subject }) => !subject.ticker || subject.ticker === ticker)
  for (const { key } of infos.slice(0, maxSearchedSnapshots)) {
    const known = findInSnapshot((await cache.get(key))?.news, id)
    if (known) return known
  }
  return undefined
}

function findInSnapshot(snapshot: NewsSnapshot | undefined, id: string): KnownArticle | undefined {
  const article = snapshot?.articles.find((one) => one.id === id)
  return snapshot && article && toKnownArticle(article, snapshot)
}

function isAbout({ article, subject }: KnownArticle, ticker: string): boolean {
  return !subject.ticker || subject.ticker === ticker || article.tickers.some((one) => one.ticker === ticker)
}

function toKnownArticle(article: Article, { subject, fetchedAtMs, sample }: NewsSnapshot): KnownArticle {
  return { article, subject, fetchedAtMs, sample }
}
