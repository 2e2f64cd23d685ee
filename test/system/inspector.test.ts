import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { root, run } from '../support/process.ts'
import { startServer } from '../support/server.ts'
import { temporaryFolder } from '../support/temp.ts'

const inspector = join(root, 'test/inspector/node_modules/.bin/mcp-inspector')
const skip = !existsSync(inspector) && 'MCP Inspector is not installed: npm ci --prefix test/inspector'

const { resource, token } = await startServer(t)

async function inspect(t: Test, ...args: string[]) {
  const HOME = await temporaryFolder(t) // Inspector stores sign-ins there
  const { code, out, err } = await run(
    t,
    [process.execPath, inspector, '--cli', ...args],
    {},
    { env: { HOME, NODE_V8_COVERAGE: '' } }
  ).ended
  return { code, out, err }
}

/** Runs Inspector as a client of `era`, and returns the parsed output. */
async function ask(t: Test, era: string, ...args: string[]) {
  const { code, out, err } = await inspect(
    t,
    ...[resource, '--transport', 'http', '--header', `Authorization: Bearer ${token}`],
    ...['--protocol-era', era, '--format', 'json', '--method', ...args]
  )
  t.equal(code, 0, err)
  return JSON.parse(out).result
}

for (const era of ['legacy', 'auto', 'modern']) {
  t.test(`Inspector, --protocol-era ${era}: lists the tools, and calls one`, { skip }, async (t) => {
    const [tools, called] = await Promise.all([
      ask(t, era, 'tools/list'),
      ask(t, era, 'tools/call', '--tool-name', 'get_news_sentiment', '--tool-arg', 'ticker=AAPL', 'limit=2')
    ])

    t.match(tools, { tools: [{ name: 'get_news_sentiment' }] })
    t.match(called, { structuredContent: { ticker: 'AAPL', sample_data: true, articles: { length: 2 } } })
  })
}

t.test('Inspector lists resources and prompts', { skip }, async (t) => {
  const [resources, templates, prompts] = await Promise.all(
    ['resources/list', 'resources/templates/list', 'prompts/list'].map((method) => ask(t, 'auto', method))
  )

  t.match(resources, { resources: [] })
  t.match(templates, { resourceTemplates: [{ uriTemplate: 'news:///tickers/{ticker}/latest' }] })
  t.match(prompts, { prompts: [{ name: 'morning_brief' }] })
})

t.test('Inspector without a token: asks for a sign-in', { skip }, async (t) => {
  const { code, out, err } = await inspect(
    t,
    resource,
    '--transport',
    'http',
    '--stored-auth-only',
    '--method',
    'tools/list'
  )

  t.equal(code, 3)
  t.match(out + err, /auth_required/)
})
