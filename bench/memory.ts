import { connections, saturate } from './load.ts'
import { startStandIns } from './ours.ts'
import { machine, report, table } from './results.ts'
import { readUsage, stopServer, type Usage, waitForAnswer } from './servers.ts'
import { createToolCall } from './tool-call.ts'

/** Memory use under load, in alternating eras. It must stay flat. */
const minutes = 5
const secondsBetweenSamples = 15

const standIns = await startStandIns()
const server = await standIns.startOurs({
  // Minutes at the maximum rate can exceed the highest limit.
  RATE_LIMIT_PER_MINUTE: '0',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '0'
})
const toolCalls = (['legacy', 'modern'] as const).map((era) => createToolCall(era, { token: server.token }))
for (const toolCall of toolCalls) await waitForAnswer(server, toolCall)

/** Measures memory after the load of one interval. */
async function sample(): Promise<Usage> {
  for (const toolCall of toolCalls)
    await saturate({ server, toolCall }, secondsBetweenSamples / toolCalls.length)
  return readUsage(server, { collectGarbage: true })
}

await sample() // warm-up
const samples: Usage[] = []
while (samples.length <= (minutes * 60) / secondsBetweenSamples) {
  const usage = await sample()
  samples.push(usage)
  process.stdout.write(`${megabytes(usage.rss)} MB resident, ${megabytes(usage.heapUsed)} MB heap used\n`)
}
await stopServer(server)
await standIns.close()

function megabytes(bytes = Number.NaN): string {
  return (bytes / 1e6).toFixed(1)
}

/** The growth of `values` from one sample to the next: the slope of the least-squares line. */
function growth(values: number[]): number {
  const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const middle = (values.length - 1) / 2
  const average = mean(values)
  const rise = mean(values.map((value, index) => (index - middle) * (value - average)))
  return rise / mean(values.map((_value, index) => (index - middle) ** 2))
}

const rows = (['rss', 'heapUsed'] as const).map((figure) => {
  const values = samples.map((usage) => usage[figure])
  const range = `${megabytes(Math.min(...values))}–${megabytes(Math.max(...values))}`
  const perMinute = (growth(values) * 60) / secondsBetweenSamples
  return [figure, megabytes(values[0]), megabytes(values.at(-1)), range, megabytes(perMinute)]
})
await report(
  'Memory',
  `\`npm run --prefix bench memory\`: ${minutes} minutes at the maximum rate of the server, on ${connections} connections, in alternating eras. Sampled
every ${secondsBetweenSamples} s after a forced garbage collection, first after a warm-up of ${secondsBetweenSamples} s. Aims: below 250 MB, and flat.`,
  `${machine}:`,
  table(['', 'first, MB', 'last, MB', 'range, MB', 'slope, MB per minute'], rows)
)
