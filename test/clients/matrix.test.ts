import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { clients } from './table.ts'

const page = new URL('../../docs/CLIENTS.md', import.meta.url)

t.test('docs/CLIENTS.md lists the clients of the tests, with the versions of the lockfile', async (t) => {
  const lockfile = await readFile(new URL('package-lock.json', import.meta.url), 'utf8')
  const { packages } = JSON.parse(lockfile) as {
    packages: Record<string, { name?: string; version: string }>
  }
  const rows = clients.map(({ name, folder = '', installed }) => {
    const found = packages[`${folder}node_modules/${installed}`]
    return `| ${name} | \`${found?.name ?? installed}\` | ${found?.version} |`
  })
  const text = await readFile(page, 'utf8')
  const expected = text.replace(/(?<=\|---\|---\|---\|\n)(\|.*\n)*/, `${rows.join('\n')}\n`)

  // As snapshots: npm test -- test/clients/matrix.test.ts --snapshot writes the page.
  if (process.env.TAP_SNAPSHOT === '1') await writeFile(page, expected)
  t.equal(await readFile(page, 'utf8'), expected)
})
