import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'
import { startServer } from '../support/server.ts'
import type { Test } from '../support/temp.ts'
import { fixtures } from './fixtures.ts'

type Revision = '2025-11-25' | '2026-07-28'

/** A run of the suite: the release line, its arguments, and the revision with its expected failures. */
interface Run {
  line: '0.1' | '0.2'
  args: string[]
  revision: Revision
}

const runs: Run[] = [
  { line: '0.1', args: ['--suite', 'active'], revision: '2025-11-25' },
  { line: '0.2', args: ['--requirements', '2025-11-25'], revision: '2025-11-25' },
  { line: '0.2', args: ['--requirements', '2026-07-28'], revision: '2026-07-28' },
  // Scenarios that the suite's own server does not pass yet. `--requirements` runs them without counting.
  { line: '0.2', args: ['--suite', 'pending', '--spec-version', '2025-11-25'], revision: '2025-11-25' },
  { line: '0.2', args: ['--suite', 'pending', '--spec-version', '2026-07-28'], revision: '2026-07-28' }
]

const maxRunMs = 300_000

/** A check in the suite's results, with the fields that are used here. */
interface Check {
  id: string
  description: string
  status: string
  errorMessage?: string
}

await using cleanup = new AsyncDisposableStack()
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())

const url = await startBehindProxy()
for (const run of runs) await runSuite(run)

/** Starts the server with the fixtures, and a proxy that adds a token. Returns the proxy's URL. */
async function startBehindProxy(): Promise<string> {
  const target = { port: 0, token: '' }
  const proxy = createProxy(target)
  proxy.listen(0, 'localhost')
  await once(proxy, 'listening')
  cleanup.defer(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  const origin = `http://localhost:${(proxy.address() as AddressInfo).port}`

  const t: Test = { teardown: (close) => cleanup.defer(close) }
  // The proxy passes Host and Origin unchanged: the server checks them.
  const { port, token } = await startServer(t, { ALLOWED_ORIGINS: origin }, fixtures)
  Object.assign(target, { port, token })
  return `${origin}/mcp`
}

/** The suite cannot send a token: the proxy adds one to each request. */
function createProxy(target: { port: number; token: string }) {
  return createServer((incoming, outgoing) => {
    const { method, url: path } = incoming
    const headers = { ...incoming.headers, authorization: `Bearer ${target.token}` }
    const forwarded = request({ host: 'localhost', port: target.port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers).flushHeaders()
      pipeline(response, outgoing, () => {})
    })
    forwarded.on('error', () => outgoing.destroy())
    // A client that disconnects from the proxy is disconnected from the server.
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
}

/** Runs the suite. It exits with 1 if a scenario fails unexpectedly, or passes unexpectedly. */
async function runSuite({ line, args, revision }: Run) {
  const results = await mkdtemp(join(tmpdir(), 'conformance-'))
  cleanup.defer(() => rm(results, { recursive: true }))
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, `node_modules/conformance-${line}/dist/index.js`),
      ...['server', '--url', url, '--output-dir', results, ...args],
      ...['--expected-failures', join(import.meta.dirname, `expected-failures.${revision}.yml`)]
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal: AbortSignal.any([interrupted.signal, AbortSignal.timeout(maxRunMs)])
    }
  )
  // The suite must not outlive this process.
  process.once('exit', () => child.kill('SIGKILL'))
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  const scenarios = await readResults(results)
  const passed = scenarios.filter((failures) => failures.length === 0).length
  const expected = output.match(/^ {2}~ /gm)?.length ?? 0
  const notJudged = scenarios.length - passed - expected
  process.stdout.write(
    `${code === 0 ? '✓' : '✗'} ${line} ${args.join(' ')}: ${passed} of ${scenarios.length} scenarios pass, expected failures: ${expected}${code === 0 ? `, not judged: ${notJudged}` : ''}\n`
  )
  if (code === 0) return
  process.exitCode = 1
  // The suite's output lists unexpected results by name only.
  for (const [entry, mark, name] of output.matchAll(/^ {2}([✗✓]) (.+)$/gm)) {
    const failures = scenarios.flat().filter((failure) => failure.startsWith(`${name}:`))
    const details = mark === '✓' ? ['passes: remove it from the expected failures'] : failures
    process.stdout.write(`${[entry, ...details].join('\n      ')}\n`)
  }
}

/** Reads the failed checks of each scenario. The suite counts a warning as a failure. */
async function readResults(folder: string) {
  const runs = await readdir(folder)
  return Promise.all(
    runs.map(async (run) => {
      const name = run.replace(/^server-|-\d{4}-\d\d-\d\dT.*$/g, '')
      const checks: Check[] = JSON.parse(await readFile(join(folder, run, 'checks.json'), 'utf8'))
      const failed = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      return failed.map(
        ({ id, description, errorMessage }) => `${name}:${id}: ${errorMessage ?? description}`
      )
    })
  )
}
