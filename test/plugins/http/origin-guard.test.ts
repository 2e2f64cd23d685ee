import { once } from 'node:events'
import { request } from 'node:http'
import t from 'tap'
import { startServer } from '../../support/server.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

t.test('Origin not allowed: 403 at /mcp, before the token is verified', async (t) => {
  const { post, url } = await startServer(t, { ALLOWED_ORIGINS: 'https://app.example.com' })

  for (const origin of [
    'https://evil.example.com',
    'null',
    'https://app.example.com.evil.com',
    'http://localhost:6274'
  ]) {
    const response = await post(ping, { origin })
    t.equal(response.status, 403, origin)
    t.match(await response.json(), { error: 'forbidden', error_description: /ALLOWED_ORIGINS/ })
  }
  t.equal((await post(ping, { origin: 'https://app.example.com' })).status, 200)
  t.equal((await fetch(`${url}/healthz`, { headers: { origin: 'https://evil.example.com' } })).status, 200)
})

async function statusForHost(port: number, token: string, host: string): Promise<number | undefined> {
  const headers = { host, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const sent = request({ host: 'localhost', port, path: '/mcp', method: 'POST', headers }).end(
    JSON.stringify(ping)
  )
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

t.test('Host not allowed: 403 when bound to loopback', async (t) => {
  const { port, token } = await startServer(t, { ALLOWED_HOSTS: 'news.local' })

  for (const host of ['localhost', `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST:1', 'news.local']) {
    t.equal(await statusForHost(port, token, host), 200, host)
  }
  for (const host of ['evil.example.com', `localhost.evil.com:${port}`, '127.0.0.1.evil.com', 'a b']) {
    t.equal(await statusForHost(port, token, host), 403, host)
  }
})

t.test(
  'ALLOWED_HOSTS: 403 for other hosts; unset, any host; the host of the resource is always allowed',
  async (t) => {
    const open = await startServer(t, { HOST: '0.0.0.0' })
    const listed = await startServer(t, {
      HOST: '0.0.0.0',
      ALLOWED_HOSTS: 'a.example.com, b.example.com',
      SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp',
      SCALEKIT_AUDIENCE_NAME: 'x'
    })
    const token = await listed.signToken({ aud: 'x' })

    t.equal(await statusForHost(open.port, open.token, 'anything.example.com'), 200)
    for (const host of ['a.example.com', 'B.example.com:443', 'news.example.com']) {
      t.equal(await statusForHost(listed.port, token, host), 200, host)
    }
    for (const host of ['c.example.com', 'localhost'])
      t.equal(await statusForHost(listed.port, token, host), 403, host)
  }
)
