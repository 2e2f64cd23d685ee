import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { root } from './process.ts'

/**
 * Runs the test files that match `patterns` (relative to `test/`) in this process, in alphabetical order. The tests begin
 * after the last import. Otherwise tap would end when the tests of the first files are over, even if a later file still
 * starts a server at its top level.
 */
export async function importTests(...patterns: string[]) {
  const imported = importFiles(patterns)
  t.waitOn(imported)
  await imported // waitOn() ignores an error
}

async function importFiles(patterns: string[]) {
  const files = await Array.fromAsync(glob(patterns, { cwd: join(root, 'test') }))
  for (const file of files.sort()) await import(pathToFileURL(join(root, 'test', file)).href)
}
