import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from './ports.ts'
import { type Test, temporaryFolder } from './temp.ts'

/** Why tests with Redis are left out, if they are: as tap's `skip` has it. */
export const skip =
  spawnSync('redis-server', ['--version']).status === 0 ? false : 'redis-server is not installed'

/** A real Redis on a port of its own, which keeps what it has across `stop` and `start`. */
export async function startRedis(t: Test, { password = '', persists = true } = {}) {
  const [port, folder] = await Promise.all([freePort(), temporaryFolder(t)])
  let child: ChildProcess | undefined

  async function start() {
    const settings = {
      port,
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      appendonly: persists ? 'yes' : 'no',
      appendfsync: 'always',
      ...(password && { requirepass: password })
    }
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
      said += text
      if (said.includes('Ready to accept connections')) break
    }
    child.stdout?.resume()
  }

  async function stop(signal: NodeJS.Signals = 'SIGKILL') {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGKILL') await ended
  }

  await start()
  t.teardown(() => stop())
  return {
    url: `redis://${password && `:${password}@`}127.0.0.1:${port}`,
    start,
    stop,
    /** It keeps its connections, and answers nothing until it is thawed. */
    freeze: () => child?.kill('SIGSTOP'),
    thaw: () => child?.kill('SIGCONT'),
    /** Does something with it, as an operator would. */
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
