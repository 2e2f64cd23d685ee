import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test as TapTest } from 'tap'

/** The part of a tap test that the helpers use. */
export type Test = Pick<TapTest, 'teardown'>

/** Creates a folder that is removed after the test. */
export async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finance-news-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}
