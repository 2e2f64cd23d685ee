import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { decodeHTML } from 'entities'
import t from 'tap'
import { z } from 'zod'
import { localSettings } from '../../../local/settings.ts'
import { defineTool } from '../../../services/mcp/primitives/tool.ts'
import { toolErrors } from '../../../services/mcp/tools/error-codes.ts'
import { findFaultsEverywhere, findInvalid, launchBrowser, openPage, skip } from '../../support/browser.ts'
import { root } from '../../support/process.ts'
import { startServer } from '../../support/server.ts'

const run = promisify(execFile)

const read = async (url: string) => (await fetch(`${url}/mcp/docs`)).text()
/** The text of a page, without tags and line breaks. */
const readText = (page: string) => decodeHTML(page.replace(/<[^>]+>/g, '')).replace(/\s+/g, ' ')
/** Finds the code next to the button with the label `Copy ${subject}`. */
const findCode = (page: string, subject: string) =>
  decodeHTML(page.split(`<code data-copy="${subject}">`)[1]?.split('</code>')[0] ?? '')

t.test('the page lists every tool, resource and prompt', async (t) => {
  const purge = defineTool({
    name: 'purge_cache',
    title: 'Purge & forget',
    description: 'Purges.',
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    scopes: ['news:admin'],
    inputSchema: z.strictObject({ older_than: z.int().min(1).max(30).default(7).describe('Days.') }),
    handler: async () => ({ text: 'Purged.' })
  })
  const { app, url } = await startServer(t, {}, { tools: [purge] })
  const { tools, resources, resourceTemplates, prompts } = app.mcp.catalog

  const page = await read(url)

  const words = readText(page)
  for (const { name, title, description, inputSchema, example } of tools) {
    t.ok(page.includes(`id="${name}"`), name)
    t.ok(words.includes(`${name} ${title} ${description}`), `${name} is described`)
    for (const input of Object.keys(inputSchema.shape)) {
      t.ok(page.includes(`<dt><code>${input}</code></dt>`), input)
    }
    if (example) {
      t.ok(words.includes(example.question), `the question of ${name}`)
      t.ok(words.includes(`${name} ${JSON.stringify(example.arguments)}`), `the call of ${name}`)
    }
  }
  t.match(words, 'older_thaninteger from 1 to 30, 7 if left out Days.')
  t.match(words, 'Needs the scope news:admin')
  t.match(words, 'purge_cachealso news:admin')
  for (const { uri } of resources) t.ok(words.includes(uri), uri)
  for (const { uriTemplate } of resourceTemplates) t.ok(words.includes(uriTemplate), uriTemplate)
  for (const { name, argumentsSchema } of prompts) {
    t.ok(page.includes(`id="${name}"`), name)
    for (const argument of Object.values(argumentsSchema.shape))
      t.ok(words.includes(argument.description ?? ''))
  }
  for (const { code } of toolErrors) t.ok(words.includes(code), code)
  t.match(words, 'scorenumber from -1 to 1, or null', 'output fields with their types')
  t.match(words, 'label_is_certainboolean, or null', 'nullable fields without bounds')
  t.match(words, 'S = Σ w·s / Σ w over the articles', 'the formulas')
  t.notMatch(page, /undefined|\[object|\\n/)
})

t.test('the page states the settings', async (t) => {
  const common = { RATE_LIMIT_PER_MINUTE: '7', BODY_LIMIT_BYTES: '2560', SUBSCRIPTIONS_PER_SUBJECT: '3' }
  const small = await startServer(t, {
    ...common,
    ALPHA_VANTAGE_CALLS_PER_DAY: '30',
    ALPHA_VANTAGE_CALLS_PER_SECOND: '2',
    ALPHA_VANTAGE_DAY_BEGINS: '05:00',
    ALPHA_VANTAGE_SHARE_PERCENT: '40',
    ALPHA_VANTAGE_RESERVED_CALLS: '4',
    ALPHA_VANTAGE_LIMIT: '50',
    CACHE_TTL_MS: '5400000',
    CACHE_GRACE_MS: '172800000',
    REQUIRED_SCOPE: 'news:read'
  })
  const large = await startServer(t)

  const words = readText(await read(small.url))
  for (const text of [
    'Requests of one subject7 a minute',
    'Requests from one addressno limit',
    'Body of a request2.5 KiB',
    'Open subscriptions of one subject3',
    'Calls30 a day, which begins at 05:00 UTC; 2 a second',
    'Share of one subject40%',
    'Reserved for subjects without a call that day4',
    'Window of a question90 days at most',
    'Articles of a call50 at most',
    'Freshfor 90 minutes',
    'Stale, if newer news cannot be fetchedup to 2 days old',
    'The answer that there is no newsfor 5 minutes',
    'The answer that a ticker is unknownfor 1 hour',
    'everythingnews:read',
    small.issuer
  ]) {
    t.ok(words.includes(text), text)
  }
  const unlimited = readText(await read(large.url))
  t.match(unlimited, 'Callsno limit')
  t.match(unlimited, 'Freshfor 15 minutes')
  t.notMatch(unlimited, 'Share of one subject')
})

t.test('the page says whether the news is invented, without a call', async (t) => {
  const sample = localSettings({})
  const { ALPHA_VANTAGE_API_KEY, ALPHA_VANTAGE_BASE_URL } = sample
  const local = await startServer(t, { ALPHA_VANTAGE_API_KEY, ALPHA_VANTAGE_BASE_URL })
  const real = await startServer(t, { ALPHA_VANTAGE_BASE_URL: 'https://www.alphavantage.co' })
  const other = await startServer(t)

  t.match(readText(await read(local.url)), 'Sample news. The news of this server is invented')
  t.match(readText(await read(real.url)), 'Real news, from Alpha Vantage.')
  t.match(readText(await read(other.url)), 'News from a server in place of Alpha Vantage.')
  t.same(other.news.queries, [])
})

t.test('client instructions use the registered URL, and say if a client cannot reach it', async (t) => {
  const here = await startServer(t)
  const there = await startServer(t, {
    SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp',
    SCALEKIT_RESOURCE_DOCS_URL: 'https://docs.example.com/?a=1&b=2'
  })

  const [near, far] = [await read(here.url), await read(there.url)]

  for (const client of [
    'Claude, web and desktop',
    'ChatGPT',
    'Claude Code',
    'Codex',
    'VS Code',
    'Cursor',
    'MCP Inspector'
  ])
    t.match(far, new RegExp(`<h3 [^>]+>${client}</h3>`))
  t.equal(findCode(far, 'the endpoint'), 'https://news.example.com/mcp')
  t.equal(
    findCode(far, 'the command for Claude Code'),
    'claude mcp add --transport http finance-news https://news.example.com/mcp'
  )
  t.equal(
    findCode(far, 'the commands for Codex'),
    'codex mcp add finance-news --url https://news.example.com/mcp\ncodex mcp login finance-news'
  )
  t.same(JSON.parse(findCode(far, 'the configuration for VS Code')), {
    servers: { 'finance-news': { type: 'http', url: 'https://news.example.com/mcp' } }
  })
  t.same(JSON.parse(findCode(far, 'the configuration for Cursor')), {
    mcpServers: { 'finance-news': { url: 'https://news.example.com/mcp' } }
  })
  const [, inVsCode = ''] = /href="vscode:mcp\/install\?([^"]+)"/.exec(far) ?? []
  t.match(JSON.parse(decodeURIComponent(inVsCode)), {
    name: 'finance-news',
    url: 'https://news.example.com/mcp'
  })
  const [, inCursor = ''] = /href="(cursor:[^"]+)"/.exec(far) ?? []
  t.same(JSON.parse(atob(new URL(decodeHTML(inCursor)).searchParams.get('config') ?? '')), {
    url: 'https://news.example.com/mcp'
  })
  t.equal(readText(near).split('and cannot reach').length, 3)
  t.notMatch(readText(far), 'and cannot reach')
})

t.test('the programs of the page run unchanged', async (t) => {
  const { url, token } = await startServer(t)
  const page = await read(url)
  const options = { cwd: root, env: { ...process.env, TOKEN: token } }

  const { stdout } = await run(
    process.execPath,
    ['--input-type=module', '-e', findCode(page, 'the code for TypeScript')],
    options
  )
  t.match(stdout, /^⚠️ Sample data[\s\S]+AAPL: /)

  t.test('curl', { skip: spawnSync('curl', ['--version']).error && 'curl is not installed' }, async (t) => {
    const { stdout } = await run('sh', ['-c', findCode(page, 'the code for curl')], options)
    t.match(JSON.parse(stdout), { result: { structuredContent: { ticker: 'AAPL' } } })
  })
})

t.test('in a browser', { skip }, async (t) => {
  const browser = await launchBrowser(t)
  const { url } = await startServer(t)
  const address = `${url}/mcp/docs`

  t.test('valid HTML', async (t) => {
    t.same(await findInvalid(await read(url)), [])
  })

  t.test('phones, tablets and desktops, light and dark: all in view, no axe violation', async (t) => {
    const { page } = await openPage(t, browser, { bypassCSP: true })
    await page.goto(address)
    await page.evaluate('document.querySelectorAll("details").forEach((details) => { details.open = true })')

    t.same(await findFaultsEverywhere(page), [])
  })

  t.test('no policy violation, no network request', async (t) => {
    const { page, requests, complaints } = await openPage(t, browser)

    await page.goto(address)
    await page.locator('.copy').first().waitFor()

    t.same(complaints, [])
    t.same(
      requests.filter((url) => !url.startsWith('data:')),
      [address]
    )
    t.equal(
      await page.evaluate('getComputedStyle(document.querySelector(".copy")).cursor'),
      'pointer',
      'the page uses its style'
    )
  })

  t.test('copy button: copies the code, and announces it', async (t) => {
    const { page } = await openPage(t, browser, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto(address)

    await page.locator('[aria-label="Copy the command for Claude Code"]').click()
    await page.locator('.copy', { hasText: 'Copied' }).waitFor()

    t.equal(
      await page.evaluate('navigator.clipboard.readText()'),
      `claude mcp add --transport http finance-news ${url}/mcp`
    )
    t.equal(await page.locator('[role=status]').textContent(), 'Copied the command for Claude Code.')
    t.equal(await page.locator('.copy').count(), await page.locator('[data-copy]').count())
  })

  t.test('copying blocked: the code is selected', async (t) => {
    const { page } = await openPage(t, browser)
    await page.goto(address)
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("no"))')

    await page.locator('[aria-label="Copy the endpoint"]').click()
    await page.locator('.copy', { hasText: 'Selected' }).waitFor()

    t.equal(await page.evaluate('getSelection().toString()'), `${url}/mcp`)
  })

  t.test("table of contents: marks the reader's place", async (t) => {
    const { page } = await openPage(t, browser, { viewport: { width: 1280, height: 800 } })
    await page.goto(`${address}#explain_sentiment`)

    await page.locator('nav a[aria-current]', { hasText: 'explain_sentiment' }).waitFor()

    t.equal(await page.locator('nav a[aria-current]').count(), 1)
  })

  t.test('no JavaScript: the page has everything but the buttons', async (t) => {
    const { page } = await openPage(t, browser, { javaScriptEnabled: false })
    await page.goto(address)

    await page.locator('#get_market_news > details > summary').click()

    t.ok((await page.locator('#get_market_news > details > dl').boundingBox()).height > 100)
    t.equal(await page.locator('button').count(), 0)
  })
})
