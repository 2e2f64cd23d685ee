import { z } from 'zod'
import { topics } from '../alpha-vantage/topics.ts'
import type { Logger } from '../lib/logger.ts'
import { decodeNews, encodeNews, newsFormat } from '../news/codec.ts'
import { type SnapshotInfo, toSnapshotInfo } from '../news/snapshot.ts'
import type { Store } from '../news/store.ts'
import { openSqliteDatabase } from './sqlite-database.ts'

const keptRow = z
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
    ({
      key,
      ticker,
      topic,
      from_ms: from,
      to_ms: to,
      fetched_ms: fetchedAtMs,
      until_ms: expiresAtMs,
      articles
    }): SnapshotInfo => {
      const subject = { ...(ticker !== null && { ticker }), ...(topic !== null && { topic }) }
      return { key, subject, from, to, fetchedAtMs, expiresAtMs, articles }
    }
  )

/**
 * Keeps news and the count of calls in `folder`, which is made if it is missing, for one machine. News goes by the
 * `source` that it is from, the count by the `account` that is called with. Where the disk fails, that is logged, and
 * memory has to do.
 */
export function createSqliteStore(options: {
  folder: string
  source: string
  account: string
  /** Of news on disk, in bytes, at most. */
  maxBytes: number
  /** Milliseconds since 1970. */
  now?: () => number
  log: Logger
}): Store {
  const { folder, maxBytes, now = Date.now, log } = options
  const source = `${newsFormat} ${options.source}`
  const news = openSqliteDatabase(folder, 'news.sqlite', { create: newsTable, log })
  const ledger = openSqliteDatabase(folder, 'ledger.sqlite', { create: ledgerTable, log })
  const columns = 'key, ticker, topic, from_ms, to_ms, fetched_ms, until_ms, articles'

  return {
    name: 'disk',
    async look(keys) {
      const rows = news.attempt((database) =>
        database
          .prepare(`SELECT ${columns} FROM news WHERE source = ? AND key IN (SELECT value FROM json_each(?))`)
          .all(source, JSON.stringify(keys))
      )
      return (rows ?? []).flatMap((row) => keptRow.safeParse(row).data ?? [])
    },
    async read(key) {
      const row = news.attempt((database) =>
        database.prepare('SELECT value FROM news WHERE source = ? AND key = ?').get(source, key)
      )
      if (!(row?.value instanceof Uint8Array)) return undefined
      try {
        return await decodeNews(row.value, key)
      } catch (err) {
        log.warn({ err, key }, 'news on disk cannot be read, and is given up')
        return undefined
      }
    },
    async write(value, expiresAtMs) {
      const bytes = await encodeNews(value)
      const { key, subject, from, to, fetchedAtMs, articles } = toSnapshotInfo(value, expiresAtMs)
      const { ticker = null, topic = null } = subject
      news.attempt((database) => {
        database.prepare('DELETE FROM news WHERE until_ms < ?').run(now())
        database
          .prepare('INSERT OR REPLACE INTO news VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
          .run(source, key, ticker, topic, from, to, fetchedAtMs, expiresAtMs, articles, bytes)
        database
          .prepare(
            `DELETE FROM news WHERE rowid IN (SELECT rowid FROM (
              SELECT rowid, sum(length(value)) OVER (ORDER BY fetched_ms DESC, rowid DESC) AS total FROM news
            ) WHERE total > ?)`
          )
          .run(maxBytes)
      })
    },
    async list() {
      const rows = news.attempt((database) =>
        database
          .prepare(
            `SELECT ${columns} FROM news WHERE source = ? AND until_ms > ? ORDER BY fetched_ms DESC LIMIT 200`
          )
          .all(source, now())
      )
      return (rows ?? []).flatMap((row) => keptRow.safeParse(row).data ?? [])
    },
    runExclusive: async (_landing, fly) => ({ local: await fly() }),
    onRemoteFetch() {},
    cell: {
      isShared: false,
      async read() {
        const row = await ledger.run((database) =>
          database.prepare('SELECT state FROM ledger WHERE account = ?').get(options.account)
        )
        return { text: row ? String(row.state) : undefined, at: now() }
      },
      async compareAndSwap(from, to) {
        const { changes } = await ledger.run((database) =>
          from === undefined
            ? database
                .prepare('INSERT INTO ledger VALUES (?, ?) ON CONFLICT DO NOTHING')
                .run(options.account, to)
            : database
                .prepare('UPDATE ledger SET state = ? WHERE account = ? AND state = ?')
                .run(to, options.account, from)
        )
        return changes === 1
      },
      onReturn() {}
    },
    isAway: () => news.isAway() || ledger.isAway(),
    stop() {},
    async close() {
      news.close()
      ledger.close()
    }
  }
}

// What is kept can be had again: it need not be on the disk at once. A call must be, before it is made.
const newsTable = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS news (
    source TEXT NOT NULL, key TEXT NOT NULL, ticker TEXT, topic TEXT,
    from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, fetched_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
    articles INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (source, key)
  ) STRICT;`
const ledgerTable = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS ledger (account TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;`
