import t from 'tap'
import { cspHash } from '../../services/lib/csp-hash.ts'
import { startServer } from '../support/server.ts'

t.test("Content Security Policy: allows the page's own style and script, and nothing else", async (t) => {
  const { url } = await startServer(t)

  const response = await fetch(`${url}/mcp/docs`)
  const page = await response.text()

  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? []
  const [, script = ''] = /<script>(.*?)<\/script>/s.exec(page) ?? []
  t.equal(response.status, 200)
  t.same(response.headers.get('content-security-policy')?.split(';'), [
    "default-src 'none'",
    `style-src ${cspHash(style)}`,
    `script-src ${cspHash(script)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ])
  t.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
  t.equal(response.headers.get('cache-control'), 'public, max-age=300')
  t.equal(response.headers.get('x-content-type-options'), 'nosniff')
  t.equal(response.headers.get('strict-transport-security'), null, 'the proxy decides on HTTPS')
  const other = await fetch(`${url}/healthz`)
  t.equal(other.headers.get('content-security-policy'), null, 'other routes have no policy')
})

t.test('GET /: a browser is sent to the documentation, a client that accepts no HTML gets 404', async (t) => {
  const { url } = await startServer(t)
  const open = (accept: string) => fetch(url, { headers: { accept }, redirect: 'manual' })

  for (const accept of ['text/html,application/xhtml+xml;q=0.9', '*/*']) {
    const response = await open(accept)
    t.equal(response.status, 302, accept)
    t.equal(response.headers.get('location'), '/mcp/docs')
    t.equal(response.headers.get('vary'), 'Origin, Accept')
  }
  for (const accept of ['text/event-stream', 'application/json']) {
    const response = await open(accept)
    t.equal(response.status, 404, accept)
    t.match(await response.json(), { error: 'not_found', error_description: /MCP is at \/mcp,/ })
  }
  t.equal((await fetch(url, { headers: { accept: 'text/html' } })).url, `${url}/mcp/docs`)
})
