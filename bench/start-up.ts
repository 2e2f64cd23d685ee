import { createSurroundings } from './ours.ts'
import { createQuestion } from './question.ts'
import { machine, report, spread, table } from './results.ts'
import { stopServer, waitForAnswer } from './servers.ts'

/** The time from `node server.ts` to the first answered tool call. */
const starts = 5

const surroundings = await createSurroundings()
const rows: string[][] = []
for (const era of ['legacy', 'modern'] as const) {
  const milliseconds: number[] = []
  for (let start = 0; start < starts; start += 1) {
    const began = performance.now()
    const server = await surroundings.startOurs()
    await waitForAnswer(server, createQuestion(era, { token: server.token }))
    milliseconds.push(performance.now() - began)
    await stopServer(server)
  }
  rows.push([`first answer (${era})`, spread(milliseconds, 0)])
}
await surroundings.close()

await report(
  'Start-up',
  `From the start of the process to the first answered \`tools/call\`, with the signing keys and the news fetched on the way (from
stand-ins on the same machine). Aim: below 1500 ms.`,
  `${machine}; ${starts} starts, median and range:`,
  table(['', 'ms'], rows)
)
