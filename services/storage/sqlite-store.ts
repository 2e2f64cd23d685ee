import { z } from 'zod'
import { topics } from '../alpha-vantage/topics.ts'
import type { Logger } from '../lib/logger.ts'
import { decodeNews, encodeNews, newsFormat } from '../news/codec.ts'
import type { SnapshotStore } from '../news/news-storage.ts'
import { type NewsSnapshot, type SnapshotInfo, toSnapshotInfo } from '../news/snapshot.ts'
import { SqliteDatabase } from './sqlite-database.ts'

// A snapshot that is lost in a power failure can be fetched again: NORMAL does not sync each commit.
const newsSchema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS news (
    source TEXT NOT NULL, key TEXT NOT NULL, ticker TEXT, topic TEXT,
    from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, fetched_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
    articles INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (source, key)
  ) STRICT;`

const infoColumns = 'key, ticker, topic, from_ms, to_ms, fetched_ms, until_ms, articles'
const selectInfos = `
  SELECT ${infoColumns} FROM news WHERE source = ? AND key IN (SELECT value FROM json_each(?))`
const selectLatestInfos = `
  SELECT ${infoColumns} FROM news WHERE source = ? AND until_ms > ? ORDER BY fetched_ms DESC LIMIT ?`
const selectValue = 'SELECT value FROM news WHERE source = ? AND key = ?'
const replaceSnapshot = `
  INSERT OR REPLACE INTO news (source, ${infoColumns}, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const deleteExpired = 'DELETE FROM news WHERE until_ms < ?'
/** Deletes the oldest snapshots of all sources until the remaining values fit into the given number of bytes. */
const deleteOldest = `
  DELETE FROM news WHERE rowid IN (
    SELECT rowid FROM (
      SELECT rowid, sum(length(value)) OVER (ORDER BY fetched_ms DESC, rowid DESC) AS total FROM news
    ) WHERE total > ?
  )`

const maxListed = 200

const infoRow = z
  .object({
    key: z.string(),
    ticker: z.string().nullable(),
    topic: z.enum(topics).nullable(),
    from_ms: z.int(),
    to_ms: z.int(),
    fetched_ms: z.int(),
    until_ms: z.int(),
    articles: z.int()
  })
  .transform(
    ({ ticker, topic, ...row }): SnapshotInfo => ({
      key: row.key,
      subject: { ...(ticker !== null && { ticker }), ...(topic !== null && { topic }) },
      from: row.from_ms,
      to: row.to_ms,
      fetchedAtMs: row.fetched_ms,
      expiresAtMs: row.until_ms,
      articles: row.articles
    })
  )

/** Snapshots of the news of `source`, in `news.sqlite` in `folder`. */
export class SqliteStore implements SnapshotStore {
  readonly #database: SqliteDatabase
  readonly #source: string
  readonly #maxBytes: number
  readonly #now: () => number
  readonly #log: Logger

  /** `maxBytes` limits the total size of the compressed values of all sources. */
  constructor(options: {
    folder: string
    source: string
    maxBytes: number
    now: () => number
    log: Logger
  }) {
    const { folder, log } = options
    this.#database = new SqliteDatabase({ folder, name: 'news.sqlite', schema: newsSchema, log })
    this.#source = `${newsFormat} ${options.source}`
    this.#maxBytes = options.maxBytes
    this.#now = options.now
    this.#log = log
  }

  async findInfos(keys: readonly string[]): Promise<SnapshotInfo[]> {
    return this.#selectInfos(selectInfos, JSON.stringify(keys))
  }

  async list(): Promise<SnapshotInfo[]> {
    return this.#selectInfos(selectLatestInfos, this.#now(), maxListed)
  }

  async read(key: string): Promise<NewsSnapshot | undefined> {
    const row = this.#database.tryRun((database) => database.prepare(selectValue).get(this.#source, key))
    if (!(row?.value instanceof Uint8Array)) return undefined
    try {
      return await decodeNews(row.value, key)
    } catch (err) {
      this.#log.warn({ err, key }, 'discarding unreadable cache entry')
      return undefined
    }
  }

  async write(snapshot: NewsSnapshot, expiresAtMs: number): Promise<void> {
    const value = await encodeNews(snapshot)
    const { key, subject, from, to, fetchedAtMs, articles } = toSnapshotInfo(snapshot, expiresAtMs)
    const { ticker = null, topic = null } = subject
    this.#database.tryRun((database) => {
      database.prepare(deleteExpired).run(this.#now())
      database
        .prepare(replaceSnapshot)
        .run(this.#source, key, ticker, topic, from, to, fetchedAtMs, expiresAtMs, articles, value)
      database.prepare(deleteOldest).run(this.#maxBytes)
    })
  }

  isUnavailable(): boolean {
    return this.#database.isUnavailable()
  }

  close(): void {
    this.#database.close()
  }

  #selectInfos(query: string, ...parameters: (string | number)[]): SnapshotInfo[] {
    const rows = this.#database.tryRun((database) => database.prepare(query).all(this.#source, ...parameters))
    return (rows ?? []).flatMap((row) => infoRow.safeParse(row).data ?? [])
  }
}
