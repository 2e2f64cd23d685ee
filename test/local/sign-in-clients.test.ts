import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { decodeJwt } from 'jose'
import t from 'tap'
import { startLocally } from '../support/local-mode.ts'
import { createOAuthRequests } from '../support/oauth-requests.ts'
import { Person } from '../support/oauth-user.ts'
import { sdks, signIn } from '../support/sign-in.ts'

const { resource, scalekit } = await startLocally(t)
const { register, authorize, refresh } = createOAuthRequests(scalekit, resource)
const news = { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } }
/** The URL of a document that no client can fetch, because its host never exists (RFC 6761, section 6.4). */
const documentUrl = 'https://client.invalid/oauth-client-metadata.json'
const startsSignIn = (response: Response) => response.headers.get('location')?.startsWith('/interaction/')

for (const sdk of sdks) {
  for (const callback of [
    'http://localhost:51234/callback',
    'http://127.0.0.1:51234/callback',
    'http://[::1]:51234/callback',
    'com.example.app:/callback'
  ]) {
    t.test(
      `${sdk}, URL as client ID, no document, redirect ${callback}: signs in, and refreshes`,
      async (t) => {
        const person = new Person({ callback, clientMetadataUrl: documentUrl })

        const client = await signIn(t, resource, { sdk, person })

        t.match(person.client, { client_id: documentUrl })
        t.match(await client.callTool(news), { structuredContent: { ticker: 'AAPL' } })
        t.match(decodeJwt(person.savedTokens?.access_token ?? ''), { client_id: documentUrl })
        t.match(await refresh(documentUrl, person.savedTokens?.refresh_token), {
          status: 200,
          access_token: /^eyJ/
        })
      }
    )
  }
}

t.test(
  'URL as client ID, https redirect, document not reachable: the page names both and says what to do',
  async (t) => {
    const redirect_uri = 'https://editor.example.com/redirect'

    const response = await authorize({ client_id: documentUrl, redirect_uri })

    t.equal(response.status, 400)
    const page = await response.text()
    t.match(page, `${documentUrl}, which could not be fetched, and asked to send you back to ${redirect_uri}`)
    t.match(
      page,
      /Connect this machine to the internet[\s\S]*remove the client ID from the settings of your MCP client/
    )
  }
)

t.test('URL as client ID on a server that does not answer: the page comes within 4 s', async (t) => {
  const silent = createServer().listen(0)
  await once(silent, 'listening')
  t.teardown(() => silent.close())
  silent.on('connection', (socket) => t.teardown(() => socket.destroy()))
  const client_id = `https://localhost:${(silent.address() as AddressInfo).port}/client.json`
  const started = performance.now()

  const response = await authorize({ client_id, redirect_uri: 'https://editor.example.com/redirect' })

  t.match(await response.text(), 'could not be fetched')
  t.ok(performance.now() - started < 4000)
})

t.test('URL as client ID and consent: asked each time, and the page shows the URL', async (t) => {
  const person = new Person({ callback: 'http://localhost:51234/callback', clientMetadataUrl: documentUrl })
  await signIn(t, resource, { person })
  const query = { client_id: documentUrl, redirect_uri: 'http://localhost:51235/elsewhere' }

  await person.redirectToAuthorization(new URL((await authorize(query)).url)).catch(() => {})

  t.same(person.pages, ['Sign in', 'Allow access?', 'Allow access?'])
  t.match(person.html[1], `The client calls itself <code>${documentUrl}</code>`)
})

t.test(
  'registered loopback redirects: any port, also beside https redirects; no other host, path or scheme',
  async (t) => {
    const lists = [
      ['http://localhost/callback'],
      ['http://127.0.0.1/callback'],
      ['http://[::1]/callback'],
      ['http://localhost:33418/callback', 'http://127.0.0.1:33418/callback', 'https://vscode.dev/redirect'],
      ['cursor://anysphere.cursor-mcp/oauth/callback', 'http://localhost/callback']
    ]
    for (const redirect_uris of lists) {
      const { client_id, application_type } = await register({ redirect_uris })
      t.equal(application_type, 'native')
      for (const uri of redirect_uris) {
        const loopback = URL.parse(uri)?.protocol === 'http:'
        const redirect_uri = loopback ? `http://${new URL(uri).hostname}:49152/callback` : uri
        t.ok(startsSignIn(await authorize({ client_id, redirect_uri })), `${redirect_uris}: ${redirect_uri}`)
      }
      for (const redirect_uri of [
        'http://localhost.example.com:49152/callback',
        'http://192.0.2.1:49152/callback',
        'http://localhost:49152/other',
        'https://localhost:49152/callback',
        'https://vscode.dev:49152/redirect',
        'other://anysphere.cursor-mcp/oauth/callback'
      ]) {
        t.equal(
          (await authorize({ client_id, redirect_uri })).status,
          400,
          `${redirect_uris}: ${redirect_uri}`
        )
      }
    }
  }
)

t.test('registered schemes of their own: accepted without a type', async (t) => {
  for (const uri of [
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'vscode://vscode.github-authentication/callback',
    'com.example.app:/cb'
  ]) {
    for (const application_type of [undefined, 'web', 'native']) {
      const { client_id } = await register({ redirect_uris: [uri], application_type })
      t.ok(startsSignIn(await authorize({ client_id, redirect_uri: uri })), `${uri} ${application_type}`)
    }
  }
  t.match(await register({ redirect_uris: ['javascript:alert(1)'] }), { status: 400 })
})

t.test('registered http redirect to another machine, beside loopback: accepted as it is', async (t) => {
  const redirect_uris = ['http://gateway.internal:3000/callback', 'http://localhost:3000/callback']

  const { client_id } = await register({ redirect_uris })

  for (const redirect_uri of redirect_uris) t.ok(startsSignIn(await authorize({ client_id, redirect_uri })))
})

t.test('HOST=127.0.0.1: the address is the URL of the server, and clients sign in to it', async (t) => {
  const local = await startLocally(t, { HOST: '127.0.0.1' })
  const person = new Person()

  const client = await signIn(t, local.resource, { person })

  t.match(local.resource, /^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
  t.match(await client.callTool(news), { structuredContent: { ticker: 'AAPL' } })
  t.match(decodeJwt(person.savedTokens?.access_token ?? ''), { aud: [local.resource, 'res_local'] })
})
