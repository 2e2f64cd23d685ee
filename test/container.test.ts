import { once } from 'node:events'
import { cp, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createLocalAlphaVantage } from '../local/alpha-vantage.ts'
import { callNews, freePort, startKeyServer, temporaryFolder } from './helper.ts'
import { root, run } from './process.ts'

/** What the image holds: the files that the Dockerfile copies, and production packages alone. */
async function buildImage(t: Test): Promise<string> {
  const image = await temporaryFolder(t)
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' ')
  )
  for (const file of new Set(copied)) await cp(join(root, file), join(image, file), { recursive: true })
  const installed = await run(t, ['npm', 'ci', '--omit=dev', '--prefer-offline'], {}, { cwd: image }).ended
  t.equal(installed.code, 0, installed.err)
  return image
}

t.test(
  'the image: it starts on every address, answers, and ends with grace',
  { timeout: 120_000 },
  async (t) => {
    const cwd = await buildImage(t)
    const node = [process.execPath, 'server.ts']

    await t.test('without configuration it ends with the settings message', async (t) => {
      const { code, err } = await run(t, node, { HOST: '0.0.0.0' }, { cwd }).ended
      t.equal(code, 1)
      t.match(err, /SCALEKIT_ENVIRONMENT_URL is missing/)
    })

    await t.test('local mode is not in it, and says so', async (t) => {
      const { code, err } = await run(t, node, {}, { cwd }).ended
      t.equal(code, 1)
      t.match(err, /^Scalekit is not configured, and local mode is not installed.*npm ci\.\n$/)
    })

    await t.test('SIGTERM: the open request is finished, new ones are not taken, exit code 0', async (t) => {
      const [{ environmentUrl, signToken }, news, port] = await Promise.all([
        startKeyServer(t),
        createLocalAlphaVantage({ port: 0, host: '127.0.0.1' }),
        freePort()
      ])
      t.teardown(() => news.close())
      const resource = `http://localhost:${port}/mcp`
      const settings = {
        HOST: '0.0.0.0',
        PORT: String(port),
        SCALEKIT_ENVIRONMENT_URL: environmentUrl,
        SCALEKIT_RESOURCE_NAME: resource,
        SCALEKIT_AUTHORIZATION_SERVERS: `${environmentUrl}/resources/res_test`,
        ALPHA_VANTAGE_API_KEY: 'KEY',
        ALPHA_VANTAGE_BASE_URL: news.url,
        ALPHA_VANTAGE_CALLS_PER_DAY: '0',
        ALPHA_VANTAGE_CALLS_PER_SECOND: '0'
      }
      const { child, written, ended } = run(t, node, settings, { cwd })
      await written(/Server listening/)

      const health = await run(t, await healthCheck(), { PORT: String(port) }, { cwd }).ended
      t.equal(health.code, 0, 'the health check of the image finds it well')

      const asked = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      news.answer = async () => {
        asked.resolve()
        await held.promise
        return {
          feed: [{ title: 'Finished', url: 'https://example.com/1', time_published: '20261122T100000' }]
        }
      }
      const token = await signToken({ iss: environmentUrl, aud: resource })
      const open = request(`http://127.0.0.1:${port}/mcp`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      })
      open.end(JSON.stringify(callNews({ ticker: 'AAPL' })))
      await asked.promise
      child.kill('SIGTERM')
      await refused(port)
      held.resolve()
      const [response] = await once(open, 'response')
      const body = (await response.setEncoding('utf8').toArray()).join('')
      const { code } = await ended

      t.match(JSON.parse(body), { result: { structuredContent: { articles: [{ title: 'Finished' }] } } })
      t.equal(code, 0)
      const down = await run(t, await healthCheck(), { PORT: String(port) }, { cwd }).ended
      t.equal(down.code, 1, 'the health check of the image finds it gone')
    })
  }
)

/** The command of the image's HEALTHCHECK. */
async function healthCheck(): Promise<string[]> {
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8')
  const [, command = '[]'] = /HEALTHCHECK.*\\\n +CMD (\[.*\])/.exec(dockerfile) ?? []
  const [, ...args] = JSON.parse(command) as string[]
  return [process.execPath, ...args]
}

/** Waits until nobody listens on `port` any more. */
async function refused(port: number) {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/healthz`)
    } catch {
      return
    }
  }
}
