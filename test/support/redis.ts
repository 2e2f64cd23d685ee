import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'
import { type Test, temporaryFolder } from './temp.ts'

/** The reason to skip tests that need Redis, for tap's `skip`; `false` to run them. */
export const skip =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed'

/** Starts a Redis server on a free port. It keeps its data across `stop` and `start` if it `persists`. */
export async function startRedis(t: Test, { password = '', persists = true } = {}) {
  const [port, dir] = await Promise.all([freePort(), temporaryFolder(t)])
  let child: ChildProcess | undefined

  async function start() {
    const settings = {
      port,
      bind: '127.0.0.1',
      dir,
      save: '',
      appendonly: persists ? 'yes' : 'no',
      appendfsync: 'always',
      ...(password && { requirepass: password })
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
      output += text
      if (output.includes('Ready to accept connections')) break
    }
    child.stdout?.resume()
  }

  async function stop(signal: NodeJS.Signals = 'SIGKILL') {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGKILL') await exited
  }

  await start()
  t.teardown(() => stop())
  return {
    url: `redis://${password && `:${password}@`}127.0.0.1:${port}`,
    start,
    stop,
    /** Stops all replies until `thaw`; connections stay open. */
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    /** Sends a command on a separate connection. */
    async command(...args: [string, ...string[]]) {
      const client = new Redis(port, '127.0.0.1', { ...(password && { password }), retryStrategy: null })
      try {
        return await client.call(...args)
      } finally {
        client.disconnect()
      }
    }
  }
}
