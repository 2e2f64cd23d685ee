import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { callNews, temporaryFolder } from './helper.ts'
import { choosePorts, root, run } from './process.ts'

/** A request that is never there in full. */
const halfRequest = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{'

/** The server in local mode as a process, and a connection to it on which `text` was sent. */
async function startWithConnection(t: Test, text: string, environment: Record<string, string> = {}) {
  const ports = await choosePorts()
  const DATA_DIR = await temporaryFolder(t)
  const { child, ended, written } = run(t, ['node', join(root, 'server.ts')], {
    ...ports,
    ...environment,
    DATA_DIR
  })
  await written(/Ctrl\+C ends it/)
  const socket = connect(Number(ports.PORT), 'localhost').on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(text)
  // The server has seen the connection once it has answered on a later one.
  const url = `http://localhost:${ports.PORT}`
  await fetch(`${url}/healthz`)
  return { child, ended, written, socket, url }
}

t.test('a caller who still waits after the grace period is told that the server ends', async (t) => {
  const asked = Promise.withResolvers<void>()
  const silent = createServer(() => asked.resolve()).listen(0, '127.0.0.1')
  t.teardown(() => silent.close().closeAllConnections())
  await once(silent, 'listening')
  const ports = await choosePorts()
  const { child, ended, written } = run(t, ['node', join(root, 'server.ts')], {
    ...ports,
    ALPHA_VANTAGE_API_KEY: 'KEY',
    ALPHA_VANTAGE_BASE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    ALPHA_VANTAGE_TIMEOUT_MS: '1000',
    SHUTDOWN_GRACE_MS: '100',
    DATA_DIR: await temporaryFolder(t)
  })
  const [, token] = await written(/Bearer ([\w.-]+)[\s\S]*Ctrl\+C ends it/)
  const answer = fetch(`http://localhost:${ports.PORT}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(callNews({ ticker: 'AAPL' }))
  })
  await asked.promise

  child.kill('SIGTERM')

  const response = await answer
  t.equal(response.status, 503)
  t.match(await response.json(), { id: 1, error: { code: -32000, message: /shutting down/ } })
  t.equal((await ended).code, 0)
})

t.test('a connection that never says a word does not hold up the end', async (t) => {
  const { child, ended } = await startWithConnection(t, '', { SHUTDOWN_GRACE_MS: '600000' })

  child.kill('SIGTERM')
  const { code, out } = await ended

  t.equal(code, 0)
  t.match(out, /ending: open requests may finish/)
})

t.test(
  'a request that never arrives in full is cut off after the grace period, and the exit code is 0',
  async (t) => {
    const { child, ended } = await startWithConnection(t, halfRequest, { SHUTDOWN_GRACE_MS: '100' })

    child.kill('SIGTERM')
    const { code } = await ended

    t.equal(code, 0)
  }
)

/** What a process is told to do so that it fails in a way that nobody has foreseen. */
const failures = {
  'an uncaught error': "throw new Error('BOOM')",
  'an unhandled rejection': "Promise.reject(new Error('BOOM'))"
}
for (const [name, failure] of Object.entries(failures)) {
  t.test(`${name} is logged once, and ends the process with code 1`, async (t) => {
    // A signal on which the server does nothing itself.
    const preload = `data:text/javascript,process.on('SIGWINCH', () => { ${failure} })`
    const { child, ended, written } = run(t, ['node', '--import', preload, join(root, 'server.ts')], {
      ...(await choosePorts()),
      DATA_DIR: await temporaryFolder(t)
    })
    await written(/Ctrl\+C ends it/)

    child.kill('SIGWINCH')
    const { code, out, err } = await ended

    t.equal(code, 1)
    const lines = `${out}${err}`.split('\n').filter((line) => line.includes('BOOM'))
    t.equal(lines.length, 1, lines.join('\n'))
    t.match(JSON.parse(lines[0] ?? '{}'), { level: 60, err: { message: 'BOOM', stack: /Error: BOOM/ } })
  })
}

t.test('a second signal ends the process at once', async (t) => {
  const { child, ended } = await startWithConnection(t, halfRequest, { SHUTDOWN_GRACE_MS: '600000' })
  child.kill('SIGTERM')
  await once(child.stdout ?? child, 'data')

  child.kill('SIGTERM')

  t.equal((await ended).code, 1)
})

t.test('readiness goes off first, and requests are still taken for SHUTDOWN_DELAY_MS', async (t) => {
  const { child, ended, url } = await startWithConnection(t, '', { SHUTDOWN_DELAY_MS: '1500' })
  child.kill('SIGTERM')

  let readiness = await fetch(`${url}/readyz`)
  while (readiness.status === 200) readiness = await fetch(`${url}/readyz`)

  t.match(await readiness.json(), { status: 'not ready', checks: { process: 'ending' } })
  const answer = await fetch(`${url}/mcp`, { method: 'POST' })
  t.equal(answer.status, 401, 'MCP is still served')
  t.equal((await ended).code, 0)
})

t.test('what comes after the end has begun, on an older connection: 503, to be sent again', async (t) => {
  const { child, ended, socket, written } = await startWithConnection(
    t,
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n'
  )
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  child.kill('SIGTERM')
  await written(/ending: open requests may finish/)

  socket.write('\r\n')
  await once(socket, 'close')

  const [first, second = ''] = received.split(/(?<=\})(?=HTTP)/)
  t.match(first, /^HTTP\/1.1 200 /)
  t.match(second, /^HTTP\/1.1 503 /)
  t.match(second, /^connection: close\r$/im)
  t.match(second, /^retry-after: 1\r$/im)
  t.match(second, /"error":"temporarily_unavailable".*send the request again/)
  t.equal((await ended).code, 0)
})

const script = spawnSync('script', ['--version']).status === 0
t.test(
  'the log: for people in a terminal, lines of JSON anywhere else',
  { skip: script ? false : 'script(1) is not installed' },
  async (t) => {
    const start = async (command: string[]) => {
      const DATA_DIR = await temporaryFolder(t)
      const { child, ended, written } = run(t, command, { ...(await choosePorts()), DATA_DIR })
      await written(/Server listening/)
      if (child.pid) process.kill(-child.pid, 'SIGTERM')
      return (await ended).out.split('\n').find((line) => line.includes('Server listening')) ?? ''
    }
    const server = `${process.execPath} ${join(root, 'server.ts')}`

    t.match(
      await start(['script', '--quiet', '--return', '--command', server, '/dev/null']),
      /^\[[\d:.]+\] .*INFO.*: .*Server/
    )
    t.match(JSON.parse(await start(server.split(' '))), { level: 30, msg: /Server listening/ })
  }
)
