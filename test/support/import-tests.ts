import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './process.ts'

/** Runs the test files that match `patterns` (relative to `test/`) in this process, in alphabetical order. */
export async function importTests(...patterns: string[]) {
  const files = await Array.fromAsync(glob(patterns, { cwd: join(root, 'test') }))
  for (const file of files.sort()) await import(pathToFileURL(join(root, 'test', file)).href)
}
