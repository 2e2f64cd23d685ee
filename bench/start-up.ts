import { startStandIns } from './ours.ts'
import { machine, report, spread, table } from './results.ts'
import { stopServer, waitForResponse } from './servers.ts'
import { createToolCall } from './tool-call.ts'

/** The time from `node server.ts` to the first answered tool call. */
const starts = 5

const standIns = await startStandIns()
const rows: string[][] = []
for (const era of ['legacy', 'modern'] as const) {
  const milliseconds: number[] = []
  for (let start = 0; start < starts; start += 1) {
    const startedAt = performance.now()
    const server = await standIns.startOurs()
    await waitForResponse(server, createToolCall(era, { token: server.token }))
    milliseconds.push(performance.now() - startedAt)
    await stopServer(server)
  }
  rows.push([`first answer (${era})`, spread(milliseconds, 0)])
}
await standIns.close()

await report(
  'Start-up',
  `From the start of the process to the first answered \`tools/call\`, including the fetches of the signing keys and the news
(from stand-ins on the same machine). Aim: below 1500 ms.`,
  `${machine}; ${starts} starts, median and range:`,
  table(['', 'ms'], rows)
)
