/**
 * Runs two replicas under mixed load for the given seconds (default 600), while their dependencies fail:
 * `npm run soak -- 60`. Exits with 1 if no fault explains an answer, or if memory or handles have grown.
 * `--seed=…` repeats a schedule. `--json=…` writes the result to a file. All traffic stays on loopback.
 */
import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { skip } from '../support/redis.ts'
import type { Test } from '../support/temp.ts'
import { formatReport } from './report.ts'
import { soak } from './soak.ts'
import { findProblems } from './verdict.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, json: { type: 'string' } }
})
const seconds = Number(positionals[0] ?? 600)
const seed = Number(values.seed ?? randomInt(1_000_000))
if (!(seconds > 0 && seconds <= 3600) || !Number.isInteger(seed))
  throw new Error('Usage: npm run soak -- [1 to 3600 seconds] [--seed=integer] [--json=file]')
if (skip) throw new Error(skip)

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort())
const print = (line: string) => void process.stdout.write(`${line}\n`)

await using ended = new AsyncDisposableStack()
const t: Test = { teardown: (end) => ended.defer(async () => void (await end())) }

print(`${seconds} s of load, seed ${seed}`)
try {
  const soaked = await soak(t, { seconds, seed, signal: interrupted.signal, print })
  const problems = findProblems(soaked)
  print(`\n${formatReport(soaked)}\n`)
  print(problems.length === 0 ? 'no problem found' : problems.map((problem) => `✗ ${problem}`).join('\n'))
  if (values.json) await writeFile(values.json, JSON.stringify({ ...soaked, problems }, undefined, 2))
  if (problems.length > 0) process.exitCode = 1
} catch (error) {
  if (!interrupted.signal.aborted) throw error
  print('interrupted')
  process.exitCode = 1
}
