import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import {
  findFaultsEverywhere,
  findInvalid,
  launchBrowser,
  openPage,
  type Page,
  skip
} from '../support/browser.ts'
import { Person } from '../support/oauth-user.ts'
import { choosePorts, root, run } from '../support/process.ts'
import { temporaryFolder } from '../support/temp.ts'

/** An MCP client that does not open a browser itself. */
class Visitor extends Person {
  url = ''

  override async redirectToAuthorization(url: URL) {
    this.url = url.href
  }
}

/** Starts the callback of a client, which redirects to another origin. */
async function startCallback(t: Test) {
  const queries: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
    if (pathname !== '/callback') return response.end('Thank you.')
    queries.push(searchParams)
    const { port } = server.address() as AddressInfo
    return response.writeHead(302, { location: `http://127.0.0.1:${port}/thanks` }).end()
  })
  await once(server.listen(0), 'listening')
  t.teardown(() => server.close())
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/callback`, queries }
}

/** Fetches the policy and the source of the current page. */
const readSource = (page: Page) =>
  page.evaluate<{ policy: string; html: string }>(`fetch(location, { headers: { accept: 'text/html' } }).then(
    async (response) => ({
      policy: response.headers.get('content-security-policy'),
      html: await response.text()
    })
  )`)

t.test('sign-in in a browser', { skip }, async (t) => {
  const ports = await choosePorts()
  const server = run(
    t,
    [process.execPath, 'server.ts'],
    { ...ports, DATA_DIR: await temporaryFolder(t) },
    { cwd: root }
  )
  t.teardown(() => {
    server.child.kill() // a graceful shutdown writes the coverage
    return server.ended
  })
  const [resource, scalekit] = [
    new URL(`http://localhost:${ports.PORT}/mcp`),
    `http://localhost:${ports.LOCAL_SCALEKIT_PORT}`
  ]
  const [browser, callback] = await Promise.all([
    launchBrowser(t),
    startCallback(t),
    server.written(/Ctrl\+C/)
  ])

  /** Connects an MCP client for the first time. `visitor.url` is the authorization URL to open. */
  async function startClient({ to = callback.url, clientMetadataUrl = '' } = {}) {
    const visitor = new Visitor({ callback: to, clientMetadataUrl })
    const transport = new StreamableHTTPClientTransport(resource, { authProvider: visitor })
    await new Client({ name: 'test', version: '1.0.0' }).connect(transport).catch(() => {})
    return { visitor, transport }
  }

  /** Signs in, up to the consent page. */
  async function signIn(page: Page, url: string, name = 'Ada') {
    await page.goto(url)
    await page.locator('#name').fill(name)
    await page.locator('button', { hasText: 'Sign in' }).click()
    await page.locator('h1', { hasText: 'Allow access?' }).waitFor()
  }

  t.test('sign in and allow: the client gets its code, token and news', async (t) => {
    const { page, requests, complaints } = await openPage(t, browser)
    const { visitor, transport } = await startClient()

    await signIn(page, visitor.url)
    t.match(
      await page.locator('main').textContent(),
      /Test client would like to:\s+read news sentiment news:read/
    )
    await page.locator('button', { hasText: 'Allow' }).click()
    await page.waitForURL(/\/thanks$/)
    await transport.finishAuth(callback.queries.pop()?.get('code') ?? '')
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(resource, { authProvider: visitor }))
    t.teardown(() => client.close())

    t.match(await client.callTool({ name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } }), {
      structuredContent: { ticker: 'AAPL' }
    })
    t.same(complaints, [], 'no violation of the Content Security Policy')
    const otherRequests = requests.filter((url) => !url.startsWith(scalekit) && !url.startsWith('data:'))
    t.equal(otherRequests.length, 2, 'only the callback and its redirect')
  })

  t.test('another person signs in with the same browser, without JavaScript', async (t) => {
    const { page } = await openPage(t, browser, { javaScriptEnabled: false })
    await signIn(page, (await startClient()).visitor.url)
    const { visitor, transport } = await startClient()

    await signIn(page, `${visitor.url}&prompt=login`, 'Bob')
    await page.locator('button', { hasText: 'Allow' }).click()
    await page.waitForURL(/\/thanks$/)
    await transport.finishAuth(callback.queries.pop()?.get('code') ?? '')

    t.equal(decodeJwt(visitor.savedTokens?.access_token ?? '').sub, 'usr_bob')
  })

  t.test('denied without JavaScript: the client gets access_denied', async (t) => {
    const { page } = await openPage(t, browser, { javaScriptEnabled: false })
    const { visitor } = await startClient()

    await signIn(page, visitor.url)
    await page.locator('button', { hasText: 'Deny' }).click()
    await page.waitForURL(/\/thanks$/)

    t.equal(callback.queries.pop()?.get('error'), 'access_denied')
  })

  t.test('native application: the page stays and says that it can be closed', async (t) => {
    const { page, complaints } = await openPage(t, browser)
    const { visitor } = await startClient({ to: 'cursor://anysphere.cursor-mcp/oauth/callback' })

    await signIn(page, visitor.url)
    t.match(await page.locator('.note').textContent(), 'anysphere.cursor-mcp')
    await page.locator('button', { hasText: 'Allow' }).click()
    await page.locator('h1', { hasText: 'Continue to your client' }).waitFor()

    t.match(await page.locator('main').textContent(), 'you can close this page')
    t.same(await findInvalid(await page.content()), [])
    t.same(complaints, [])
  })

  const urlClient = 'https://client.invalid/oauth-client-metadata.json'
  const startedUrl = async () => (await startClient()).visitor.url
  const failed = 'Sign-in failed'
  const pages: [name: string, title: string, open: (page: Page) => Promise<unknown>][] = [
    ['sign-in', 'Sign in', async (page) => page.goto(await startedUrl())],
    ['consent', 'Allow access?', async (page) => signIn(page, await startedUrl())],
    [
      'consent of a client with a URL as ID',
      'Allow access?',
      async (page) => signIn(page, (await startClient({ clientMetadataUrl: urlClient })).visitor.url)
    ],
    ['error', failed, (page) => page.goto(`${scalekit}/oauth/authorize?client_id=unknown`)],
    ['expired sign-in', failed, (page) => page.goto(`${scalekit}/interaction/gone`)],
    ['form_post', failed, async (page) => page.goto(`${await startedUrl()}&response_mode=form_post`)],
    ['unknown path', 'Page not found', (page) => page.goto(scalekit)]
  ]
  for (const [name, title, open] of pages) {
    t.test(`${name}: valid HTML, fits phones and desktops, no axe violation in light and dark`, async (t) => {
      const { page } = await openPage(t, browser, { bypassCSP: true })
      await open(page)

      t.equal(await page.locator('h1').textContent(), title)
      const { policy, html } = await readSource(page)
      t.match(
        policy,
        /^default-src 'none'; style-src 'sha256-[^']+'; .*form-action 'self'; frame-ancestors 'none'$/
      )
      t.same(await findInvalid(html), [])
      t.same(await findFaultsEverywhere(page), [])
    })
  }
})
