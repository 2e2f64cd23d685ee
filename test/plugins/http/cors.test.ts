import t from 'tap'
import { startServer } from '../../support/server.ts'

const metadataPath = '/.well-known/oauth-protected-resource/mcp'

t.test('preflight: passes without a token, and exposes the headers that clients read', async (t) => {
  const { url } = await startServer(t, {
    ALLOWED_ORIGINS: 'https://app.example.com, https://two.example.com'
  })
  const preflight = (path: string, origin: string) =>
    fetch(url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,mcp-protocol-version'
      }
    })

  for (const origin of ['https://app.example.com', 'https://two.example.com']) {
    for (const path of ['/mcp', '/mcp/']) {
      const response = await preflight(path, origin)
      t.equal(response.status, 204)
      t.equal(response.headers.get('access-control-allow-origin'), origin)
      t.match(response.headers.get('access-control-allow-methods'), 'POST')
      t.match(
        response.headers.get('access-control-allow-headers'),
        'authorization,content-type,mcp-protocol-version'
      )
      t.equal(response.headers.get('access-control-allow-credentials'), null)
    }
  }
  const rejected = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { origin: 'https://app.example.com' }
  })
  const exposed = rejected.headers.get('access-control-expose-headers') ?? ''
  for (const name of [
    'RateLimit-Remaining',
    'RateLimit-Reset',
    'WWW-Authenticate',
    'Mcp-Session-Id',
    'MCP-Protocol-Version',
    'Retry-After',
    'RateLimit-Limit'
  ]) {
    t.ok(exposed.includes(name), name)
  }
  for (const origin of ['https://evil.example.com', 'http://localhost:6274', 'null']) {
    const response = await preflight('/mcp', origin)
    t.equal(response.headers.get('access-control-allow-origin'), null, origin)
    t.equal((await preflight(metadataPath, origin)).headers.get('access-control-allow-origin'), '*', origin)
  }
})

t.test(
  'ALLOWED_ORIGINS: * allows any origin without credentials; by default its own origin and loopback',
  async (t) => {
    const wildcard = await startServer(t, { ALLOWED_ORIGINS: '*' })
    const byDefault = await startServer(t, { SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp' })
    const findAllowedOrigin = async (url: string, origin: string) => {
      const { headers } = await fetch(`${url}/mcp`, { method: 'POST', headers: { origin } })
      t.equal(headers.get('access-control-allow-credentials'), null)
      return headers.get('access-control-allow-origin')
    }

    t.equal(await findAllowedOrigin(wildcard.url, 'https://anyone.example.com'), '*')
    t.equal(await findAllowedOrigin(byDefault.url, 'https://news.example.com'), 'https://news.example.com')
    for (const origin of ['http://localhost:6274', 'http://127.0.0.1:3000', 'http://[::1]:80']) {
      t.equal(await findAllowedOrigin(byDefault.url, origin), origin)
    }
    t.equal(await findAllowedOrigin(byDefault.url, 'http://localhost.evil.example.com'), null)
    t.equal(await findAllowedOrigin(byDefault.url, 'https://anyone.example.com'), null)
  }
)
