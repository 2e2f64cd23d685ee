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
    for (const path of ['/mcp', '/mcp/docs', '/healthz', '/unknown']) {
      const response = await preflight(path, origin)
      t.equal(response.status, 204, `${path} from ${origin}`)
      t.equal(response.headers.get('access-control-allow-origin'), null, `${path} from ${origin}`)
    }
    t.equal((await preflight(metadataPath, origin)).headers.get('access-control-allow-origin'), '*', origin)
  }
})

t.test('OPTIONS that is no preflight: 204 without an allowed origin', async (t) => {
  const { url } = await startServer(t)
  const headers = { origin: 'https://evil.example.com' }

  for (const path of ['/mcp', '/mcp/docs', '/healthz', '/unknown', '/']) {
    for (const init of [{}, { headers }]) {
      const response = await fetch(url + path, { method: 'OPTIONS', ...init })
      t.equal(response.status, 204, path)
      t.equal(await response.text(), '')
      t.equal(response.headers.get('access-control-allow-origin'), null, path)
    }
  }
  t.equal((await fetch(`${url}${metadataPath}`, { method: 'OPTIONS' })).status, 204)
})

t.test('ALLOWED_ORIGINS: pages of apps and extensions, and sandboxed ones, may call MCP', async (t) => {
  const origins = [
    'chrome-extension://abcdefghijklmnop',
    'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc',
    'vscode-webview://0k1h3l9v6q',
    'app://obsidian.md',
    'capacitor://localhost:8080',
    'https://app.example.com',
    'http://app.example.com:8080',
    'null'
  ]
  const written = [
    'HTTPS://App.Example.com:443/',
    ...origins.filter((origin) => !origin.startsWith('https:'))
  ]
  const { post, resource, token } = await startServer(t, { ALLOWED_ORIGINS: written.join(', ') })

  for (const origin of origins) {
    const preflight = await fetch(resource, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' }
    })
    t.equal(preflight.status, 204, origin)
    t.equal(preflight.headers.get('access-control-allow-origin'), origin)
    const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping' }, { origin })
    t.equal(response.status, 200, origin)
    t.equal(response.headers.get('access-control-allow-origin'), origin)
  }
  for (const origin of ['chrome-extension://other', 'vscode-file://vscode-app', 'http://app.example.com']) {
    const headers = { origin, authorization: `Bearer ${token}` }
    const response = await fetch(resource, { method: 'POST', headers })
    t.equal(response.status, 403, origin)
    t.equal(response.headers.get('access-control-allow-origin'), null, origin)
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
