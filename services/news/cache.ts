import { setTimeout } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Article } from '../alpha-vantage/article.ts'
import { isShareSpent, RetoldError } from '../lib/news-error.ts'
import { dayMs } from '../lib/time.ts'
import { type Kept, keptOf, type News } from './snapshot.ts'
import type { Landing, Store } from './store.ts'

/** How news was found: `miss` has waited for a call, `hit` was fresh, `stale` is older than `CACHE_TTL_MS`. */
export type CacheStatus = 'miss' | 'hit' | 'stale'

/** News, with how it was found. */
export interface Found {
  news: News
  cache: CacheStatus
  /** Until when it counts as fresh: milliseconds since 1970. */
  freshUntil: number
  /** With stale news: why there is none that is fresh. `undefined` while it is still on its way. */
  because?: Error
}

/** What is looked for. */
export interface Wanted {
  /** The names of news that would do, the best first; the first is that of what `fetch` brings. */
  keys: readonly [string, ...string[]]
  /** Whether this very news does. */
  does(news: News): boolean
  /** Who asks: a budget's refusal of one subject is none of another's. */
  asker: string
  /** Why there is certainly no newer news, if that is so. */
  refusal(): Error | undefined
  landing: Landing
  /** @throws whatever went wrong; it is told to all who wait, and not remembered. */
  fetch(): Promise<News>
}

export type NewsCache = ReturnType<typeof createNewsCache>

/** The clocks of two replicas differ by so much at most. */
const skewMs = 60_000

interface Flight {
  asker: string
  landed: Promise<News>
}

/**
 * Keeps news in memory, and in `store` beside it. Whoever asks for what is not fresh shares one flight with all others
 * who ask, in this process and in those that share the store.
 */
export function createNewsCache(options: {
  store: Store
  /** How many articles are kept in memory, of all news together. */
  articles: number
  ttlMs: number
  /** How long news is kept for when there is no newer. */
  graceMs: number
  /** How long it is believed that there is no news, and that there is no such ticker. */
  noNewsTtlMs: number
  unknownTtlMs: number
  /** How long somebody waits for newer news while there is some. */
  softTimeoutMs: number
  now: () => number
  onRemembered: (news: News) => void
}) {
  const { store, articles, ttlMs, graceMs, noNewsTtlMs, unknownTtlMs, softTimeoutMs, now, onRemembered } =
    options
  const longestMs = Math.max(ttlMs, graceMs)
  const memory = new LRUCache<string, News>({
    maxSize: articles,
    sizeCalculation: (news) => news.articles.length + 1
  })
  const looks = new Map<string, Promise<void>>()
  const flights = new Map<string, Flight>()

  function freshUntil(
    news: Pick<Kept, 'fetchedMs' | 'to'> & { articles: number | readonly Article[]; isUnknown?: boolean }
  ): number {
    const { fetchedMs, to, isUnknown = false, articles: some } = news
    if (isUnknown) return fetchedMs + unknownTtlMs
    if (some === 0 || (typeof some === 'object' && some.length === 0))
      return fetchedMs + Math.min(ttlMs, noNewsTtlMs)
    // What is a day over does not change any more.
    return fetchedMs + (fetchedMs - to >= dayMs ? longestMs : ttlMs)
  }

  const keptUntil = ({ fetchedMs, isUnknown }: News) => fetchedMs + (isUnknown ? unknownTtlMs : longestMs)

  // What comes from the future is of a clock that was wrong: nobody knows how old it is.
  const isTimely = ({ fetchedMs }: News) => fetchedMs <= now() + skewMs
  const isFresh = (news: News) => isTimely(news) && now() < freshUntil(news)
  const isKept = (news: News) => isTimely(news) && now() < keptUntil(news)

  /** The first of what is in memory and does. */
  function pick({ keys, does }: Wanted, isGood: (news: News) => boolean): News | undefined {
    const good = keys.find((key) => {
      const news = memory.peek(key)
      return news && isGood(news) && does(news)
    })
    return good === undefined ? undefined : memory.get(good)
  }

  function remember(news: News) {
    memory.set(news.key, news)
    onRemembered(news)
  }

  /** Brings what the store has of `keys` to memory, where it is newer. */
  async function look(keys: readonly string[]) {
    const newer = (await store.look(keys)).filter(
      (kept) =>
        kept.untilMs > now() &&
        kept.fetchedMs <= now() + skewMs &&
        kept.fetchedMs > (memory.peek(kept.key)?.fetchedMs ?? 0)
    )
    for (const { key } of newer) {
      const news = await store.read(key)
      if (news && news.fetchedMs > (memory.peek(key)?.fetchedMs ?? 0)) remember(news)
    }
  }

  /** One look at a time for the same. */
  function lookTogether([first, ...rest]: Wanted['keys']): Promise<void> {
    const known = looks.get(first)
    if (known) return known
    const looking = look([first, ...rest]).finally(() => looks.delete(first))
    looks.set(first, looking)
    return looking
  }

  async function fetchAndKeep(wanted: Wanted): Promise<News> {
    // Another replica may have brought it since it was looked for.
    await look(wanted.keys)
    const known = pick(wanted, isFresh)
    if (known) return known
    const news = await wanted.fetch()
    remember(news)
    await store.write(news, keptUntil(news))
    return news
  }

  async function fly(wanted: Wanted): Promise<News> {
    for (;;) {
      const { own, other } = await store.together(wanted.landing, () => fetchAndKeep(wanted))
      if (own) return own
      if (other.failure && !isShareSpent(other.failure)) throw new RetoldError(other.failure)
      await look(wanted.keys)
      // What has just landed does, however short it stays fresh; if it cannot be read, somebody fetches it again.
      const landed = other.failure ? undefined : pick(wanted, isKept)
      if (landed) return landed
    }
  }

  function take(wanted: Wanted): Flight {
    const [key] = wanted.keys
    const known = flights.get(key)
    if (known) return known
    const landed = fly(wanted).finally(() => flights.delete(key))
    landed.catch(() => {}) // those who wait are told; when nobody does any more, nobody is
    const flight = { asker: wanted.asker, landed }
    flights.set(key, flight)
    return flight
  }

  /** The news of the flight that is under way, or of a new one. */
  async function landing(wanted: Wanted): Promise<News> {
    for (;;) {
      const flight = take(wanted)
      try {
        return await flight.landed
      } catch (error) {
        // Somebody else's share is spent: that is not this one's.
        if (!isShareSpent(error) || flight.asker === wanted.asker) throw error
      }
    }
  }

  const found = (news: News, cache: CacheStatus, because?: Error): Found => ({
    news,
    cache,
    freshUntil: freshUntil(news),
    ...(because && { because })
  })

  return {
    /**
     * News that does: fresh from memory or the store, else fetched; else what is still kept, after a soft timeout or
     * when fetching fails.
     * @throws what `fetch` throws, if nothing is kept.
     */
    async find(wanted: Wanted): Promise<Found> {
      const known = pick(wanted, isFresh)
      if (known) return found(known, 'hit')
      await lookTogether(wanted.keys)
      const stored = pick(wanted, isFresh)
      if (stored) return found(stored, 'hit')
      const stale = pick(wanted, (news) => isKept(news) && !news.isUnknown)
      // Nobody need be asked to know that; but a flight that is under way may bring the last news that can be had.
      const refusal = stale && !flights.has(wanted.keys[0]) ? wanted.refusal() : undefined
      if (refusal && stale) return found(stale, 'stale', refusal)
      const landed = landing(wanted)
      if (!stale) return found(await landed, 'miss')
      const timer = new AbortController()
      const soon = setTimeout(softTimeoutMs, undefined, { signal: timer.signal })
      try {
        const news = await Promise.race([landed, soon])
        return news ? found(news, 'miss') : found(stale, 'stale')
      } catch (error) {
        return found(stale, 'stale', error as Error)
      } finally {
        timer.abort()
      }
    },
    /** News that is kept, by its name, and fetched at that time or later if there is such; never fetches. */
    async kept(key: string, fetchedMs = 0): Promise<Found | undefined> {
      const known = memory.peek(key)
      if (!known || !isFresh(known) || known.fetchedMs < fetchedMs) await lookTogether([key])
      const news = memory.get(key)
      return news && isKept(news) ? found(news, isFresh(news) ? 'hit' : 'stale') : undefined
    },
    /** What is kept, the latest first. */
    async list(): Promise<(Kept & { isFresh: boolean })[]> {
      const all = new Map((await store.list()).map((one) => [one.key, one]))
      for (const news of memory.values()) {
        const stored = all.get(news.key)
        if (!stored || stored.fetchedMs < news.fetchedMs) all.set(news.key, keptOf(news, keptUntil(news)))
      }
      return [...all.values()]
        .filter((one) => one.articles > 0 && one.untilMs > now())
        .map((one) => ({ ...one, isFresh: now() < freshUntil(one) }))
        .sort((a, b) => b.fetchedMs - a.fetchedMs)
    },
    /** Waits for the flights that are under way. */
    async close() {
      await Promise.allSettled([...flights.values()].map(({ landed }) => landed))
    }
  }
}
