import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Question, type Result } from './question.ts'

/** A server in a process and on a port of its own. */
export interface Server {
  url: string
  child: ChildProcess
}

/** The resources used by a server's process so far: CPU time in microseconds, memory in bytes. */
export interface Usage {
  cpuMicroseconds: number
  rss: number
  heapUsed: number
}

let lastPort = 18_000

/** Returns a port that this run has not used yet. */
export const nextPort = () => ++lastPort

/** Starts `file`, which listens on `PORT`. {@link waitForAnswer} waits until it does. */
export function startServer(
  file: string,
  port: number,
  { env = {}, preload = [] }: { env?: NodeJS.ProcessEnv; preload?: string[] } = {}
): Server {
  const child = fork(new URL(file, import.meta.url), {
    // In a folder without .env and with a clean environment, so that every run has the same settings.
    cwd: import.meta.dirname,
    env: { NODE_ENV: 'production', PORT: String(port), ...env },
    execArgv: [
      '--expose-gc',
      ...['./usage.ts', ...preload].flatMap((module) => ['--import', import.meta.resolve(module)])
    ],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  return { url: `http://127.0.0.1:${port}`, child }
}

/** Sends `question` until the server listens, and returns the first answer. */
export async function waitForAnswer({ url, child }: Server, question: Question): Promise<Result> {
  const deadline = performance.now() + 15_000
  for (;;) {
    try {
      return await ask(url, question)
    } catch (error) {
      const isStarting = error instanceof TypeError && child.exitCode === null
      if (!isStarting || performance.now() > deadline) throw error
      await sleep(2)
    }
  }
}

export async function readUsage({ child }: Server, { collectGarbage = false } = {}): Promise<Usage> {
  const answered = once(child, 'message')
  child.send({ collectGarbage })
  const [usage] = await answered
  return usage
}

export async function stopServer({ child }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
