import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Report } from 'c8'
import { skip } from './support/redis.ts'

/** As much of Istanbul's form as is used here; c8 counts lines as statements. */
type Coverage = Record<
  string,
  { s: Record<string, number>; statementMap: Record<string, { start: { line: number } }> }
>

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, '.tap')

// Without Node's compile cache: from code that was compiled before, the engine does not count every line.

/** Lines of the product that the tests did not run. A line that none can run says why beside it. */
async function missedLines(): Promise<string[]> {
  await new Report({
    reporter: ['json'],
    reportsDirectory: join(folder, 'report'),
    tempDirectory: join(folder, 'v8'),
    all: true,
    src: [root],
    extension: ['.ts'],
    include: ['*.ts', '{plugins,routes,services,local}/**/*.ts']
  }).run()
  const coverage: Coverage = JSON.parse(await readFile(join(folder, 'report/coverage-final.json'), 'utf8'))
  return Object.entries(coverage).flatMap(([file, { s, statementMap }]) =>
    isTypesAlone(file)
      ? []
      : Object.entries(statementMap).flatMap(([id, { start }]) =>
          s[id] === 0 ? `${relative(root, file)}:${start.line}` : []
        )
  )
}

/** Nobody loads a file of which nothing is left without its types. */
const isTypesAlone = (file: string) =>
  !/^(export |default |async )*(const|let|function|class|await) /m.test(readFileSync(file, 'utf8'))

const missed = await missedLines()
if (missed.length === 0) {
  process.stdout.write('The tests have run every line.\n')
} else {
  process.stderr.write(`The tests have not run these lines:\n${missed.join('\n')}\n`)
  // Elsewhere than in CI, who has no Redis is told so, and no more.
  if (skip) process.stderr.write(`Tests with Redis were left out: ${skip}.\n`)
  if (!skip || process.env.CI) process.exitCode = 1
}
