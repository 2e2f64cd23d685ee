import { readFile } from 'node:fs/promises'
import t from 'tap'
import * as refusals from '../../services/lib/news-error.ts'
import * as cursors from '../../services/mcp/schemas/cursor.ts'
import { toolErrors } from '../../services/mcp/tools/error-codes.ts'
import * as windows from '../../services/news/window.ts'

const told = toolErrors.flatMap(({ codes }) => codes)

/** The codes of the errors that `module` exports ready-made. */
const codesOf = (module: object) =>
  Object.entries(module)
    .filter(
      ([name]) => name.endsWith('Error') && !['SharedFailureError', 'UpstreamLimitError'].includes(name)
    )
    .map(([, ErrorClass]) => String(new ErrorClass().code))

t.test('each error that a tool can answer with is in the table, and no other', async (t) => {
  const thrown = [refusals, cursors, windows].flatMap(codesOf)

  // The last is that of whatever was not foreseen.
  t.same([...new Set([...thrown, 'INTERNAL_ERROR'])].toSorted(), told.toSorted())
  t.ok(thrown.length > 15)
})

t.test("README's table of errors says the same", async (t) => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const [, rows = ''] = /^\| code \| when \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(readme) ?? []

  const wanted = toolErrors.map(
    ({ codes, when }) => `| ${codes.map((code) => `\`${code}\``).join(', ')} | ${when} |\n`
  )
  t.equal(rows, wanted.join(''))
})
