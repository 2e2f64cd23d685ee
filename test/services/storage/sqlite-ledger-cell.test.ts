import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { SqliteLedgerCell } from '../../../services/storage/sqlite-ledger-cell.ts'
import { free, startNews } from '../../support/news.ts'
import { prepareServer, root } from '../../support/process.ts'
import { pastDays } from '../../support/replicas.ts'
import { resultText } from '../../support/rpc.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { until } from '../../support/until.ts'
import { startUpstream } from '../../support/upstream.ts'

t.test('compareAndSwap: fails when another process changed the text', async (t) => {
  const folder = await temporaryFolder(t)
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const options = { folder, account: 'account', now: Date.now, log }
  const [cell, otherCell] = [new SqliteLedgerCell(options), new SqliteLedgerCell(options)]
  t.teardown(() => [cell, otherCell].map((opened) => opened.close()))

  t.equal(await cell.compareAndSwap(undefined, 'first'), true)
  t.equal(await otherCell.compareAndSwap(undefined, 'second'), false)
  t.equal(await otherCell.compareAndSwap('first', 'third'), true)
  t.equal(await cell.compareAndSwap('first', 'fourth'), false)
  t.match(await cell.read(), { text: 'third' })
})

t.test('ledger file unavailable: one warning, and the count continues in memory', async (t) => {
  for (const damage of [true, false]) {
    const folder = await temporaryFolder(t)
    await writeFile(join(folder, 'ledger.sqlite'), 'x'.repeat(10_000))
    const upstream = await startUpstream(t)
    const { find, logged, service } = await startNews(t, {
      folder: damage ? folder : join(folder, 'ledger.sqlite', 'data'),
      upstream,
      plan: { ...free, callsPerDay: 2 }
    })
    await find({ ticker: 'AAPL' })
    await find({ ticker: 'MSFT' })
    await t.rejects(find({ ticker: 'NVDA' }), { code: 'NEWS_QUOTA_SPENT' })
    t.match(await service.state('usr_1'), { spent: 2, callerSpent: 2, isPersisted: false })
    t.equal(logged.filter(({ message }) => /call ledger/.test(message)).length, 1, 'logged once')
  }
})

t.test(
  'ledger file readable but not writable: reported as unavailable until it can be written',
  async (t) => {
    const folder = await temporaryFolder(t)
    const { find, logged, service } = await startNews(t, { folder, plan: free })
    await find({ ticker: 'AAPL' })
    const other = new DatabaseSync(join(folder, 'ledger.sqlite'))
    other.exec("CREATE TRIGGER full BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    const messages = () =>
      logged.map(({ message }) => message).filter((message) => /call ledger/.test(message))

    await find({ ticker: 'MSFT' })
    for (let attempts = 0; attempts < 3; attempts += 1) {
      t.match(await service.state('usr_1'), { isPersisted: false, spent: 2 })
      // The server reopens the database one second after a failure.
      await sleep(510)
    }
    t.equal(messages().length, 1, messages().join())

    other.exec('DROP TRIGGER full')
    other.close()
    await until(async () => (await service.state('usr_1')).isPersisted)
    t.match(messages(), [/call ledger unavailable; counting in memory/, /call ledger available again/])
  }
)

t.test(
  'ledger file locked by another process: the event loop is not blocked, and the call is counted after the unlock',
  { timeout: 30_000 },
  async (t) => {
    const folder = await temporaryFolder(t)
    const { find, service } = await startNews(t, { folder, plan: free })
    await find({ ticker: 'AAPL' })
    const other = new DatabaseSync(join(folder, 'ledger.sqlite'))
    const lag = monitorEventLoopDelay({ resolution: 5 })
    lag.enable()
    const delaysMs: number[] = []
    // A busy machine delays some of the calls. A lock that blocks the event loop delays all of them.
    for (const window of pastDays(5)) {
      lag.reset()
      await sleep(20) // a delay is measured from the previous measurement
      other.exec('BEGIN EXCLUSIVE')
      const call = find({ ticker: 'MSFT' }, window)
      const released = sleep(300).then(() => other.exec('COMMIT'))
      t.match(await call, { cache: 'miss' })
      await released
      delaysMs.push(lag.max / 1e6)
      if (lag.max < 250e6) break
    }
    other.close()
    t.ok(Math.min(...delaysMs) < 250, `longest delays of the event loop: ${delaysMs.join()} ms`)
    t.match(await service.state('usr_1'), { spent: 1 + delaysMs.length, isPersisted: true })
  }
)

t.test('DATA_DIR removed while the server runs: recreated, with the count', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t)
  const { find, close } = await startNews(t, { folder, upstream, plan: free })
  await find({ ticker: 'AAPL' })
  await rm(folder, { recursive: true })
  await find({ ticker: 'MSFT' })
  await close()
  const { service } = await startNews(t, { folder, upstream, plan: free })
  t.match(await service.state('usr_1'), { spent: 2 })
})

t.test('DATA_DIR recreated by another process: both processes share its count', async (t) => {
  const folder = await temporaryFolder(t)
  const upstream = await startUpstream(t)
  const options = { folder, upstream, plan: { ...free, callsPerDay: 6, share: 1 } }
  const [first, second] = await Promise.all([startNews(t, options), startNews(t, options)])
  await first.find({ ticker: 'AAPL' })
  await second.find({ ticker: 'MSFT' })
  await first.service.state('usr_1') // reads the call of the second, before it recreates the folder
  await rm(folder, { recursive: true })
  const ask = async ({ find }: typeof first, count: number) => {
    for (let day = 3; day < 3 + count; day++) {
      await find({ ticker: 'NVDA' }, { since: `${day + count}d`, until: `${day + count - 1}d` }).catch(
        () => {}
      )
    }
  }
  await ask(first, 3)
  await ask(second, 9)
  t.equal(upstream.queries.length, 6)
})

t.test(
  'full disk: one warning, and news and the count continue in memory',
  { timeout: 60_000 },
  async (t) => {
    const upstream = await startUpstream(t)
    const { start, ask } = await prepareServer(t, upstream)
    // A file size limit of 24 kB acts as a full disk for SQLite. Node itself must not write files.
    const script = `trap '' XFSZ; ulimit -f 24; unset NODE_V8_COVERAGE NODE_COMPILE_CACHE; exec "$0" "$1"`
    const limited = ['bash', '-c', script, process.execPath, join(root, 'server.ts')]
    const server = await start(limited)
    for (const ticker of ['AAPL', 'MSFT', 'NVDA', 'TSLA', 'AAPL', 'MSFT']) {
      t.equal((await ask('get_news_sentiment', { ticker })).isError, undefined)
    }
    const budget = await ask('get_news_budget')
    t.match(budget.structuredContent, { spent_today: 4, counted_in: 'memory' })
    t.match(resultText(budget), /^4 of 25 Alpha Vantage calls used today; resets at .* 00:00 UTC\./)
    t.equal(upstream.queries.length, 4)
    await server.written(/DATA_DIR unavailable/)
    await server.written(/call ledger unavailable; counting in memory/)
    // The server reopens the database one second after a failure.
    await sleep(1100)
    t.match((await ask('get_news_budget')).structuredContent, { spent_today: 4, counted_in: 'memory' })
    t.notMatch(server.output(), /(used|available) again/, 'the disk is still full')
    t.equal(server.output().match(/call ledger unavailable/g)?.length, 1)
    server.child.kill('SIGTERM')
    t.equal((await server.ended).code, 0)
  }
)
