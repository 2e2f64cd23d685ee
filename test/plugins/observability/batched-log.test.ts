import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import t from 'tap'
import { BatchedLog } from '../../../plugins/observability/batched-log.ts'
import { prepareServer, root, run } from '../../support/process.ts'
import { until } from '../../support/until.ts'

const unusedUpstream = { url: 'http://127.0.0.1:9' }

/** A slow output that records its chunks: it accepts the next one after `release()`. */
function createSlowOutput() {
  const chunks: string[] = []
  let release = () => {}
  const output = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, callback) {
      chunks.push(chunk)
      release = callback
    }
  })
  return { output, chunks, release: () => release() }
}

t.test('lines are written together: within 50 ms, or at once if they have 4 kB', async (t) => {
  const { output, chunks, release } = createSlowOutput()
  const log = new BatchedLog(output)

  log.write('one\n')
  log.write('two\n')
  t.same(chunks, [])
  await until(() => chunks.length === 1)
  t.same(chunks, ['one\ntwo\n'])

  release()
  log.write(`${'x'.repeat(5000)}\n`)
  t.equal(chunks.length, 2)
})

t.test(
  'an output that takes no more lines: lines after 10 MB are dropped, and later ones are written',
  async (t) => {
    const { output, chunks, release } = createSlowOutput()
    const log = new BatchedLog(output)
    const line = `${'x'.repeat(99_999)}\n`

    for (let count = 0; count < 1000; count += 1) log.write(line)

    t.ok(output.writableLength <= 10_100_000, `${output.writableLength} characters wait`)
    while (output.writableLength > 0) release()
    log.write('last\n')
    log.flushSync()
    t.equal(chunks.at(-1), 'last\n')
  }
)

t.test(
  'a log without a reader: the server answers and ends, and the lines are whole when they are read',
  async (t) => {
    const { start, resource } = await prepareServer(t, unusedUpstream)
    const { child, ended } = await start()
    child.stdout?.pause()

    // Twice as many lines as two pipes hold.
    for (let count = 0; count < 2000; count += 1) {
      const response = await fetch(new URL('/nothing', resource))
      await response.text()
      if (response.status !== 404) t.equal(response.status, 404)
    }
    child.kill('SIGTERM')
    const [code] = await once(child, 'exit')
    t.equal(code, 0)

    child.stdout?.resume()
    const lines = (await ended).out.trim().split('\n')
    t.ok(lines.length > 100)
    // The last line may be cut: the process has ended while it waited.
    for (const line of lines.slice(0, -1)) JSON.parse(line)
  }
)

t.test('a reader that is slow at the end: gets all lines', async (t) => {
  const { start, resource } = await prepareServer(t, unusedUpstream)
  const { child, ended } = await start()
  child.stdout?.pause()
  await Promise.all(Array.from({ length: 1000 }, () => fetch(new URL('/nothing', resource))))

  child.kill('SIGTERM')
  setTimeout(() => child.stdout?.resume(), 300)

  const { code, out } = await ended
  t.equal(code, 0)
  t.equal(out.match(/"path":"\/nothing"/g)?.length, 1000)
  t.match(out, /"msg":"shutting down: waiting for open requests"/)
})

t.test('the reader of the log has ended: the server answers, and ends with 0', async (t) => {
  const { start, resource } = await prepareServer(t, unusedUpstream)
  const { child } = await start()
  child.stdout?.destroy()

  t.equal((await fetch(new URL('/nothing', resource))).status, 404)
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})

t.test(
  'the disk of the log is full: the server starts, answers, and ends with 0',
  { skip: existsSync('/dev/full') ? false : 'this system has no /dev/full' },
  async (t) => {
    const { environment, resource } = await prepareServer(t, unusedUpstream)
    const command = `exec "${process.execPath}" "${join(root, 'server.ts')}" > /dev/full`
    const { child, ended } = run(t, ['sh', '-c', command], environment)

    await until(() =>
      fetch(new URL('/nothing', resource)).then(
        ({ status }) => status === 404,
        () => false
      )
    )
    child.kill('SIGTERM')
    t.match(await ended, { code: 0, err: '' })
  }
)
