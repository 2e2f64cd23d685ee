import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { alternate, rounds } from './load.ts'
import { startStandIns, type Version, versions } from './ours.ts'
import { machine, report, spread, table } from './results.ts'
import { folder, readUsage, stopServer, waitForAnswer } from './servers.ts'
import { createToolCall, type Era, eras } from './tool-call.ts'

/** The time from `node server.ts` to the first answered tool call, and the memory at rest after it. */
const restMs = 3000 // the server collects garbage two seconds after it listens

const caches: { name: string; settings: NodeJS.ProcessEnv }[] = [
  { name: 'with a filled compile cache', settings: { NODE_COMPILE_CACHE: join(folder, 'compile-cache') } },
  { name: 'without a compile cache', settings: { NODE_DISABLE_COMPILE_CACHE: '1' } }
]
const standIns = await startStandIns()

/** Starts the server, and returns the milliseconds until its first answer, and its resident memory at rest. */
async function start(version: Version, settings: NodeJS.ProcessEnv, era: Era) {
  const startedAt = performance.now()
  const server = await standIns.startOurs(settings, version)
  await waitForAnswer(server, createToolCall(era, { token: server.token }))
  const milliseconds = performance.now() - startedAt
  await sleep(restMs)
  const { rss } = await readUsage(server)
  await stopServer(server)
  return { milliseconds, megabytes: rss / 1e6 }
}

const cases = caches.flatMap(({ name, settings }) =>
  versions.flatMap((version) =>
    eras.map((era) => ({ name: `${version.name}, ${name} (${era})`, version, settings, era }))
  )
)
const loads = await alternate(cases, ({ version, settings, era }) => start(version, settings, era))
await standIns.close()

await report(
  'Start-up',
  `From the start of the process to the first answered \`tools/call\`, including the fetches of the signing keys and the news
(from stand-ins on the same machine); and the memory ${restMs / 1000} s later. Node's compile cache was filled by an earlier start. Aims: below 700 ms with
a filled compile cache, below 1000 ms without; below 150 MB at rest.`,
  `${machine}; ${rounds} alternating starts, medians and ranges:`,
  table(
    ['', 'first answer, ms', 'rss at rest, MB'],
    cases.map(({ name }, index) => [
      name,
      ...(['milliseconds', 'megabytes'] as const).map((figure) =>
        spread(
          (loads[index] ?? []).map((one) => one[figure]),
          0
        )
      )
    ])
  )
)
