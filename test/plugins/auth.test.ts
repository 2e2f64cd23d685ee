import { request } from 'node:http'
import t from 'tap'
import { connectClient } from '../support/clients.ts'
import { startServer, type TestServer } from '../support/server.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

function metadataUrl(server: TestServer) {
  return `${server.url}/.well-known/oauth-protected-resource/mcp`
}

t.test(
  'no token, another scheme or an empty token: 401 with a challenge without an error code',
  async (t) => {
    const server = await startServer(t)
    const challenge = `Bearer resource_metadata="${metadataUrl(server)}", scope="news:read"`

    for (const authorization of [undefined, 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer ', 'bearer', 'token']) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      const response = await fetch(server.resource, { method: 'POST', headers })

      t.equal(response.status, 401, String(authorization))
      t.equal(response.headers.get('www-authenticate'), challenge)
      t.match(await response.json(), { error: 'unauthorized', error_description: /access token is required/ })
    }
  }
)

t.test('scheme in any case: 200', async (t) => {
  const { post, token } = await startServer(t)

  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const response = await post(ping, { authorization: `${scheme} ${token}` })
    t.equal(response.status, 200, scheme)
  }
})

t.test('header with the value authorization: does not count as an Authorization header', async (t) => {
  const { post } = await startServer(t)

  const headers = { 'cache-control': 'no-cache', 'x-header': 'authorization' }
  const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping' }, headers)

  t.equal(response.status, 200)
})

t.test('two Authorization headers: 400 invalid_request', async (t) => {
  const { port, token } = await startServer(t)

  const { status, body } = await new Promise<{ status: number | undefined; body: string }>(
    (resolve, reject) => {
      const headers = [
        'Host',
        `localhost:${port}`,
        'Authorization',
        `Bearer ${token}`,
        'Authorization',
        'Bearer other'
      ]
      request({ host: 'localhost', port, path: '/mcp', method: 'POST', headers }, async (response) => {
        resolve({
          status: response.statusCode,
          body: (await response.setEncoding('utf8').toArray()).join('')
        })
      })
        .on('error', reject)
        .end()
    }
  )

  t.equal(status, 400)
  t.match(JSON.parse(body), { error: 'invalid_request' })
})

t.test('malformed token: 400 invalid_request', async (t) => {
  const { post } = await startServer(t)

  for (const credentials of ['a b', 'a,b', '"quoted"']) {
    const response = await post(ping, { authorization: `Bearer ${credentials}` })
    t.equal(response.status, 400, credentials)
    t.match(response.headers.get('www-authenticate'), /error="invalid_request"/)
  }
})

t.test('tokens for another server, expired or incomplete: 401 with error="invalid_token"', async (t) => {
  const server = await startServer(t)
  const { post, signToken, environmentUrl, token } = server
  const [head, , signature] = token.split('.')
  const past = Math.floor(Date.now() / 1000) - 1
  const invalid: Record<string, string> = {
    garbage: 'garbage',
    'an altered payload': `${head}.${Buffer.from('{"sub":"usr_2"}').toString('base64url')}.${signature}`,
    'a foreign audience': await signToken({ aud: 'https://other.example.com/mcp' }),
    'no audience': await signToken({ aud: undefined }),
    'a foreign issuer': await signToken({ iss: 'https://other.scalekit.com' }),
    'a look-alike issuer': await signToken({ iss: `${environmentUrl}/resources/res_test2` }),
    'no issuer': await signToken({ iss: undefined }),
    'an exp in the past': await signToken({ exp: past }),
    'no exp': await signToken({ exp: undefined }),
    'an nbf in the future': await signToken({ nbf: past + 600 }),
    'no subject': await signToken({ sub: undefined })
  }

  for (const [name, token] of Object.entries(invalid)) {
    const response = await post(ping, { authorization: `Bearer ${token}` })
    t.equal(response.status, 401, name)
    const challenge = response.headers.get('www-authenticate') ?? ''
    t.match(challenge, /^Bearer error="invalid_token", error_description="[^"]+", /, name)
    t.ok(challenge.includes(`resource_metadata="${metadataUrl(server)}", scope="news:read"`), name)
    t.match(await response.json(), { error: 'invalid_token' })
  }
})

t.test('valid token without the scope: 403 insufficient_scope with the scope to request', async (t) => {
  const server = await startServer(t)

  for (const claims of [
    { scope: 'openid' },
    { scope: undefined },
    { scope: 'news:read2' },
    { scope: 'NEWS:READ' }
  ]) {
    const response = await server.post(ping, { authorization: `Bearer ${await server.signToken(claims)}` })
    t.equal(response.status, 403)
    const challenge = response.headers.get('www-authenticate') ?? ''
    t.match(challenge, /^Bearer error="insufficient_scope", /)
    t.ok(challenge.endsWith(`resource_metadata="${metadataUrl(server)}", scope="news:read"`))
    t.match(await response.json(), { error: 'insufficient_scope' })
  }
})

t.test('issuer, audience and scopes in each form that Scalekit uses: 200', async (t) => {
  const { post, signToken, environmentUrl, resource } = await startServer(t)
  const valid: Record<string, string> = {
    'the older issuer': await signToken({ iss: environmentUrl }),
    'the resource as the only audience': await signToken({ aud: resource }),
    'the resource with a trailing slash': await signToken({ aud: [`${resource}/`] }),
    'the resource ID alone': await signToken({ aud: ['res_test'] }),
    'a machine with a list of scopes': await signToken({
      sub: 'm2m_1',
      scope: undefined,
      scopes: ['news:read']
    })
  }

  for (const [name, token] of Object.entries(valid)) {
    const response = await post(ping, { authorization: `Bearer ${token}` })
    t.equal(response.status, 200, name)
  }
})

t.test('token in the query string: 401, and it is not logged', async (t) => {
  const { url, token, log } = await startServer(t)

  const response = await fetch(`${url}/mcp?access_token=${token}`, { method: 'POST' })

  t.equal(response.status, 401)
  t.notMatch(log.join(''), token)
})

t.test('authenticated request: the tool handler gets the caller', async (t) => {
  const server = await startServer(t)
  const exp = Math.floor(Date.now() / 1000) + 60
  const token = await server.signToken({
    sub: 'usr_9',
    client_id: 'm2m_9',
    oid: 'org_9',
    scope: 'news:read',
    scopes: ['a'],
    jti: 'jti_9',
    exp
  })
  const [tool] = server.app.mcp.catalog.tools
  if (!tool) throw new Error('the catalog is empty')
  const calls = t.capture(tool, 'handler', tool.handler)
  const client = await connectClient(t, server.resource, token)

  await client.callTool({ name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } })

  const { tokenHash, ...caller } = calls()[0]?.args[1].auth ?? {}
  t.match(tokenHash, /^[\w-]{43}$/)
  t.same(caller, {
    subject: 'usr_9',
    clientId: 'm2m_9',
    organization: 'org_9',
    scopes: ['news:read', 'a'],
    expiresAt: exp,
    tokenId: 'jti_9'
  })
})

t.test('rejected request: logged with the reason and without the token', async (t) => {
  const { post, signToken, log } = await startServer(t)
  const token = await signToken({ scope: 'openid' })

  await post(ping, { authorization: `Bearer ${token}` })

  t.match(log.join(''), '"reason":"insufficient_scope"')
  t.notMatch(log.join(''), token)
})
