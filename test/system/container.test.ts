import { once } from 'node:events'
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { request } from 'node:http'
import { dirname, join, relative } from 'node:path'
import { getuid } from 'node:process'
import t, { type Test } from 'tap'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { startKeyServer } from '../support/key-server.ts'
import { freePort } from '../support/ports.ts'
import { root, run } from '../support/process.ts'
import { callNews } from '../support/rpc.ts'
import { temporaryFolder } from '../support/temp.ts'

const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8')
const dockerignore = await readFile(join(root, '.dockerignore'), 'utf8')

/** The packages of the image are symlinks, and must resolve each other from the path of the symlink. */
const symlinks = { NODE_PRESERVE_SYMLINKS: '1' }

/**
 * Builds the image as a folder: the files that .dockerignore includes and the Dockerfile copies, the production packages,
 * and Node's compile cache.
 */
async function buildImage(t: Test): Promise<string> {
  const [context, image] = await Promise.all([temporaryFolder(t), temporaryFolder(t)])
  // .dockerignore includes exactly the copied files: test/repo/documentation.test.ts checks that.
  for (const [, file = ''] of dockerignore.matchAll(/^!(.+)$/gm)) {
    await cp(join(root, file), join(context, file), { recursive: true })
  }
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' ')
  )
  for (const file of new Set(copied)) await cp(join(context, file), join(image, file), { recursive: true })
  for (const folder of await findProductionPackages(t, image)) {
    await mkdir(join(image, dirname(folder)), { recursive: true })
    await symlink(join(root, folder), join(image, folder))
  }
  const [, command = ''] = /^RUN (node -e .+)$/m.exec(dockerfile) ?? []
  const { code, err } = await run(t, ['sh', '-c', command], {}, { cwd: image, env: imageEnvironment(image) })
    .ended
  t.equal(code, 0, err)
  await run(t, ['chmod', '-R', 'a-w', image], {}).ended
  t.teardown(() => run(t, ['chmod', '-R', 'u+w', image], {}).ended)
  return image
}

/** The Dockerfile's environment: the Node of the tests, and the path of the compile cache in `image`. */
function imageEnvironment(image: string) {
  const [, path = ''] = /^ENV NODE_COMPILE_CACHE=\/app\/(\S+)$/m.exec(dockerfile) ?? []
  return {
    ...symlinks,
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: join(image, path),
    NODE_DISABLE_COMPILE_CACHE: undefined
  }
}

/** Finds the package folders that the Dockerfile's `npm ci` would install into `image`, with a dry run. */
async function findProductionPackages(t: Test, image: string): Promise<string[]> {
  const [, command = ''] = /^RUN (npm ci .+)$/m.exec(dockerfile) ?? []
  const { code, out, err } = await run(t, [...command.split(' '), '--dry-run', '--json'], {}, { cwd: image })
    .ended
  t.equal(code, 0, err)
  const folders = [...out.matchAll(/"path": "(.+)"/g)].map(([, path = '']) => relative(image, path))
  t.ok(folders.length > 100, 'the dry run lists packages')
  // The folder of a package includes its nested packages.
  return folders.filter((folder) => !folder.includes('/node_modules/'))
}

/** Drops all capabilities, as `cap_drop: [ALL]` and `no-new-privileges` do: even root can write only to writable files. */
const confined = ['setpriv', '--no-new-privs', ...(getuid?.() === 0 ? ['--bounding-set=-all'] : [])]

t.test(
  'image: starts on every address with read-only files, answers, and shuts down gracefully',
  { timeout: 120_000 },
  async (t) => {
    const cwd = await buildImage(t)
    const node = [...confined, process.execPath, 'server.ts']
    const env = imageEnvironment(cwd)

    await t.test('no file in the image is writable', async (t) => {
      for (const file of ['new', 'server.ts', 'node_modules/new', 'services/new']) {
        const { err } = await run(t, [...confined, 'sh', '-c', `: >> ${file}`], {}, { cwd }).ended
        t.match(err, 'Permission denied', file)
      }
    })

    await t.test('no configuration: exits with the settings message', async (t) => {
      const { code, err } = await run(t, node, { HOST: '0.0.0.0' }, { cwd, env }).ended
      t.equal(code, 1)
      t.match(err, /SCALEKIT_ENVIRONMENT_URL is missing/)
    })

    await t.test(
      'no NODE_COMPILE_CACHE, as in a checkout: the app is in the same compile cache',
      async (t) => {
        const withoutCache = { ...env, NODE_COMPILE_CACHE: undefined, ...traceCompileCache }
        const { err } = await run(t, node, { HOST: '0.0.0.0' }, { cwd, env: withoutCache }).ended
        t.match(err, 'app.ts was accepted')
        t.same(findCompiledModules(err), [])
      }
    )

    await t.test('no local mode in the image: an error says so', async (t) => {
      const { code, err } = await run(t, node, {}, { cwd, env }).ended
      t.equal(code, 1)
      t.match(err, /^Scalekit is not configured, and local mode is not installed.*npm ci\.\n$/)
    })

    await t.test('SIGTERM: finishes the open request, accepts no new one, exits with 0', async (t) => {
      const [{ environmentUrl, signToken }, news, port, DATA_DIR] = await Promise.all([
        startKeyServer(t),
        createLocalAlphaVantage({ port: 0, host: '127.0.0.1' }),
        freePort(),
        temporaryFolder(t)
      ])
      t.teardown(() => news.close())
      const resource = `http://localhost:${port}/mcp`
      const settings = {
        HOST: '0.0.0.0',
        PORT: String(port),
        DATA_DIR,
        SCALEKIT_ENVIRONMENT_URL: environmentUrl,
        SCALEKIT_RESOURCE_NAME: resource,
        SCALEKIT_AUTHORIZATION_SERVERS: `${environmentUrl}/resources/res_test`,
        ALPHA_VANTAGE_API_KEY: 'KEY',
        ALPHA_VANTAGE_BASE_URL: news.url,
        ALPHA_VANTAGE_CALLS_PER_DAY: '0',
        ALPHA_VANTAGE_CALLS_PER_SECOND: '0'
      }
      const { child, written, ended } = run(t, node, settings, { cwd, env: { ...env, ...traceCompileCache } })
      await written(/Server listening/)

      const health = await run(t, healthCheck(), { PORT: String(port) }, { cwd }).ended
      t.equal(health.code, 0, 'health check: up')

      const requested = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      news.answer = async () => {
        requested.resolve()
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
      await requested.promise
      child.kill('SIGTERM')
      await waitUntilRefused(port)
      held.resolve()
      const [response] = await once(open, 'response')
      const body = (await response.setEncoding('utf8').toArray()).join('')
      const { code, err } = await ended

      t.match(JSON.parse(body), { result: { structuredContent: { articles: [{ title: 'Finished' }] } } })
      t.equal(code, 0)
      t.match(err, '@scalekit-sdk/node/lib/index.js was accepted')
      t.same(findCompiledModules(err), [], 'the compile cache has every module')
      t.notSame(await readdir(DATA_DIR), [], 'news and counts are in the writable folder')
      const down = await run(t, healthCheck(), { PORT: String(port) }, { cwd }).ended
      t.equal(down.code, 1, 'health check: down')
    })
  }
)

/** Makes Node log to stderr what it reads from its compile cache. */
const traceCompileCache = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' }

/** Finds the modules of the project that Node compiled because its cache did not have them. */
function findCompiledModules(trace: string): (string | undefined)[] {
  const compiled = /code cache for ESM (\S+\.ts) was (?:not initialized|rejected)/g
  return [...trace.matchAll(compiled)].map(([, module]) => module)
}

/** Reads the command of the image's HEALTHCHECK. */
function healthCheck(): string[] {
  const [, command = '[]'] = /HEALTHCHECK.*\\\n +CMD (\[.*\])/.exec(dockerfile) ?? []
  const [, ...args] = JSON.parse(command) as string[]
  return [process.execPath, ...args]
}

/** Waits until `port` refuses connections. */
async function waitUntilRefused(port: number) {
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/healthz`)
    } catch {
      return
    }
  }
}
