import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, send, type ToolCall } from './tool-call.ts'

/** A server with its own process and port. */
export interface Server {
  url: string
  child: ChildProcess
  /** The file that receives its standard output. */
  log: number
}

/** The resource usage of a server's process: total CPU time in microseconds, current memory in bytes. */
export interface Usage {
  cpuMicroseconds: number
  rss: number
  heapUsed: number
}

/** The logs and the data of the servers of this run. */
export const folder = mkdtempSync(join(tmpdir(), 'finance-news-bench-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

let lastPort = 18_000

/** Returns a port that this run has not used yet. */
export const nextPort = () => ++lastPort

/** Starts `file`, which listens on `PORT`. Call {@link waitForAnswer} before you use it. */
export function startServer(
  file: string,
  port: number,
  { env = {}, preload = [] }: { env?: NodeJS.ProcessEnv; preload?: string[] } = {}
): Server {
  const log = openSync(join(folder, `${port}.log`), 'a')
  const child = fork(new URL(file, import.meta.url), {
    // A folder without .env and a clean environment give every run the same settings.
    cwd: import.meta.dirname,
    env: { NODE_ENV: 'production', PORT: String(port), ...env },
    execArgv: [
      '--expose-gc',
      ...['./usage.ts', ...preload].flatMap((module) => ['--import', import.meta.resolve(module)])
    ],
    stdio: ['ignore', log, 'inherit', 'ipc']
  })
  return { url: `http://127.0.0.1:${port}`, child, log }
}

/** Sends `toolCall` until the server listens, and returns the first answer. */
export async function waitForAnswer({ url, child }: Server, toolCall: ToolCall): Promise<Answer> {
  const deadline = performance.now() + 15_000
  for (;;) {
    try {
      return await send(url, toolCall)
    } catch (error) {
      const isStarting = error instanceof TypeError && child.exitCode === null
      if (!isStarting || performance.now() > deadline) throw error
      await sleep(2)
    }
  }
}

export async function readUsage({ child }: Server, { collectGarbage = false } = {}): Promise<Usage> {
  const replied = once(child, 'message')
  child.send({ collectGarbage })
  const [usage] = await replied
  return usage
}

/** Ends the process without a signal, so that it writes its compile cache. */
export async function stopServer({ child, log }: Server): Promise<void> {
  closeSync(log)
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.disconnect()
  await exited
}
