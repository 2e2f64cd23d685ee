import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { callNews, temporaryFolder } from './helper.ts'
import { choosePorts, root, run } from './process.ts'

/** The server in local mode as a process, and a connection to it on which `text` was sent. */
async function startWithConnection(t: Test, text: string, environment: Record<string, string>) {
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
  await fetch(`http://localhost:${ports.PORT}/healthz`)
  return { child, ended }
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
    const request = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{'
    const { child, ended } = await startWithConnection(t, request, { SHUTDOWN_GRACE_MS: '100' })

    child.kill('SIGTERM')
    const { code } = await ended

    t.equal(code, 0)
  }
)
