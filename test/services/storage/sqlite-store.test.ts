import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { createSqliteStorage } from '../../../services/storage/news-storage.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import { clockAt, dayMs, free, type NewsOptions, startNews } from '../../support/news.ts'
import { storedInfo, storedNews } from '../../support/stored-news.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

const aapl = { ticker: 'AAPL' }

/** Starts the news service at noon. Alpha Vantage has one article about AAPL. */
async function start(t: Test, options: NewsOptions = {}) {
  const clock = clockAt('2026-11-23T12:00:00Z')
  const started = await startNews(t, { clock, ...options })
  const feed = toFeed(newerArticle({ at: '2026-11-23T01:00:00Z', about: { AAPL: [1, 0.1] } }))
  started.news.answer ??= () => feed
  return { clock, ...started }
}

/** Storage in `folder`, without the service. */
function openStorage(t: Test, folder: string) {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const storage = createSqliteStorage({
    folder,
    source: 'source',
    account: 'account',
    maxBytes: 1e6,
    now: () => storedInfo.fetchedMs,
    log
  })
  t.teardown(() => storage.close())
  return storage
}

/** Runs `work` on a database file, as another process would. */
function withDatabase<T>(folder: string, name: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(folder, name))
  try {
    return work(database)
  } finally {
    database.close()
  }
}

t.test('rows in format 1: read, and written with the same columns', async (t) => {
  const [older, newer] = await Promise.all([temporaryFolder(t), temporaryFolder(t)])
  const { key, subject, from, to, fetchedMs, untilMs, articles } = storedInfo
  const value = zstdCompressSync(JSON.stringify(storedNews))
  withDatabase(older, 'news.sqlite', (database) => {
    database.exec(`CREATE TABLE news (
      source TEXT NOT NULL, key TEXT NOT NULL, ticker TEXT, topic TEXT,
      from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, fetched_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
      articles INTEGER NOT NULL, value BLOB NOT NULL,
      PRIMARY KEY (source, key)
    ) STRICT`)
    database
      .prepare('INSERT INTO news VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run('1 source', key, subject.ticker, null, from, to, fetchedMs, untilMs, articles, value)
  })
  withDatabase(older, 'ledger.sqlite', (database) => {
    database.exec('CREATE TABLE ledger (account TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT')
    database.exec(`INSERT INTO ledger VALUES ('account', '{"calls":1}')`)
  })
  const { snapshots, ledgerCell } = openStorage(t, older)
  const info = { key, subject, from, to, articles, fetchedAtMs: fetchedMs, expiresAtMs: untilMs }

  t.strictSame(await snapshots.findInfos([key]), [info])
  t.strictSame(await snapshots.list(), [info])
  t.strictSame(await ledgerCell.read(), { text: '{"calls":1}', at: fetchedMs })
  const snapshot = await snapshots.read(key)
  t.match(snapshot, { key, subject, fetchedAtMs: fetchedMs, hitLimit: storedNews.isFull })

  if (snapshot) await openStorage(t, newer).snapshots.write(snapshot, untilMs)
  const readRows = (database: DatabaseSync) => database.prepare('SELECT * FROM news').all()
  const [written] = withDatabase(newer, 'news.sqlite', readRows)
  t.match(written, {
    source: '1 source',
    key,
    ticker: subject.ticker,
    topic: null,
    from_ms: from,
    to_ms: to,
    fetched_ms: fetchedMs,
    until_ms: untilMs,
    articles
  })
})

t.test('storage that is closed: no snapshots, and the ledger cell throws', async (t) => {
  const { snapshots, ledgerCell, close } = openStorage(t, await temporaryFolder(t))
  close()

  t.same(await snapshots.list(), [])
  await t.rejects(ledgerCell.read(), /ledger\.sqlite is closed/)
})

t.test(
  'more than CACHE_DISK_BYTES: the oldest snapshots are deleted, and memory still has all',
  async (t) => {
    const folder = await temporaryFolder(t)
    const { find, service } = await start(t, { folder, diskBytes: 1100 })

    for (const ticker of ['AAPL', 'MSFT', 'NVDA', 'TSLA']) await find({ ticker })

    const keys = readKeys(folder)
    t.ok(keys.length >= 1 && keys.length < 4, JSON.stringify(keys))
    t.ok(keys.includes('TSLA 7d'))
    t.equal((await service.listCached()).length, 4)
  }
)

t.test('SQLite files and their folder: only their owner has access', async (t) => {
  const folder = await temporaryFolder(t)
  const { find } = await start(t, { folder })
  await find(aapl)

  const readMode = async (path: string) => (await stat(path)).mode & 0o777
  t.equal(await readMode(folder), 0o700)
  for (const name of ['news.sqlite', 'ledger.sqlite']) t.equal(await readMode(join(folder, name)), 0o600)
})

t.test('SQLite store: expired snapshots are deleted', async (t) => {
  const folder = await temporaryFolder(t)
  const { clock, find } = await start(t, { folder })
  await find(aapl)
  clock.now += 2 * dayMs
  await find({ ticker: 'MSFT' })

  t.same(readKeys(folder), ['MSFT 7d'])
})

t.test('snapshots of another source in the same folder: not used', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await start(t, { folder })
  await first.find(aapl)
  const other = await start(t, { folder }) // each has its own Alpha Vantage stand-in

  t.match(await other.find(aapl), { cache: 'miss' })
})

t.test('unreadable snapshot: fetched again', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await start(t, { folder })
  await first.find(aapl)
  await first.find({ ticker: 'MSFT' })
  await first.close()
  withDatabase(folder, 'news.sqlite', (database) =>
    database.exec("UPDATE news SET value = x'00' WHERE ticker = 'AAPL'")
  )
  const second = await start(t, { folder, upstream: first.news })

  t.match(await second.find(aapl), { cache: 'miss' })
  t.match(await second.find({ ticker: 'MSFT' }), { cache: 'hit' })
  t.match(second.logged, [{ level: 'warn', message: 'discarding unreadable cache entry' }])
})

t.test('DATA_DIR under /proc, where no folder can be created: one warning, no endless loop', async (t) => {
  const { find, logged } = await start(t, { folder: '/proc/finance-news/data', plan: free })

  t.match(await find(aapl), { cache: 'miss' })
  t.match(logged[0], { level: 'warn', message: 'DATA_DIR unavailable; caching in memory only' })
})

for (const [name, breakFolder] of [
  [
    'damaged database file',
    async (folder: string) => {
      await writeFile(join(folder, 'news.sqlite'), 'x'.repeat(10_000))
      return folder
    }
  ],
  [
    'DATA_DIR inside a file',
    async (folder: string) => {
      await writeFile(join(folder, 'file'), '')
      return join(folder, 'file', 'data')
    }
  ]
] as const) {
  t.test(`${name}: one warning, and the cache works in memory`, async (t) => {
    const folder = await breakFolder(await temporaryFolder(t))
    const { find, news, logged } = await start(t, { folder, plan: free })

    t.match(await find(aapl), { cache: 'miss' })
    t.match(await find(aapl), { cache: 'hit' })
    t.match(await find({ ticker: 'MSFT' }), { cache: 'miss' })
    t.equal(news.queries.length, 2)
    t.equal(logged.filter(({ message }) => message.startsWith('DATA_DIR unavailable')).length, 1)
  })
}

t.test('DATA_DIR becomes available again: used, and logged', { timeout: 30_000 }, async (t) => {
  const folder = join(await temporaryFolder(t), 'data')
  await writeFile(folder, '')
  const { find, service, logged } = await start(t, { folder, plan: free })
  await find(aapl)
  t.match(await service.state('usr_1'), { isPersisted: false, storeIsAway: true, spent: 1 })
  await rm(folder)
  await mkdir(folder)

  await until(async () => {
    const { isPersisted, storeIsAway } = await service.state('usr_1')
    return isPersisted && !storeIsAway
  })
  await find({ ticker: 'MSFT' }, { since: '30d' })

  const ledger = withDatabase(folder, 'ledger.sqlite', (database) =>
    database.prepare('SELECT state FROM ledger').get()
  )
  t.match(String(ledger?.state), /"usr_1",2/)
  t.match(
    logged.map(({ message }) => message),
    [/^DATA_DIR unavailable/, /^call ledger unavailable/, /again/, /again/]
  )
})

function readKeys(folder: string) {
  return withDatabase(folder, 'news.sqlite', (database) =>
    database
      .prepare('SELECT key FROM news')
      .all()
      .map(({ key }) => key)
  )
}
