import { z } from 'zod'
import { parseJson } from '../lib/json.ts'
import type { Logger } from '../lib/logger.ts'
import { decodeNews, encodeNews, subjectSchema } from '../news/codec.ts'
import type { SnapshotStore } from '../news/news-storage.ts'
import { type NewsSnapshot, type SnapshotInfo, toSnapshotInfo } from '../news/snapshot.ts'
import type { RedisConnection } from './redis-connection.ts'

const maxListed = 200

/** A snapshot without its articles, in format 1. Replicas of other releases read the same key names. */
const storedInfo = z.object({
  key: z.string(),
  subject: subjectSchema,
  from: z.int(),
  to: z.int(),
  fetchedMs: z.int(),
  untilMs: z.int(),
  articles: z.int()
})

/** Snapshots in Redis under `prefix`, which all replicas share. */
export class RedisStore implements SnapshotStore {
  readonly #connection: RedisConnection
  readonly #prefix: string
  /** A sorted set of snapshot keys, by expiry time. */
  readonly #index: string
  readonly #log: Logger

  constructor(options: { connection: RedisConnection; prefix: string; log: Logger }) {
    this.#connection = options.connection
    this.#prefix = options.prefix
    this.#index = `${options.prefix}:index`
    this.#log = options.log
  }

  async findInfos(keys: readonly string[]): Promise<SnapshotInfo[]> {
    if (keys.length === 0) return []
    const texts = await this.#connection.tryRun((redis) => redis.mget(keys.map((key) => this.#infoKey(key))))
    return (texts ?? []).flatMap((text) => parseInfo(text) ?? [])
  }

  async list(): Promise<SnapshotInfo[]> {
    const keys = await this.#connection.tryRun((redis) => redis.zrevrange(this.#index, 0, maxListed - 1))
    return this.findInfos(keys ?? [])
  }

  async read(key: string): Promise<NewsSnapshot | undefined> {
    const bytes = await this.#connection.tryRun((redis) => redis.getBuffer(this.#newsKey(key)))
    if (!bytes) return undefined
    try {
      return await decodeNews(bytes, key)
    } catch (err) {
      this.#log.warn({ err, key }, 'discarding unreadable cache entry')
      return undefined
    }
  }

  async write(snapshot: NewsSnapshot, expiresAtMs: number): Promise<void> {
    const { key, fetchedAtMs } = snapshot
    const bytes = await encodeNews(snapshot)
    const info = formatInfo(toSnapshotInfo(snapshot, expiresAtMs))
    const ttlMs = Math.max(1, Math.ceil(expiresAtMs - fetchedAtMs))
    await this.#connection.tryRun((redis) =>
      redis
        .multi()
        .set(this.#newsKey(key), bytes, 'PX', ttlMs)
        .set(this.#infoKey(key), info, 'PX', ttlMs)
        .zadd(this.#index, expiresAtMs, key)
        .zremrangebyscore(this.#index, '-inf', fetchedAtMs)
        .exec()
    )
  }

  #newsKey(key: string) {
    return `${this.#prefix}:news:${key}`
  }

  #infoKey(key: string) {
    return `${this.#prefix}:kept:${key}`
  }
}

function formatInfo({ fetchedAtMs, expiresAtMs, ...info }: SnapshotInfo): string {
  return JSON.stringify({ ...info, fetchedMs: fetchedAtMs, untilMs: expiresAtMs })
}

function parseInfo(text: string | null): SnapshotInfo | undefined {
  const stored = storedInfo.safeParse(parseJson(text ?? '')).data
  if (!stored) return undefined
  const { fetchedMs: fetchedAtMs, untilMs: expiresAtMs, ...info } = stored
  return { ...info, fetchedAtMs, expiresAtMs }
}
