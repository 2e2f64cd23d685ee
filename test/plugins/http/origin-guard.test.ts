import { subscribe } from 'node:diagnostics_channel'
import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { z } from 'zod'
import { defineTool } from '../../../services/mcp/primitives/tool.ts'
import { startServer } from '../../support/server.ts'

/** The routes of every Fastify instance, as `METHOD /path`; one that two registrations share is there once. */
const routes = new Map<FastifyInstance, Set<string>>()
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  const own = new Set<string>()
  routes.set(fastify, own)
  fastify.addHook('onRoute', ({ method, path }) => {
    for (const one of [method].flat()) own.add(`${one} ${path}`)
  })
})

const metadataPath = '/.well-known/oauth-protected-resource/mcp'

t.test(
  'RFC 9728, section 3: the metadata, at the path-inserted URL and at the root, with any last slash',
  async (t) => {
    const { url, resource, issuer } = await startServer(t)

    for (const path of [metadataPath, `${metadataPath}/`, '/.well-known/oauth-protected-resource']) {
      const response = await fetch(url + path, { headers: { origin: 'https://any.example.com' } })
      t.equal(response.status, 200, path)
      t.match(response.headers.get('content-type'), 'application/json')
      t.match(response.headers.get('cache-control'), /^public, max-age=\d+$/)
      t.equal(response.headers.get('access-control-allow-origin'), '*')
      t.same(await response.json(), {
        authorization_servers: [issuer],
        bearer_methods_supported: ['header'],
        resource,
        resource_documentation: `${resource}/docs`,
        scopes_supported: ['news:read']
      })
    }
  }
)

t.test('other well-known paths, and paths that only look like known ones, are plain 404s', async (t) => {
  const { url } = await startServer(t)

  for (const path of [
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-protected-resource/other',
    '/mcp/.well-known/oauth-protected-resource',
    '/mcp/other',
    '/'
  ]) {
    const response = await fetch(url + path)
    t.equal(response.status, 404, path)
    t.equal(response.headers.get('www-authenticate'), null)
    t.match(await response.json(), { error: 'not_found' })
  }
})

t.test('preflights pass without a token; what clients have to read is exposed', async (t) => {
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
  const refused = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { origin: 'https://app.example.com' }
  })
  const exposed = refused.headers.get('access-control-expose-headers') ?? ''
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
  'ALLOWED_ORIGINS: * allows any, without credentials; absent, the server itself and loopback',
  async (t) => {
    const any = await startServer(t, { ALLOWED_ORIGINS: '*' })
    const own = await startServer(t, { SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp' })
    const allowed = async (url: string, origin: string) => {
      const { headers } = await fetch(`${url}/mcp`, { method: 'POST', headers: { origin } })
      t.equal(headers.get('access-control-allow-credentials'), null)
      return headers.get('access-control-allow-origin')
    }

    t.equal(await allowed(any.url, 'https://anyone.example.com'), '*')
    t.equal(await allowed(own.url, 'https://news.example.com'), 'https://news.example.com')
    for (const origin of ['http://localhost:6274', 'http://127.0.0.1:3000', 'http://[::1]:80']) {
      t.equal(await allowed(own.url, origin), origin)
    }
    t.equal(await allowed(own.url, 'http://localhost.evil.example.com'), null)
    t.equal(await allowed(own.url, 'https://anyone.example.com'), null)
  }
)

t.test('/healthz says that the process is up', async (t) => {
  const { url } = await startServer(t)

  const response = await fetch(`${url}/healthz`)

  t.equal(response.status, 200)
  t.same(await response.json(), { status: 'ok' })
})

t.test("the README's table of routes is complete, and says truly which are protected", async (t) => {
  const server = await startServer(t)
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| `([A-Z]+) (\S+)` \| (public|protected) \|/gm)]
  const documented = rows.map(([, method, path]) => `${method} ${path}`)

  t.same(documented.toSorted(), [...(routes.get(server.app) ?? [])].toSorted())
  for (const [, method = '', path = '', who] of rows) {
    for (const slash of path === '*' ? [''] : ['', '/']) {
      const response = await fetch(server.url + path.replace('*', '/mcp') + slash, { method })
      t.equal(response.status === 401, who === 'protected', `${method} ${path}${slash} is ${who}`)
    }
  }
})

t.test('a fault of the server: 500 that tells nothing, and a log that tells all', async (t) => {
  let isBroken = false
  const faulty = defineTool({
    name: 'faulty',
    title: 'Faulty',
    description: 'Has a fault.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    get scopes() {
      if (isBroken) throw new Error('an inner detail')
      return []
    },
    inputSchema: z.object({}),
    outputSchema: z.object({}),
    handler: async () => ({ text: '', structuredContent: {} })
  })
  const { post, log } = await startServer(t, {}, { tools: [faulty] })
  isBroken = true

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'faulty' } })

  t.equal(response.status, 500)
  t.same(await response.json(), {
    error: 'server_error',
    error_description: 'The server failed. Give its operator the X-Request-Id of this response.'
  })
  t.match(log.join(''), 'an inner detail')
})
