import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../../services/config/environment.ts'
import { root, run } from '../support/process.ts'
import type { Test } from '../support/temp.ts'
import type { Measure } from './probe.ts'

const command = [
  process.execPath,
  '--expose-gc',
  '--trace-warnings',
  '--import',
  join(import.meta.dirname, 'probe.ts'),
  join(root, 'server.ts')
]
const startsWithinMs = 30_000

export type Replica = Awaited<ReturnType<typeof startReplica>>

/** Starts a server in a process of its own, which can be ended and started again. */
export async function startReplica(
  t: Test,
  {
    name,
    port,
    metricsPort,
    settings
  }: { name: string; port: number; metricsPort: number; settings: Environment }
) {
  const origin = `http://localhost:${port}`
  const environment = { ...settings, PORT: String(port), METRICS_PORT: String(metricsPort) }
  const before: string[] = []
  let server = launch()
  await isReady()

  function launch() {
    const started = run(t, command, environment, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    return { ...started, lines: () => started.output().split('\n').filter(Boolean) }
  }

  async function isReady() {
    const until = performance.now() + startsWithinMs
    const asks = () => fetch(`${origin}/readyz`, { headers: { connection: 'close' } }).catch(() => undefined)
    while (!(await asks())?.ok) {
      if (performance.now() > until) throw new Error(`Replica ${name} does not become ready`)
      await sleep(50)
    }
  }

  return {
    name,
    port,
    origin,
    /** Ends it as a process manager would. */
    async end() {
      server.child.kill('SIGTERM')
      const { code } = await server.ended
      before.push(...server.lines())
      return { code }
    },
    /** Starts it again after it has ended. */
    async start() {
      server = launch()
      await isReady()
    },
    /** The lines that it has written, which are errors: it logs nothing else. */
    written: () => [...before, ...server.lines()],
    async measure(): Promise<Measure> {
      const answer = once(server.child, 'message')
      server.child.send('measure')
      const [measure] = await answer
      return measure
    },
    /** What it counts and measures itself, by name and labels. */
    async metrics(): Promise<Map<string, number>> {
      const response = await fetch(`http://localhost:${metricsPort}/metrics`, {
        headers: { connection: 'close' }
      })
      const lines = (await response.text()).matchAll(/^([^#\s]+) (\S+)$/gm)
      return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]))
    }
  }
}
