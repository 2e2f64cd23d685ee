import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { createApp } from '../../app.ts'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { isLocalMode } from '../../services/config/local-mode.ts'
import { startLocally } from '../support/local-mode.ts'
import { choosePorts, prepareServer, root, run } from '../support/process.ts'
import { callTool } from '../support/rpc.ts'
import { temporaryFolder } from '../support/temp.ts'

const server = [process.execPath, join(root, 'server.ts')]
const printToken = [process.execPath, join(root, 'local/token.ts')]

/** Calls get_news_sentiment on the server at `url`. */
const askNews = (url: string, token: string) =>
  callTool(
    {
      post: (body) =>
        fetch(url, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body)
        })
    },
    'get_news_sentiment',
    { ticker: 'AAPL' }
  )

t.test('npm start without settings: prints a valid token and the next steps', async (t) => {
  const ports = await choosePorts()
  const environment = { ...ports, DATA_DIR: await temporaryFolder(t) }
  const { written } = run(t, ['npm', 'start'], environment)

  const [welcome, token = ''] = await written(/\n(eyJ[\w.-]+)\n[\s\S]*Ctrl\+C stops the server/)
  const url = `http://localhost:${ports.PORT}/mcp`
  const result = await askNews(url, token)

  t.match(result, { structuredContent: { ticker: 'AAPL', sample_data: true } })
  t.ok(
    welcome.includes(`npx -y @modelcontextprotocol/inspector@latest --transport http --server-url ${url}\n`)
  )
  t.ok(welcome.includes(`npx -y @modelcontextprotocol/inspector@latest --cli ${url} --transport http`))

  const printed = await run(t, ['npm', 'run', '--silent', 'token'], environment).ended
  t.match(printed, { code: 0, out: /^eyJ[\w.-]+\n$/ })
  t.match(
    await askNews(url, printed.out.trim()),
    { structuredContent: { ticker: 'AAPL' } },
    'the printed token is also valid'
  )
  const stranger = { ...environment, DATA_DIR: await temporaryFolder(t) }
  t.match(await run(t, printToken, stranger).ended, {
    code: 1,
    out: '',
    err: /returned no token.*the server's LOCAL_SCALEKIT_PORT and DATA_DIR/
  })
})

t.test('ALPHA_VANTAGE_API_KEY alone: real news, local sign-in', async (t) => {
  const news = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
  t.teardown(() => news.close())
  const { resource, environment, token } = await startLocally(t, {
    ALPHA_VANTAGE_API_KEY: 'MYKEY',
    ALPHA_VANTAGE_BASE_URL: news.url
  })

  await askNews(resource, await token())

  t.match(news.queries, [{ apikey: 'MYKEY', tickers: 'AAPL' }])
  await t.rejects(fetch(`http://localhost:${environment.LOCAL_NEWS_PORT}`), 'no sample news')
})

for (const name of ['PORT', 'LOCAL_SCALEKIT_PORT', 'LOCAL_NEWS_PORT'] as const) {
  t.test(`${name} in use: a one-line error names the setting`, async (t) => {
    const ports = await choosePorts()
    const other = createServer().listen(Number(ports[name]), 'localhost')
    t.teardown(() => other.close())

    const { code, err } = await run(t, server, { ...ports, DATA_DIR: await temporaryFolder(t) }).ended

    t.equal(code, 1)
    t.equal(
      err,
      `Port ${ports[name]} is in use. Stop the program that uses it, or set ${name} to another port.\n`
    )
  })
}

t.test('HOST of another machine: a one-line error', async (t) => {
  const { environment } = await prepareServer(t, { url: 'http://127.0.0.1:9' }, { HOST: '192.0.2.1' })

  const { code, err } = await run(t, server, environment).ended

  t.equal(code, 1)
  t.match(err, /^Cannot listen on HOST and PORT: listen EADDRNOTAVAIL.*\n$/)
})

t.test('HOST beyond loopback without Scalekit: the settings message', async (t) => {
  const { code, err } = await run(t, server, {
    ...(await choosePorts()),
    HOST: '0.0.0.0'
  }).ended

  t.equal(code, 1)
  t.match(err, /^3 settings need your attention:\n\n {2}SCALEKIT_ENVIRONMENT_URL is missing\./)
  t.match(err, /METADATA_JSON_RESPONSE is missing[\s\S]*ALPHA_VANTAGE_API_KEY is missing/)
  t.match(
    err,
    /To try this server on your own machine without Scalekit, leave HOST empty or set it to localhost\.\n$/
  )
  t.notMatch(err, /\bat .+:\d+/, 'no stack trace')
})

t.test('Scalekit partly configured: the settings message, no local mode, no secret', async (t) => {
  const half = { SCALEKIT_CLIENT_SECRET: 'very-secret', SCALEKIT_ENVIRONMENT_URL: 'acme.scalekit.com' }
  const log: string[] = []
  const refused: Error = await createApp(half, { logStream: { write: (line) => log.push(line) } }).then(
    () => t.fail('It started'),
    (error) => error
  )

  t.notOk(isLocalMode(half))
  t.match(refused.message, /SCALEKIT_ENVIRONMENT_URL is not an https URL/)
  t.match(refused.message, /METADATA_JSON_RESPONSE is missing/)
  t.notMatch(inspect(refused) + log.join(''), 'very-secret')
})

t.test(
  '.env: the environment wins over it; the banner lists addresses and says that news is invented',
  async (t) => {
    const ports = await choosePorts()
    const other = await choosePorts()
    const cwd = await temporaryFolder(t)
    const { PORT, LOCAL_SCALEKIT_PORT } = ports
    await writeFile(
      join(cwd, '.env'),
      `PORT=1\nLOCAL_SCALEKIT_PORT=1\nLOCAL_NEWS_PORT=${other.LOCAL_NEWS_PORT}\nREQUIRED_SCOPE=news:practice\n`
    )
    const env = { LOCAL_NEWS_PORT: undefined, REQUIRED_SCOPE: undefined }
    const { child, written, ended } = run(t, server, { PORT, LOCAL_SCALEKIT_PORT }, { cwd, env })

    await written(/Ctrl\+C stops the server/)
    const metadata = await fetch(`http://localhost:${PORT}/.well-known/oauth-protected-resource`)
    child.kill('SIGTERM')
    const { code, out } = await ended

    t.equal(code, 0)
    t.match(out, `MCP server   http://localhost:${PORT}/mcp`)
    t.match(out, /Connect clients to exactly this URL[^\n]*\n.*127\.0\.0\.1.*HOST/)
    t.match(out, `Sign-in      http://localhost:${LOCAL_SCALEKIT_PORT}`)
    t.match(out, `News         http://localhost:${other.LOCAL_NEWS_PORT}   invented`)
    t.match(await metadata.json(), { scopes_supported: ['news:practice'] })
  }
)

t.test(
  'npm run token without a running server, or with Scalekit configured: an error that says so',
  async (t) => {
    const environment = { ...(await choosePorts()), DATA_DIR: await temporaryFolder(t) }

    const [down, configured] = await Promise.all(
      [environment, { ...environment, SCALEKIT_CLIENT_ID: 'skc_1' }].map(
        (settings) => run(t, printToken, settings).ended
      )
    )

    t.match(down, { code: 1, out: '', err: /Start it first, with npm start/ })
    t.match(configured, { code: 1, out: '', err: /local mode only/ })
  }
)

t.test('DATA_DIR not writable: a warning', async (t) => {
  const file = join(await temporaryFolder(t), 'file')
  await writeFile(file, '')

  const { log, token } = await startLocally(t, { DATA_DIR: join(file, 'sub') })

  t.match(log.join(''), /"level":40.*DATA_DIR not writable; sign-ins/)
  t.match(await token(), /^eyJ/)
})
