import { readFile } from 'node:fs/promises'
import t from 'tap'
import { newsErrorCodes } from '../../services/lib/news-error.ts'
import { CursorError, CursorExpiredError } from '../../services/mcp/schemas/cursor.ts'
import { toolErrors } from '../../services/mcp/tools/error-codes.ts'
import { WindowError } from '../../services/news/window.ts'

t.test('every code that a tool can return is documented once, and no other', async (t) => {
  const created = [CursorError, CursorExpiredError, WindowError].map((ToolError) => new ToolError().code)

  const codes = new Set([...newsErrorCodes, ...created, 'INTERNAL_ERROR'])
  t.same(toolErrors.map(({ code }) => code).toSorted(), [...codes].toSorted())
})

t.test("README's table of errors equals the documented codes", async (t) => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const [, rows = ''] = /^\| code \| when \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(readme) ?? []

  t.equal(rows, toolErrors.map(({ code, when }) => `| \`${code}\` | ${when} |\n`).join(''))
})
