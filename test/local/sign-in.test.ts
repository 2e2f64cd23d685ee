import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t from 'tap'
import { openScalekitStore } from '../../local/scalekit/store.ts'
import { requestToken } from '../../local/token.ts'
import { connectClient } from '../support/clients.ts'
import { startLocally } from '../support/local-mode.ts'
import { createOAuthRequests } from '../support/oauth-requests.ts'
import { callback, Person } from '../support/oauth-user.ts'
import { choosePorts } from '../support/process.ts'
import { signIn } from '../support/sign-in.ts'
import { temporaryFolder } from '../support/temp.ts'

t.test('from a 401 through discovery, registration, PKCE, sign-in and consent to news', async (t) => {
  const local = await startLocally(t)
  const person = new Person()

  const client = await signIn(t, local.resource, { person })
  const result = await client.callTool({ name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } })

  t.same(person.pages, ['Sign in', 'Allow access?'])
  t.match(result, { structuredContent: { ticker: 'AAPL', sample_data: true } })

  const token = person.savedTokens?.access_token ?? ''
  const now = Math.floor(Date.now() / 1000)
  t.match(decodeProtectedHeader(token), { alg: 'RS256', kid: /^snk_/ })
  t.match(decodeJwt(token), {
    iss: `${local.scalekit}/resources/res_local`,
    aud: [local.resource, 'res_local'],
    sub: 'usr_ada',
    client_id: /^m2m_/,
    oid: 'org_local',
    scope: 'news:read',
    jti: String
  })
  t.ok(Number(decodeJwt(token).exp) - now > 3500, 'valid for an hour')
})

t.test('restart: keys, clients and grants persist', async (t) => {
  const ports = await choosePorts()
  const folder = await temporaryFolder(t)
  const person = new Person()

  const before = await startLocally(t, { ...ports, DATA_DIR: folder })
  const oldClient = await signIn(t, before.resource, { person })
  await oldClient.close()
  await before.close()
  const after = await startLocally(t, { ...ports, DATA_DIR: folder })

  const withOldToken = await connectClient(t, after.resource, person.savedTokens?.access_token ?? '')
  t.equal((await withOldToken.listTools()).tools[0]?.name, 'get_news_sentiment', 'the old token is valid')
  if (person.savedTokens) person.savedTokens = { ...person.savedTokens, access_token: 'expired' }
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(after.resource), { authProvider: person }))
  t.teardown(() => client.close())
  t.equal((await client.listTools()).tools[0]?.name, 'get_news_sentiment', 'the old refresh token is valid')
  t.same(person.pages, ['Sign in', 'Allow access?'], 'no second sign-in')
})

t.test('consent denied: the client gets access_denied', async (t) => {
  const local = await startLocally(t)
  const person = new Person({ choice: 'cancel' })
  const client = new Client({ name: 'test', version: '1.0.0' })

  await t.rejects(
    client.connect(new StreamableHTTPClientTransport(new URL(local.resource), { authProvider: person })),
    { message: 'Unauthorized' }
  )

  t.equal(person.error, 'access_denied')
  t.equal(person.code, '')
})

t.test('form from another site, or too large: no sign-in', async (t) => {
  const local = await startLocally(t)
  const connect = (person: Person) => {
    const client = new Client({ name: 'test', version: '1.0.0' })
    return client.connect(
      new StreamableHTTPClientTransport(new URL(local.resource), { authProvider: person })
    )
  }

  for (const options of [
    { formHeaders: { 'sec-fetch-site': 'same-site' } },
    { formHeaders: { 'sec-fetch-site': 'cross-site' } },
    { name: 'A'.repeat(1_000_000) }
  ]) {
    const person = new Person(options)
    await t.rejects(connect(person), /Use the page of this sign-in/)
    t.same(person.pages, ['Sign in'])
  }
  const person = new Person({ formHeaders: { 'sec-fetch-site': 'same-origin' } })
  await t.rejects(connect(person), { message: 'Unauthorized' })
  t.ok(person.code)
})

t.test("the local Scalekit serves Scalekit's paths", async (t) => {
  const { scalekit, resource } = await startLocally(t)
  const issuer = `${scalekit}/resources/res_local`

  for (const path of [
    '/.well-known/oauth-authorization-server/resources/res_local',
    '/resources/res_local/.well-known/oauth-authorization-server'
  ]) {
    const response = await fetch(scalekit + path, { headers: { origin: 'http://localhost:6274' } })
    t.equal(response.headers.get('access-control-allow-origin'), '*')
    t.match(await response.json(), {
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      registration_endpoint: `${scalekit}/api/v1/resources/res_local/clients:register`,
      jwks_uri: `${scalekit}/keys`,
      code_challenge_methods_supported: ['S256'],
      client_id_metadata_document_supported: true,
      token_endpoint_auth_methods_supported: ['none', 'client_secret_post', 'client_secret_basic']
    })
  }
  const keys = (await (await fetch(`${scalekit}/keys`)).json()) as { keys: Record<string, unknown>[] }
  t.match(keys.keys, [{ kty: 'RSA', alg: 'RS256', kid: /^snk_/ }])
  t.equal(keys.keys[0]?.d, undefined, 'no private key')
  const started = await fetch(
    `${scalekit}/oauth/authorize?client_id=unknown&response_type=code&resource=${resource}`
  )
  t.equal(started.status, 400)
  t.match(await started.text(), /Sign-in failed[\s\S]*client is invalid/)
})

t.test('registration: accepts what real clients send', async (t) => {
  const { scalekit } = await startLocally(t)
  const clients = {
    'a scope and unknown grants': {
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:made-up'],
      scope: 'news:read something:else'
    },
    'an editor with a scheme of its own': { redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback'] },
    'an editor on loopback and on the web': {
      redirect_uris: ['http://127.0.0.1/', 'http://127.0.0.1:33418/', 'https://vscode.dev/redirect']
    },
    Inspector: { redirect_uris: ['http://localhost:6274/oauth/callback'], token_endpoint_auth_method: 'none' }
  }

  for (const [name, metadata] of Object.entries(clients)) {
    const response = await fetch(`${scalekit}/api/v1/resources/res_local/clients:register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://localhost:6274' },
      body: JSON.stringify({ client_name: name, response_types: ['code'], ...metadata })
    })
    t.equal(response.status, 201, name)
    t.equal(response.headers.get('access-control-allow-origin'), '*')
    t.match(await response.json(), { client_id: /^m2m_/, redirect_uris: metadata.redirect_uris })
  }
  const broken = await fetch(`${scalekit}/api/v1/resources/res_local/clients:register`, {
    method: 'POST',
    body: '{'
  })
  t.equal(broken.status, 400)
})

t.test('machine token: a list of scopes, and the client as subject', async (t) => {
  const folder = await temporaryFolder(t)
  const { app, resource } = await startLocally(t, { DATA_DIR: folder })
  const store = openScalekitStore(folder)
  t.teardown(() => store.close())

  const token = await requestToken(app.config, store)
  const client = await connectClient(t, resource, token)

  t.match(decodeJwt(token), {
    sub: 'm2m_local',
    client_id: 'm2m_local',
    scopes: ['news:read'],
    oid: 'org_local'
  })
  t.equal(decodeJwt(token).scope, undefined)
  t.ok(Number(decodeJwt(token).exp) - Date.now() / 1000 > 3500, 'valid for an hour')
  t.equal((await client.listTools()).tools[0]?.name, 'get_news_sentiment')
})

t.test('expired sign-in, or sign-in of another browser: the page says how to start again', async (t) => {
  const { scalekit } = await startLocally(t)

  const page = await fetch(`${scalekit}/interaction/none`)

  t.equal(page.status, 400)
  t.match(await page.text(), /This sign-in has expired[\s\S]*Start again from your MCP client/)
})

t.test('authorization code used twice: its tokens are revoked', async (t) => {
  const { scalekit, resource } = await startLocally(t)
  const person = new Person()
  await signIn(t, resource, { person })
  const redeem = (grant: Record<string, string>) =>
    fetch(`${scalekit}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: person.client?.client_id ?? '', resource, ...grant })
    })

  const again = await redeem({
    grant_type: 'authorization_code',
    code: person.code,
    redirect_uri: callback,
    code_verifier: person.verifier
  })
  t.match(await again.json(), { error: 'invalid_grant' })

  const refresh_token = person.savedTokens?.refresh_token ?? ''
  const refreshed = await redeem({ grant_type: 'refresh_token', refresh_token })
  t.match(await refreshed.json(), { error: 'invalid_grant' })
})

t.test('no PKCE: no sign-in', async (t) => {
  const { scalekit, resource } = await startLocally(t)
  const { register } = createOAuthRequests(scalekit, resource)
  const { client_id } = await register({ redirect_uris: [callback] })

  const query = new URLSearchParams({ client_id, response_type: 'code', redirect_uri: callback, resource })
  const response = await fetch(`${scalekit}/resources/res_local/oauth/authorize?${query}`, {
    redirect: 'manual'
  })

  t.match(response.headers.get('location'), /error=invalid_request.*PKCE/)
})

t.test('a browser sends a preflight before it registers: allowed', async (t) => {
  const { scalekit } = await startLocally(t)

  const preflight = await fetch(`${scalekit}/api/v1/resources/res_local/clients:register`, {
    method: 'OPTIONS',
    headers: { origin: 'http://localhost:6274', 'access-control-request-headers': 'content-type' }
  })

  t.equal(preflight.status, 204)
  t.equal(preflight.headers.get('access-control-allow-headers'), 'content-type')
})

t.test('no scope requested: the scope of the resource is granted', async (t) => {
  const { scalekit, resource } = await startLocally(t)

  const { tokens } = await createOAuthRequests(scalekit, resource).signInWith({})

  t.match(decodeJwt(String(tokens.access_token)), { scope: 'news:read' })
})
