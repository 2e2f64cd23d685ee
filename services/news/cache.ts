import { setTimeout } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Article } from '../alpha-vantage/article.ts'
import { isShareSpent, NewsError } from '../lib/news-error.ts'
import { dayMs } from '../lib/time.ts'
import type { SharedFetch, SingleFlight } from './single-flight.ts'
import { type NewsSnapshot, type SnapshotInfo, toSnapshotInfo } from './snapshot.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** How news was found: `miss` has waited for a call, `hit` was fresh, `stale` is older than `CACHE_TTL_MS`. */
export type CacheStatus = 'miss' | 'hit' | 'stale'

/** News, with how it was found. */
export interface CacheResult {
  news: NewsSnapshot
  cache: CacheStatus
  /** Until when it counts as fresh: milliseconds since 1970. */
  freshUntil: number
  /** With stale news: why there is none that is fresh. `undefined` while it is still on its way. */
  staleReason?: Error
}

/** What is looked for. */
export interface CacheQuery {
  /** The names of news that would do, the best first; the first is that of what `fetch` brings. */
  keys: readonly [string, ...string[]]
  /** Whether this very news does. */
  satisfies(news: NewsSnapshot): boolean
  /** Who asks: a budget's denial of one subject is none of another's. */
  requester: string
  /** Why there is certainly no newer news, if that is so. */
  denial(): Error | undefined
  landing: SharedFetch
  /** @throws whatever went wrong; it is told to all who wait, and not remembered. */
  fetch(): Promise<NewsSnapshot>
}

export type NewsCache = ReturnType<typeof createNewsCache>

/** The clocks of two replicas differ by so much at most. */
const replicaClockSkewMs = 60_000

interface InFlightFetch {
  requester: string
  landed: Promise<NewsSnapshot>
}

/**
 * Keeps news in memory, and in `store` beside it. Whoever asks for what is not fresh shares one flight with all others
 * who ask, in this process and in those that share the store.
 */
export function createNewsCache(options: {
  snapshots: SnapshotStore
  singleFlight: SingleFlight
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
  onRemembered: (news: NewsSnapshot) => void
}) {
  const {
    snapshots,
    singleFlight,
    articles,
    ttlMs,
    graceMs,
    noNewsTtlMs,
    unknownTtlMs,
    softTimeoutMs,
    now,
    onRemembered
  } = options
  const longestMs = Math.max(ttlMs, graceMs)
  const memory = new LRUCache<string, NewsSnapshot>({
    maxSize: articles,
    sizeCalculation: (news) => news.articles.length + 1
  })
  const pendingLoads = new Map<string, Promise<void>>()
  const flights = new Map<string, InFlightFetch>()

  function freshUntil(
    news: Pick<SnapshotInfo, 'fetchedAtMs' | 'to'> & {
      articles: number | readonly Article[]
      isUnknown?: boolean
    }
  ): number {
    const { fetchedAtMs, to, isUnknown = false, articles: some } = news
    if (isUnknown) return fetchedAtMs + unknownTtlMs
    if (some === 0 || (typeof some === 'object' && some.length === 0))
      return fetchedAtMs + Math.min(ttlMs, noNewsTtlMs)
    // What is a day over does not change any more.
    return fetchedAtMs + (fetchedAtMs - to >= dayMs ? longestMs : ttlMs)
  }

  const keptUntil = ({ fetchedAtMs, isUnknown }: NewsSnapshot) =>
    fetchedAtMs + (isUnknown ? unknownTtlMs : longestMs)

  // What comes from the future is of a clock that was wrong: nobody knows how old it is.
  const isNotFromFuture = ({ fetchedAtMs }: NewsSnapshot) => fetchedAtMs <= now() + replicaClockSkewMs
  const isFresh = (news: NewsSnapshot) => isNotFromFuture(news) && now() < freshUntil(news)
  const isKept = (news: NewsSnapshot) => isNotFromFuture(news) && now() < keptUntil(news)

  /** The first of what is in memory and does. */
  function findInMemory(
    { keys, satisfies }: CacheQuery,
    isGood: (news: NewsSnapshot) => boolean
  ): NewsSnapshot | undefined {
    const good = keys.find((key) => {
      const news = memory.peek(key)
      return news && isGood(news) && satisfies(news)
    })
    return good === undefined ? undefined : memory.get(good)
  }

  function remember(news: NewsSnapshot) {
    memory.set(news.key, news)
    onRemembered(news)
  }

  /** Brings what the store has of `keys` to memory, where it is newer. */
  async function loadFromStore(keys: readonly string[]) {
    const newer = (await snapshots.findInfos(keys)).filter(
      (kept) =>
        kept.expiresAtMs > now() &&
        kept.fetchedAtMs <= now() + replicaClockSkewMs &&
        kept.fetchedAtMs > (memory.peek(kept.key)?.fetchedAtMs ?? 0)
    )
    for (const { key } of newer) {
      const news = await snapshots.read(key)
      if (news && news.fetchedAtMs > (memory.peek(key)?.fetchedAtMs ?? 0)) remember(news)
    }
  }

  /** One look at a time for the same. */
  function loadFromStoreOnce([first, ...rest]: CacheQuery['keys']): Promise<void> {
    const known = pendingLoads.get(first)
    if (known) return known
    const looking = loadFromStore([first, ...rest]).finally(() => pendingLoads.delete(first))
    pendingLoads.set(first, looking)
    return looking
  }

  async function fetchAndKeep(wanted: CacheQuery): Promise<NewsSnapshot> {
    // Another replica may have brought it since it was looked for.
    await loadFromStore(wanted.keys)
    const known = findInMemory(wanted, isFresh)
    if (known) return known
    const news = await wanted.fetch()
    remember(news)
    await snapshots.write(news, keptUntil(news))
    return news
  }

  async function fetchShared(wanted: CacheQuery): Promise<NewsSnapshot> {
    for (;;) {
      const { local: own, remote: other } = await singleFlight.runExclusive(wanted.landing, () =>
        fetchAndKeep(wanted)
      )
      if (own) return own
      const error = other.failure && new NewsError(other.failure.code, other.failure)
      if (error && !isShareSpent(error)) throw error
      await loadFromStore(wanted.keys)
      // What has just landed does, however short it stays fresh; if it cannot be read, somebody fetches it again.
      const landed = error ? undefined : findInMemory(wanted, isKept)
      if (landed) return landed
    }
  }

  function joinOrStart(wanted: CacheQuery): InFlightFetch {
    const [key] = wanted.keys
    const known = flights.get(key)
    if (known) return known
    const landed = fetchShared(wanted).finally(() => flights.delete(key))
    landed.catch(() => {}) // those who wait are told; when nobody does any more, nobody is
    const flight = { requester: wanted.requester, landed }
    flights.set(key, flight)
    return flight
  }

  /** The news of the flight that is under way, or of a new one. */
  async function landing(wanted: CacheQuery): Promise<NewsSnapshot> {
    for (;;) {
      const flight = joinOrStart(wanted)
      try {
        return await flight.landed
      } catch (error) {
        // Somebody else's share is spent: that is not this one's.
        if (!isShareSpent(error) || flight.requester === wanted.requester) throw error
      }
    }
  }

  const found = (news: NewsSnapshot, cache: CacheStatus, staleReason?: Error): CacheResult => ({
    news,
    cache,
    freshUntil: freshUntil(news),
    ...(staleReason && { staleReason: staleReason })
  })

  return {
    /**
     * News that does: fresh from memory or the store, else fetched; else what is still kept, after a soft timeout or
     * when fetching fails.
     * @throws what `fetch` throws, if nothing is kept.
     */
    async find(wanted: CacheQuery): Promise<CacheResult> {
      const known = findInMemory(wanted, isFresh)
      if (known) return found(known, 'hit')
      await loadFromStoreOnce(wanted.keys)
      const stored = findInMemory(wanted, isFresh)
      if (stored) return found(stored, 'hit')
      const stale = findInMemory(wanted, (news) => isKept(news) && !news.isUnknown)
      // Nobody need be asked to know that; but a flight that is under way may bring the last news that can be had.
      const denial = stale && !flights.has(wanted.keys[0]) ? wanted.denial() : undefined
      if (denial && stale) return found(stale, 'stale', denial)
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
    async kept(key: string, fetchedAtMs = 0): Promise<CacheResult | undefined> {
      const known = memory.peek(key)
      if (!known || !isFresh(known) || known.fetchedAtMs < fetchedAtMs) await loadFromStoreOnce([key])
      const news = memory.get(key)
      return news && isKept(news) ? found(news, isFresh(news) ? 'hit' : 'stale') : undefined
    },
    /** What is kept, the latest first. */
    async list(): Promise<(SnapshotInfo & { isFresh: boolean })[]> {
      const all = new Map((await snapshots.list()).map((one) => [one.key, one]))
      for (const news of memory.values()) {
        const stored = all.get(news.key)
        if (!stored || stored.fetchedAtMs < news.fetchedAtMs)
          all.set(news.key, toSnapshotInfo(news, keptUntil(news)))
      }
      return [...all.values()]
        .filter((one) => one.articles > 0 && one.expiresAtMs > now())
        .map((one) => ({ ...one, isFresh: now() < freshUntil(one) }))
        .sort((a, b) => b.fetchedAtMs - a.fetchedAtMs)
    },
    /** Waits for the flights that are under way. */
    async close() {
      await Promise.allSettled([...flights.values()].map(({ landed }) => landed))
    }
  }
}
