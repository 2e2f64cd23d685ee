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

/** One run of the suite: which line of it, what of it, and the revision whose expected failures hold. */
interface Run {
  line: '0.1' | '0.2'
  args: string[]
  revision: Revision
}

const runs: Run[] = [
  { line: '0.1', args: ['--suite', 'active'], revision: '2025-11-25' },
  { line: '0.2', args: ['--requirements', '2025-11-25'], revision: '2025-11-25' },
  { line: '0.2', args: ['--requirements', '2026-07-28'], revision: '2026-07-28' },
  // What the suite's own server fails as yet; the requirements run it, too, but do not judge it.
  { line: '0.2', args: ['--suite', 'pending', '--spec-version', '2025-11-25'], revision: '2025-11-25' },
  { line: '0.2', args: ['--suite', 'pending', '--spec-version', '2026-07-28'], revision: '2026-07-28' }
]

const longestRunMs = 300_000

/** What the suite writes down of one check, as far as it is read here. */
interface Check {
  id: string
  description: string
  status: string
  errorMessage?: string
}

await using ended = new AsyncDisposableStack()
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())

const url = await startBehindProxy()
for (const run of runs) await conform(run)

/** Starts the server with the fixtures, and a proxy in front of it that adds a token; returns the URL of the latter. */
async function startBehindProxy(): Promise<string> {
  const target = { port: 0, token: '' }
  const proxy = createProxy(target)
  proxy.listen(0, 'localhost')
  await once(proxy, 'listening')
  ended.defer(() => {
    proxy.close()
    proxy.closeAllConnections()
  })
  const origin = `http://localhost:${(proxy.address() as AddressInfo).port}`

  const t: Test = { teardown: (end) => ended.defer(end) }
  // Host and Origin pass the proxy as they come: the server is to judge them.
  const { port, token } = await startServer(t, { ALLOWED_ORIGINS: origin }, fixtures)
  Object.assign(target, { port, token })
  return `${origin}/mcp`
}

/** The suite cannot send a token: this adds one to whatever passes. */
function createProxy(target: { port: number; token: string }) {
  return createServer((incoming, outgoing) => {
    const { method, url: path } = incoming
    const headers = { ...incoming.headers, authorization: `Bearer ${target.token}` }
    const passedOn = request({ host: 'localhost', port: target.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders()
      pipeline(answer, outgoing, () => {})
    })
    passedOn.on('error', () => outgoing.destroy())
    // Whoever leaves the proxy leaves the server.
    outgoing.on('close', () => passedOn.destroy())
    incoming.pipe(passedOn)
  })
}

/** A run ends with 1 if something fails that is not expected to, or passes though it is expected to fail. */
async function conform({ line, args, revision }: Run) {
  const results = await mkdtemp(join(tmpdir(), 'conformance-'))
  ended.defer(() => rm(results, { recursive: true }))
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, `node_modules/conformance-${line}/dist/index.js`),
      ...['server', '--url', url, '--output-dir', results, ...args],
      ...['--expected-failures', join(import.meta.dirname, `expected-failures.${revision}.yml`)]
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      signal: AbortSignal.any([interrupted.signal, AbortSignal.timeout(longestRunMs)])
    }
  )
  // Whatever ends this program ends the suite.
  process.once('exit', () => child.kill('SIGKILL'))
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  const scenarios = await readResults(results)
  const passed = scenarios.filter((failures) => failures.length === 0).length
  const expected = output.match(/^ {2}~ /gm)?.length ?? 0
  const unjudged = scenarios.length - passed - expected
  process.stdout.write(
    `${code === 0 ? '✓' : '✗'} ${line} ${args.join(' ')}: ${passed} of ${scenarios.length} scenarios pass, expected failures: ${expected}${code === 0 ? `, not judged: ${unjudged}` : ''}\n`
  )
  if (code === 0) return
  process.exitCode = 1
  // The suite's output names what it did not expect, in lines of their own, and says no more of it.
  for (const [entry, mark, name] of output.matchAll(/^ {2}([✗✓]) (.+)$/gm)) {
    const why = scenarios.flat().filter((failure) => failure.startsWith(`${name}:`))
    const what = mark === '✓' ? ['passes: take it out of the expected failures'] : why
    process.stdout.write(`${[entry, ...what].join('\n      ')}\n`)
  }
}

/** What failed in each scenario that ran; to the suite a warning is a failure, too. */
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
