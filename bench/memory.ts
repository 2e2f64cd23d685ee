import { connections, saturate } from './load.ts'
import { createSurroundings } from './ours.ts'
import { createQuestion } from './question.ts'
import { machine, report, table } from './results.ts'
import { readUsage, stopServer, type Usage, waitForAnswer } from './servers.ts'

/** Whether memory stays flat under load, in alternating eras. */
const minutes = 5
const secondsBetweenSamples = 15

const surroundings = await createSurroundings()
const server = await surroundings.startOurs()
const questions = (['legacy', 'modern'] as const).map((era) => createQuestion(era, { token: server.token }))
for (const question of questions) await waitForAnswer(server, question)

/** Measures memory after the load of one interval. */
async function sample(): Promise<Usage> {
  for (const question of questions) await saturate(server, question, secondsBetweenSamples / questions.length)
  return readUsage(server, { collectGarbage: true })
}

await sample() // warm-up
const samples: Usage[] = []
while (samples.length <= (minutes * 60) / secondsBetweenSamples) {
  const usage = await sample()
  samples.push(usage)
  process.stdout.write(
    `${megabytes(usage.rss)} MB of memory, ${megabytes(usage.heapUsed)} MB of it heap in use\n`
  )
}
await stopServer(server)
await surroundings.close()

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
  `\`npm run --prefix bench memory\`: ${minutes} minutes of as many requests as the server answers, ${connections} connections, the eras by turns; sampled
every ${secondsBetweenSamples} s after a forced garbage collection, the first time after as long a warm-up. Aim: flat.`,
  `${machine}:`,
  table(['', 'first, MB', 'last, MB', 'range, MB', 'slope, MB a minute'], rows)
)
