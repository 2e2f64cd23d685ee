import t from 'tap'
import { startServer } from '../support/server.ts'

const metadataPath = '/.well-known/oauth-protected-resource/mcp'

t.test(
  'RFC 9728, section 3: metadata at the path-inserted URL and at the root, with or without a trailing slash',
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

t.test('other well-known paths, and similar paths: 404', async (t) => {
  const { url } = await startServer(t)

  for (const path of [
    // Clients ask for it only if there is no oauth-authorization-server.
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
    '/.well-known/oauth-protected-resource/other',
    '/.well-known/oauth-authorization-server/other',
    '/mcp/.well-known/oauth-protected-resource',
    '/mcp/other'
  ]) {
    const response = await fetch(url + path)
    t.equal(response.status, 404, path)
    t.equal(response.headers.get('www-authenticate'), null)
    t.match(await response.json(), { error: 'not_found' })
  }
})
