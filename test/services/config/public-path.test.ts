import { once } from 'node:events'
import { createServer, request } from 'node:http'
import t, { type Test } from 'tap'
import { connectClient, connectModernClient } from '../../support/clients.ts'
import { freePort } from '../../support/ports.ts'
import { startServer } from '../../support/server.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

/** Starts a server whose resource identifier has `path`, and an authorization server that publishes its metadata. */
async function startAtPath(t: Test, path: string) {
  const resource = `https://news.example.com${path}`
  const server = await startServer(t, { SCALEKIT_RESOURCE_NAME: resource })
  server.keyServer.answerOther = (response) => response.end(JSON.stringify({ issuer: server.issuer }))
  return { ...server, resource }
}

/** The resource identifier's path, and paths that proxies forward: each path, and the route that answers it. */
const paths: Record<string, Record<string, string>> = {
  '/finance/mcp': {
    '/finance/mcp': 'mcp',
    '/finance/mcp/': 'mcp',
    '/finance/mcp?x=1': 'mcp',
    '/mcp': 'mcp',
    '/finance/mcp/docs': 'docs',
    '/mcp/docs': 'docs',
    '/finance': 'home',
    '/finance/': 'home',
    '/finance?x=1': 'home',
    '/': 'home',
    '/.well-known/oauth-protected-resource/finance/mcp': 'resource',
    '/.well-known/oauth-protected-resource/finance/mcp/': 'resource',
    '/.well-known/oauth-protected-resource/mcp': 'resource',
    '/.well-known/oauth-protected-resource': 'resource',
    '/finance/.well-known/oauth-protected-resource/mcp': 'resource',
    '/.well-known/oauth-authorization-server/finance/mcp': 'server',
    '/.well-known/oauth-authorization-server': 'server',
    '/finance/mcp/.well-known/oauth-authorization-server': 'server',
    '/finance/healthz': 'health',
    '/financemcp': 'none',
    '/finance/other': 'none',
    '/finances/mcp': 'none',
    '/other/finance/mcp': 'none',
    '/.well-known/oauth-protected-resource/finance/other': 'none'
  },
  '/v1/news:beta/a%20b*/': {
    '/v1/news:beta/a%20b*': 'mcp',
    '/v1/news:beta/a%20b*/': 'mcp',
    '/v1/news:beta/a%20b*?x=1': 'mcp',
    '/mcp': 'mcp',
    '/v1/news:beta/a%20b*/docs': 'docs',
    '/.well-known/oauth-protected-resource/v1/news:beta/a%20b*': 'resource',
    '/.well-known/oauth-protected-resource/v1/news:beta/a%20b*/': 'resource',
    '/.well-known/oauth-authorization-server/v1/news:beta/a%20b*': 'server',
    '/v1/news:beta/a%20b*/.well-known/oauth-authorization-server': 'server',
    '/v1/newsXbeta/a%20b*': 'none',
    '/v1/news:beta/a%20bc': 'none'
  },
  '': {
    '/': 'mcp',
    '/?x=1': 'mcp',
    '/mcp': 'mcp',
    '/docs': 'docs',
    '/mcp/docs': 'docs',
    '/.well-known/oauth-protected-resource': 'resource',
    '/.well-known/oauth-authorization-server': 'server',
    '/healthz': 'health',
    '/other': 'none'
  }
}

for (const [path, expected] of Object.entries(paths)) {
  t.test(`resource with the path ${path || '/'}: reached at it, and at /mcp`, async (t) => {
    const { post, url, resource, issuer } = await startAtPath(t, path)

    for (const [requested, route] of Object.entries(expected)) {
      if (route === 'mcp') {
        t.match(await (await post(ping, {}, requested)).json(), { result: {} }, requested)
        const rejected = await fetch(url + requested, { method: 'POST' })
        t.equal(rejected.status, 401, `${requested} is protected`)
        continue
      }
      const response = await fetch(url + requested, {
        headers: { accept: 'text/html' },
        redirect: 'manual'
      })
      const body = await response.text()
      if (route === 'docs') t.match(body, `<code data-copy="the endpoint">${resource}</code>`, requested)
      else if (route === 'home') {
        t.equal(response.headers.get('location'), `${new URL(resource).pathname}/docs`, requested)
      } else if (route === 'none') t.equal(response.status, 404, requested)
      else {
        const documents: Record<string, object> = { resource: { resource }, server: { issuer } }
        t.match(JSON.parse(body), documents[route] ?? { status: 'ok' }, requested)
        const allowed = response.headers.get('access-control-allow-origin')
        t.equal(allowed, route === 'health' ? null : '*', requested)
      }
    }
  })
}

t.test('resource with a path: the challenge and the error for unknown paths name it', async (t) => {
  const { url } = await startAtPath(t, '/finance/mcp')

  const challenge = (await fetch(`${url}/finance/mcp`, { method: 'POST' })).headers.get('www-authenticate')
  const notFound = await (await fetch(`${url}/finance/other`)).json()

  t.match(
    challenge,
    'resource_metadata="https://news.example.com/.well-known/oauth-protected-resource/finance/mcp"'
  )
  t.match(notFound, {
    error_description: /MCP is at \/finance\/mcp, the documentation at \/finance\/mcp\/docs/
  })
})

t.test(
  'resource at the root: a browser gets the documentation, a client that opens a stream gets 405',
  async (t) => {
    const { url, token } = await startAtPath(t, '/')
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }

    const page = await fetch(url, { headers: { accept: 'text/html' }, redirect: 'manual' })
    const stream = await fetch(url, { headers })

    t.equal(page.headers.get('location'), '/docs')
    t.equal(stream.status, 405)
    t.equal((await fetch(url, { method: 'DELETE', headers })).status, 405)
  }
)

/** Starts a proxy on `port` that forwards the path of each request as `toUpstreamPath` maps it. */
async function startProxy(
  t: Test,
  {
    port,
    serverPort,
    toUpstreamPath
  }: { port: number; serverPort: number; toUpstreamPath: (path: string) => string }
) {
  const proxy = createServer((incoming, response) => {
    const { method, url = '', headers } = incoming
    const path = toUpstreamPath(url)
    const outgoing = request({ host: 'localhost', port: serverPort, method, path, headers }, (answer) =>
      answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers))
    )
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  await once(proxy.listen(port, 'localhost'), 'listening')
  t.teardown(() => {
    proxy.closeAllConnections()
    return new Promise((resolve) => proxy.close(resolve))
  })
}

const proxies: Record<string, (path: string) => string> = {
  'passes the prefix': (path) => path,
  'removes the prefix': (path) => path.replace(/^\/finance(?=\/)/, '')
}

for (const [name, toUpstreamPath] of Object.entries(proxies)) {
  t.test(
    `proxy that ${name}: clients of both eras discover the authorization server, and connect`,
    async (t) => {
      const { discoverOAuthServerInfo, extractWWWAuthenticateParams } = await import(
        '@modelcontextprotocol/sdk/client/auth.js'
      )
      const port = await freePort()
      const resource = `http://localhost:${port}/finance/mcp`
      const server = await startServer(t, { SCALEKIT_RESOURCE_NAME: resource })
      await startProxy(t, { port, serverPort: server.port, toUpstreamPath })

      const challenge = extractWWWAuthenticateParams(await fetch(resource, { method: 'POST' }))
      const { resourceMetadata, authorizationServerUrl } = await discoverOAuthServerInfo(resource)
      const tools = await (await connectClient(t, resource, server.token)).listTools()
      const modernTools = await (await connectModernClient(t, resource, server.token)).listTools()
      const home = await fetch(`http://localhost:${port}/finance/`, { headers: { accept: 'text/html' } })

      t.equal(
        challenge.resourceMetadataUrl?.href,
        `http://localhost:${port}/.well-known/oauth-protected-resource/finance/mcp`
      )
      t.match(resourceMetadata, { resource })
      t.equal(authorizationServerUrl, server.issuer)
      t.equal(modernTools.tools.length, tools.tools.length)
      t.equal(home.url, `${resource}/docs`)
      t.equal(home.status, 200)
    }
  )
}
