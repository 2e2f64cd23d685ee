import { LRUCache } from 'lru-cache'
import { minuteMs } from './time.ts'

export interface CacheEntry {
  key: string
  /** Milliseconds since 1970. */
  fetchedAtMs: number
}

/** Entries outside this process. Best effort: a failure is treated as a missing entry. */
export interface EntryStore<Entry> {
  findInfos(keys: readonly string[]): Promise<(CacheEntry & { expiresAtMs: number })[]>
  read(key: string): Promise<Entry | undefined>
  write(entry: Entry, expiresAtMs: number): Promise<void>
}

interface TieredEntriesOptions<Entry> {
  store: EntryStore<Entry>
  /** The maximum total size of the entries in memory. */
  maxSize: number
  getSize(entry: Entry): number
  /** Until when an entry counts as fresh: milliseconds since 1970. */
  freshUntil(entry: Entry): number
  /** Until when an entry may be returned at all: milliseconds since 1970. */
  expiresAt(entry: Entry): number
  now(): number
  /** Called with each entry put in memory and the entry that it replaces. */
  onRemembered(entry: Entry, previous: Entry | undefined): void
}

/** The largest difference between the clocks of two replicas. */
const replicaClockSkewMs = minuteMs

/** Cache entries in memory, in front of a store that outlives the process. */
export class TieredEntries<Entry extends CacheEntry> {
  readonly #options: TieredEntriesOptions<Entry>
  readonly #memory: LRUCache<string, Entry>
  readonly #pendingLoads = new Map<string, Promise<void>>()

  constructor(options: TieredEntriesOptions<Entry>) {
    this.#options = options
    this.#memory = new LRUCache({ maxSize: options.maxSize, sizeCalculation: options.getSize })
  }

  readonly isFresh = (entry: Entry) =>
    this.#isNotFromFuture(entry) && this.#options.now() < this.#options.freshUntil(entry)

  /** Whether `entry` has not expired. It may be stale. */
  readonly isUsable = (entry: Entry) =>
    this.#isNotFromFuture(entry) && this.#options.now() < this.#options.expiresAt(entry)

  /** The first entry in memory that `accepts` accepts. */
  findInMemory(keys: readonly string[], accepts: (entry: Entry) => boolean): Entry | undefined {
    const found = keys.find((key) => {
      const entry = this.#memory.peek(key)
      return entry && accepts(entry)
    })
    return found === undefined ? undefined : this.#memory.get(found)
  }

  /** The entry of `key` in memory, even if it has expired. */
  peek(key: string): Entry | undefined {
    return this.#memory.peek(key)
  }

  /** The entries in memory, including expired ones. */
  values(): Iterable<Entry> {
    return this.#memory.values()
  }

  /** The usable entry of `key`, fetched at `minFetchedAtMs` or later if there is one. */
  async get(key: string, minFetchedAtMs = 0): Promise<Entry | undefined> {
    const cached = this.#memory.peek(key)
    if (!cached || !this.isFresh(cached) || cached.fetchedAtMs < minFetchedAtMs) await this.loadOnce([key])
    const entry = this.#memory.get(key)
    return entry && this.isUsable(entry) ? entry : undefined
  }

  async put(entry: Entry) {
    this.#remember(entry)
    await this.#options.store.write(entry, this.#options.expiresAt(entry))
  }

  /** Loads the stored entries of `keys` that are newer than those in memory. */
  async load(keys: readonly string[]) {
    const { store, now } = this.#options
    const isNewer = ({ key, fetchedAtMs }: CacheEntry) =>
      fetchedAtMs > (this.#memory.peek(key)?.fetchedAtMs ?? 0)
    const infos = await store.findInfos(keys)
    const newer = infos.filter(
      (info) => info.expiresAtMs > now() && this.#isNotFromFuture(info) && isNewer(info)
    )
    for (const { key } of newer) {
      const entry = await store.read(key)
      if (entry && isNewer(entry)) this.#remember(entry)
    }
  }

  /** The same, but callers with the same first key share one load. */
  loadOnce([first, ...rest]: readonly [string, ...string[]]): Promise<void> {
    const pending = this.#pendingLoads.get(first)
    if (pending) return pending
    const load = this.load([first, ...rest]).finally(() => this.#pendingLoads.delete(first))
    this.#pendingLoads.set(first, load)
    return load
  }

  #remember(entry: Entry) {
    const previous = this.#memory.peek(entry.key)
    this.#memory.set(entry.key, entry)
    this.#options.onRemembered(entry, previous)
  }

  // The age of an entry from the future is unknown: the clock of its replica was wrong.
  #isNotFromFuture({ fetchedAtMs }: CacheEntry): boolean {
    return fetchedAtMs <= this.#options.now() + replicaClockSkewMs
  }
}
