import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Environment } from '../../services/config/environment.ts'
import { prepareServer, root } from '../support/process.ts'
import { callNews } from '../support/rpc.ts'
import { until } from '../support/until.ts'
import { startUpstream } from '../support/upstream.ts'

/** Starts the server with module hooks in its process. */
async function startWithHooks(t: Test, hooks: string, settings: Environment = {}) {
  const server = await prepareServer(t, await startUpstream(t), settings)
  const preload = `import { registerHooks } from 'node:module'; import { writeSync } from 'node:fs'; registerHooks({ ${hooks} })`
  const hooked = [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(preload)}`]
  return { ...server, ...(await server.start([...hooked, join(root, 'server.ts')])) }
}

/** Prints when modules load whose time of loading matters. */
const printModules = `load(url, context, next) {
  if (/token-verifier|scalekit-sdk|ioredis|opentelemetry|docs.page/.test(url))
    writeSync(1, JSON.stringify({ time: Date.now(), loads: url }) + '\\n')
  return next(url, context)
}`

const docs = /services\/docs\/page\.ts/

/** Finds the times of lines that match, in milliseconds. */
function findTimes(output: string, pattern: RegExp): number[] {
  return output
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line) => JSON.parse(line).time)
}

t.test(
  "the server listens before Scalekit's SDK loads, and the documentation page loads at its first request",
  async (t) => {
    const { output, resource } = await startWithHooks(t, printModules)
    await until(() => /signing keys updated/.test(output()))
    const [listeningAt = 0] = findTimes(output(), /Server listening/)
    const [verifierAt = 0] = findTimes(output(), /plugins\/token-verifier\.ts/)
    const [sdkAt = 0] = findTimes(output(), /@scalekit-sdk\/node\/lib\/index\.js/)
    t.ok(verifierAt > 0 && verifierAt < listeningAt)
    t.ok(sdkAt >= listeningAt)
    for (const unused of [docs, /ioredis/, /@opentelemetry\/(sdk|exporter)/]) {
      t.same(findTimes(output(), unused), [])
    }

    const pages = await Promise.all(
      ['GET', 'GET', 'HEAD'].map((method) => fetch(`${resource}/docs`, { method }))
    )
    t.same(
      pages.map(({ status, headers }) => [status, headers.get('content-type')]),
      Array(3).fill([200, 'text/html; charset=utf-8'])
    )
    const [first = '', second, head] = await Promise.all(pages.map((page) => page.text()))
    t.match(first, '</html>')
    t.equal(second, first)
    t.equal(head, '')
    t.equal(findTimes(output(), docs).length, 1, 'the page loads once')
  }
)

t.test("requests that arrive while Scalekit's SDK blocks the process are answered", async (t) => {
  const blockSdk = `load(url, context, next) {
    if (url.endsWith('@scalekit-sdk/node/lib/index.js')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000)
    return next(url, context)
  }`
  const { post } = await startWithHooks(t, blockSdk, { OVERLOAD_EVENT_LOOP_DELAY_MS: '400' })

  const send = (headers?: Record<string, string>) => post(callNews({ ticker: 'AAPL' }), headers)
  const responses = await Promise.all([
    send(),
    send(),
    send({ authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' })
  ])

  t.same(
    responses.map(({ status }) => status),
    [200, 200, 401]
  )
  for (const response of responses.slice(0, 2))
    t.match(await response.json(), { result: { structuredContent: { ticker: 'AAPL' } } })
})

t.test("SIGTERM while Scalekit's SDK loads: exits with 0", async (t) => {
  const { child, ended } = await startWithHooks(t, printModules)

  child.kill('SIGTERM')

  t.match(await ended, { code: 0, signal: null, err: '' })
})

t.test('a server at rest returns the memory that only its start needed', async (t) => {
  const { start } = await prepareServer(t, await startUpstream(t))
  const { child, ended } = await start()

  await until(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    const [resident = 0, peak = 0] = ['VmRSS', 'VmHWM'].map((name) =>
      Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1])
    )
    return resident < peak - 20_000
  })

  child.kill('SIGTERM')
  t.match(await ended, { code: 0, err: '' })
})

t.test("Scalekit's SDK cannot load: a warning, and 503 for tokens", async (t) => {
  const missing = "if (name === '@scalekit-sdk/node') throw new Error('the package is damaged')"
  const { post, output } = await startWithHooks(
    t,
    `resolve(name, context, next) { ${missing}; return next(name, context) }`
  )

  const response = await post(callNews({ ticker: 'AAPL' }))

  t.equal(response.status, 503)
  t.match(await response.json(), { error: 'temporarily_unavailable' })
  await until(() => /"level":40.*the package is damaged.*"msg":"signing keys not fetched/.test(output()))
})
