import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment } from '../../services/config/environment.ts'
import { settingsSchema } from '../../services/config/settings.ts'
import { startKeyServer } from './key-server.ts'
import { freePort } from './ports.ts'
import { callTool } from './rpc.ts'
import { type Test, temporaryFolder } from './temp.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** All settings, with empty values, so that neither the environment nor an `.env` file has an effect. */
const emptySettings = Object.fromEntries(Object.keys(settingsSchema.shape).map((name) => [name, '']))

/** The absolute path of Node's compile cache, for programs that run in another folder. */
const { NODE_COMPILE_CACHE } = process.env
const compileCache = NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: resolve(root, NODE_COMPILE_CACHE) } : {}

/** Free ports, as settings. */
export async function choosePorts() {
  const [port, scalekit, news] = await Promise.all([freePort(), freePort(), freePort()])
  return { PORT: String(port), LOCAL_SCALEKIT_PORT: String(scalekit), LOCAL_NEWS_PORT: String(news) }
}

/** Runs a program with `environment` as its only settings. Kills the program after the test if it still runs. */
export function run(t: Test, command: string[], environment: Environment, options: SpawnOptions = {}) {
  // Without the test runner's own loader, which takes as long as the server's start.
  const child: ChildProcess = spawn('env', ['-u', 'NODE_OPTIONS', ...command], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group, so that npm's children are killed with it.
    detached: true,
    ...options,
    env: { ...process.env, ...compileCache, ...emptySettings, ...environment, ...options.env }
  })
  const output = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.err += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }))
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(-child.pid, 'SIGKILL')
    await ended
  })

  return {
    child,
    ended,
    /** The output so far. */
    output: () => output.out + output.err,
    /** Waits for output that matches. Throws if the program exits first. */
    async written(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const match = pattern.exec(output.out)
        if (match) return match
        const next = child.stdout ? once(child.stdout, 'data').then(() => false) : Promise.resolve(true)
        if (await Promise.race([next, ended.then(() => !pattern.test(output.out))])) {
          throw new Error(`The program exited without ${pattern}:\n${output.out}\n${output.err}`)
        }
      }
    }
  }
}

/**
 * Prepares the server as in production, in a process of its own, with `upstream` as Alpha Vantage. `settings` override the
 * defaults, and may set another public URL.
 */
export async function prepareServer(t: Test, upstream: { url: string }, settings: Environment = {}) {
  const [{ environmentUrl, signToken }, port, folder] = await Promise.all([
    startKeyServer(t),
    freePort(),
    temporaryFolder(t)
  ])
  const resource = settings.SCALEKIT_RESOURCE_NAME ?? `http://localhost:${port}/mcp`
  const issuer = `${environmentUrl}/resources/res_test`
  const token = await signToken({ iss: issuer, aud: [resource] })
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(resource, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body)
    })
  const environment: Environment = {
    PORT: String(port),
    SCALEKIT_ENVIRONMENT_URL: environmentUrl,
    SCALEKIT_RESOURCE_NAME: resource,
    SCALEKIT_AUTHORIZATION_SERVERS: issuer,
    ALPHA_VANTAGE_API_KEY: 'KEY',
    ALPHA_VANTAGE_BASE_URL: upstream.url,
    ALPHA_VANTAGE_CALLS_PER_SECOND: '0',
    OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
    DATA_DIR: folder,
    ...settings
  }

  return {
    environment,
    resource,
    token,
    post,
    /** Starts the server, optionally with another command or more settings. Can be called again after it exits. */
    async start(command = [process.execPath, join(root, 'server.ts')], extraSettings: Environment = {}) {
      const server = run(t, command, { ...environment, ...extraSettings })
      await server.written(/Server listening/)
      return server
    },
    /** Calls a tool. */
    ask: (name: string, args = {}) => callTool({ post }, name, args)
  }
}
