import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startServer } from './helper.ts'
import { root, run, temporaryFolder } from './process.ts'

const inspector = join(root, 'test/inspector/node_modules/.bin/mcp-inspector')
const skip = !existsSync(inspector) && 'MCP Inspector is not installed: npm ci --prefix test/inspector'

async function inspect(t: Test, ...args: string[]) {
  const HOME = await temporaryFolder(t) // Inspector keeps sign-ins there
  const { code, out, err } = await run(
    t,
    [process.execPath, inspector, '--cli', ...args],
    {},
    { env: { HOME } }
  ).ended
  return { code, out, err }
}

t.test('Inspector lists the tool and calls it with a token', { skip }, async (t) => {
  const { resource, token } = await startServer(t)
  const connection = [resource, '--transport', 'http', '--header', `Authorization: Bearer ${token}`]

  const listed = await inspect(t, ...connection, '--method', 'tools/list')
  const called = await inspect(
    t,
    ...connection,
    ...['--method', 'tools/call', '--tool-name', 'get_news_sentiment', '--tool-arg', 'ticker=AAPL', 'limit=2']
  )

  t.equal(listed.code, 0, listed.err)
  t.match(JSON.parse(listed.out), { tools: [{ name: 'get_news_sentiment' }] })
  t.equal(called.code, 0, called.err)
  const { structuredContent } = JSON.parse(called.out)
  t.match(structuredContent, { ticker: 'AAPL', sample_data: true })
  t.equal(structuredContent.articles.length, 2)
})

t.test('Inspector without a token is told to sign in', { skip }, async (t) => {
  const { resource } = await startServer(t)

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
