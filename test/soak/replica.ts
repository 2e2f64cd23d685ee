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
const maxStartMs = 30_000

export type Replica = Awaited<ReturnType<typeof startReplica>>

/** Starts a server in its own process, which a fault can restart. */
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
  const earlierLines: string[] = []
  let server = launch()
  await waitUntilReady()

  function launch() {
    const started = run(t, command, environment, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    return { ...started, lines: () => started.output().split('\n').filter(Boolean) }
  }

  async function waitUntilReady() {
    const until = performance.now() + maxStartMs
    const fetchReadiness = () =>
      fetch(`${origin}/readyz`, { headers: { connection: 'close' } }).catch(() => undefined)
    while (!(await fetchReadiness())?.ok) {
      if (performance.now() > until) throw new Error(`Replica ${name} did not become ready`)
      await sleep(50)
    }
  }

  return {
    name,
    port,
    origin,
    /** Stops the replica with SIGTERM, as a process manager does. */
    async stop() {
      server.child.kill('SIGTERM')
      const { code } = await server.ended
      earlierLines.push(...server.lines())
      return { code }
    },
    /** Starts the replica again. */
    async start() {
      server = launch()
      await waitUntilReady()
    },
    /** The log lines. All are errors, because of LOG_LEVEL. */
    errorLines: () => [...earlierLines, ...server.lines()],
    async measure(): Promise<Measure> {
      const answer = once(server.child, 'message')
      server.child.send('measure')
      const [measure] = await answer
      return measure
    },
    /** The metrics of the replica, by name and labels. */
    async metrics(): Promise<Map<string, number>> {
      const response = await fetch(`http://localhost:${metricsPort}/metrics`, {
        headers: { connection: 'close' }
      })
      const lines = (await response.text()).matchAll(/^([^#\s]+) (\S+)$/gm)
      return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]))
    }
  }
}
