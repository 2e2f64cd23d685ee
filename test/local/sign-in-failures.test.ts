import t, { type Test } from 'tap'
import { createLocalScalekit } from '../../local/scalekit/server.ts'
import { openScalekitStore } from '../../local/scalekit/store.ts'
import { startLocally } from '../support/local-mode.ts'
import { createOAuthRequests } from '../support/oauth-requests.ts'
import { callback } from '../support/oauth-user.ts'
import { freePort } from '../support/ports.ts'

const { resource, scalekit } = await startLocally(t)
const { register, authorize } = createOAuthRequests(scalekit, resource)
const { client_id } = await register({ redirect_uris: [callback] })

/** Checks that a response is the page of a failed sign-in, and returns its text, without tags. */
async function readFailure(t: Test, response: Response, status = 400) {
  const html = await response.text()
  t.equal(response.status, status)
  t.match(response.headers.get('content-type'), 'text/html')
  t.match(html, '<h1>Sign-in failed</h1>')
  t.notMatch(html, /\bat .+:\d+/, 'no stack trace')
  return html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
}

const failures: [cause: string, request: () => Promise<Response>, page: RegExp][] = [
  [
    'a redirect that the client has not registered',
    () => authorize({ client_id, redirect_uri: 'http://localhost:6274/other' }),
    /send you back to http:\/\/localhost:6274\/other, which is not among the redirects that it registered\. In your MCP client, remove this server .* and add it again\. invalid_redirect_uri/
  ],
  [
    'an unknown client',
    () => authorize({ client_id: 'm2m_gone', redirect_uri: callback }),
    /The client ID m2m_gone is not registered here\. .*DATA_DIR.* In your MCP client, remove this server .* and add it again\. invalid_client/
  ],
  [
    'a malformed redirect of a client that does not register',
    () =>
      authorize({ client_id: 'https://client.invalid/id', redirect_uri: 'http://localhost/callback#part' }),
    /describes itself in a way that OAuth does not allow: .*fragments\. Update your MCP client/
  ],
  [
    'no client ID',
    () => authorize({ redirect_uri: callback }),
    /The request of the client is not valid: .*client_id.*\. Update your MCP client/
  ],
  [
    'a sign-in that has expired',
    () => fetch(`${scalekit}/interaction/none`),
    /This sign-in has expired, was completed before, or belongs to another browser\. Start again from your MCP client\./
  ],
  [
    'a sign-in that another browser has begun',
    () => fetch(`${scalekit}/resources/res_local/oauth/authorize/none`),
    /This sign-in has expired, was completed before, or belongs to another browser\. Start again from your MCP client\./
  ],
  [
    'the response mode form_post',
    () => authorize({ client_id, redirect_uri: callback, response_mode: 'form_post' }),
    /form_post, which local mode does not support\. Set the response mode of your MCP client to query\./
  ]
]
for (const [cause, request, page] of failures) {
  t.test(`${cause}: the page says what happened and what to do`, async (t) => {
    t.match(await readFailure(t, await request()), page)
  })
}

t.test('markup in a redirect: escaped', async (t) => {
  const response = await authorize({ client_id, redirect_uri: 'http://localhost/<script>alert(1)</script>' })

  t.match(await response.text(), 'http://localhost/&#60;script&#62;')
})

t.test('the store fails: the page says how to recover', async (t) => {
  const store = openScalekitStore()
  const port = await freePort()
  const { environmentUrl, close } = await createLocalScalekit({
    port,
    resource,
    scopes: ['news:read'],
    store
  })
  t.teardown(close)
  store.close()

  const { authorize } = createOAuthRequests(environmentUrl, resource)

  t.match(
    await readFailure(t, await authorize({ client_id, redirect_uri: callback }), 500),
    /The local Scalekit failed\. Try again\..*delete the folder of its data \(DATA_DIR\)/
  )
})

t.test('another resource: the client gets an error that names the URL to connect to', async (t) => {
  const response = await authorize({ client_id, redirect_uri: callback, resource: 'http://localhost:1/mcp' })

  const { searchParams } = new URL(response.headers.get('location') ?? '')
  t.equal(searchParams.get('error'), 'invalid_target')
  t.equal(
    searchParams.get('error_description'),
    `Local mode issues tokens for ${resource} only. Connect the client to exactly this URL.`
  )
})
