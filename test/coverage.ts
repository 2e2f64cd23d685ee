import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Report } from 'c8'
import { skip } from './support/redis.ts'

/** The parts of Istanbul's format that are read here. c8 counts lines as statements. */
type Coverage = Record<
  string,
  { s: Record<string, number>; statementMap: Record<string, { start: { line: number } }> }
>

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, '.tap')

// Run the tests without Node's compile cache: V8 does not count every line of cached code.

/** Finds the product lines that no test runs, except those with a c8 comment. */
async function findMissedLines(): Promise<string[]> {
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
    hasOnlyTypes(file)
      ? []
      : Object.entries(statementMap).flatMap(([id, { start }]) =>
          s[id] === 0 ? `${relative(root, file)}:${start.line}` : []
        )
  )
}

/** A file of types alone is never loaded. */
const hasOnlyTypes = (file: string) =>
  !/^(export |default |async )*(const|let|function|class|await) /m.test(readFileSync(file, 'utf8'))

const missed = await findMissedLines()
if (missed.length === 0) {
  process.stdout.write('The tests have run every line.\n')
} else {
  process.stderr.write(`The tests have not run these lines:\n${missed.join('\n')}\n`)
  // Without Redis, missed lines fail CI only.
  if (skip) process.stderr.write(`Tests that need Redis were skipped: ${skip}.\n`)
  if (!skip || process.env.CI) process.exitCode = 1
}
