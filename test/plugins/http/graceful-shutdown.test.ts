import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { prepareServer, root } from '../../support/process.ts'
import { callNews } from '../../support/rpc.ts'
import { until } from '../../support/until.ts'

const unusedUpstream = { url: 'http://127.0.0.1:9' }
/** A request that never arrives completely. */
const halfRequest = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{'

/** Connects to the server at `resource`, and sends `text`. */
async function open(t: Test, resource: string, text = '') {
  const socket = connect(Number(new URL(resource).port), 'localhost').on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(text)
  // An answer on a later connection shows that the server has accepted this one.
  await fetch(new URL('/healthz', resource))
  return socket
}

t.test('grace period over: open requests get a 503, and incomplete ones are disconnected', async (t) => {
  const called = Promise.withResolvers<void>()
  const silent = createServer(() => called.resolve()).listen(0, '127.0.0.1')
  t.teardown(() => silent.close().closeAllConnections())
  await once(silent, 'listening')
  const { start, post, resource, token } = await prepareServer(
    t,
    { url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` },
    { ALPHA_VANTAGE_TIMEOUT_MS: '30000', SHUTDOWN_GRACE_MS: '100' }
  )
  const { child, ended } = await start()
  await open(
    t,
    resource,
    halfRequest.replace('\r\n', `\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n`)
  )
  const answer = post(callNews({ ticker: 'AAPL' }))
  await called.promise

  child.kill('SIGTERM')

  const response = await answer
  t.equal(response.status, 503)
  t.match(await response.json(), { id: 1, error: { code: -32000, message: /shutting down/ } })
  const { code, out } = await ended
  t.equal(code, 0)
  t.match(out, /"sub":"usr_1".*"status":499.*"msg":"request cut off"/)
})

// Well below Node's own timeout for silent connections.
t.test('graceful shutdown', { timeout: 30_000 }, async (t) => {
  const { start, resource } = await prepareServer(t, unusedUpstream, {
    SHUTDOWN_DELAY_MS: '2000',
    SHUTDOWN_GRACE_MS: '600000'
  })
  const { child, ended, written } = await start()
  await open(t, resource)
  const older = await open(
    t,
    resource,
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n'
  )
  let received = ''
  older.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  child.kill('SIGTERM')

  await t.test('SHUTDOWN_DELAY_MS: readiness is off, requests are still accepted', async (t) => {
    let readiness = await fetch(new URL('/readyz', resource))
    await until(async () => {
      readiness = await fetch(new URL('/readyz', resource))
      return readiness.status !== 200
    })
    t.match(await readiness.json(), { status: 'not ready', checks: { process: 'ending' } })
    t.equal((await fetch(resource, { method: 'POST' })).status, 401, 'MCP still answers')
  })

  await t.test('later request on an open connection: 503 with Retry-After', async (t) => {
    await written(/shutting down: waiting for open requests/)

    older.write('\r\n')
    await once(older, 'close')

    const [first, second = ''] = received.split(/(?<=\})(?=HTTP)/)
    t.match(first, /^HTTP\/1.1 200 /)
    t.match(second, /^HTTP\/1.1 503 /)
    t.match(second, /^connection: close\r$/im)
    t.match(second, /^retry-after: 1\r$/im)
    t.match(second, /"error":"temporarily_unavailable".*Send the request again/)
  })

  await t.test('connection without a request: does not delay the shutdown', async (t) => {
    t.equal((await ended).code, 0)
  })

  await t.test('log without a terminal: JSON lines', async (t) => {
    const { out } = await ended
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    t.match(
      lines.find(({ msg }) => /Server listening/.test(msg)),
      { level: 30 }
    )
  })
})

/** Code that makes a process fail unexpectedly. */
const failures = {
  'an uncaught error': "throw new Error('BOOM')",
  'an unhandled rejection': "Promise.reject(new Error('BOOM'))"
}
for (const [name, failure] of Object.entries(failures)) {
  t.test(`${name} is logged once, and the process exits with 1`, async (t) => {
    // A signal that the server does not handle.
    const preload = `data:text/javascript,process.on('SIGWINCH', () => { ${failure} })`
    const { start } = await prepareServer(t, unusedUpstream)
    const { child, ended } = await start([process.execPath, '--import', preload, join(root, 'server.ts')])

    child.kill('SIGWINCH')
    const { code, out, err } = await ended

    t.equal(code, 1)
    const lines = `${out}${err}`.split('\n').filter((line) => line.includes('BOOM'))
    t.equal(lines.length, 1, lines.join('\n'))
    t.match(JSON.parse(lines[0] ?? '{}'), { level: 60, err: { message: 'BOOM', stack: /Error: BOOM/ } })
  })
}

t.test('second signal: the process exits immediately', async (t) => {
  const { start, resource } = await prepareServer(t, unusedUpstream, { SHUTDOWN_GRACE_MS: '600000' })
  const { child, ended, written } = await start()
  await open(t, resource, halfRequest)
  child.kill('SIGTERM')
  await written(/shutdown requested/)

  child.kill('SIGTERM')

  t.equal((await ended).code, 1)
})

const script = spawnSync('script', ['--version']).status === 0
t.test(
  'log in a terminal: readable lines',
  { skip: script ? false : 'script(1) is not installed' },
  async (t) => {
    const { start } = await prepareServer(t, unusedUpstream)
    const server = `${process.execPath} ${join(root, 'server.ts')}`
    const { child, ended } = await start(['script', '--quiet', '--return', '--command', server, '/dev/null'])

    if (child.pid) process.kill(-child.pid, 'SIGTERM')

    t.match((await ended).out, /^\[[\d:.]+\] .*INFO.*: .*Server listening/m)
  }
)

t.test('log lines: written while the server waits, and the last ones before the process exits', async (t) => {
  const { start, resource } = await prepareServer(t, unusedUpstream)
  const { child, written, ended } = await start()

  await (await fetch(resource)).text()
  await written(/"path":"\/mcp".*"msg":"request completed"/)
  child.kill('SIGTERM')

  const { out } = await ended
  t.match(out, /"msg":"shutdown requested".*"msg":"shutting down: waiting for open requests"/s)
})
