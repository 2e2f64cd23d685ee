import { readFile, writeFile } from 'node:fs/promises'
import t from 'tap'
import { clients } from './table.ts'

const page = new URL('../../docs/CLIENTS.md', import.meta.url)

interface Lockfile {
  packages: Record<string, { name?: string; version: string }>
}

t.test('docs/CLIENTS.md lists the clients of the tests, with the versions in the lockfile', async (t) => {
  const { packages }: Lockfile = JSON.parse(
    await readFile(new URL('package-lock.json', import.meta.url), 'utf8')
  )
  const rows = clients.map(({ name, folder = '', installed }) => {
    const { name: packageName = installed, version } = packages[`${folder}node_modules/${installed}`] ?? {}
    return `| ${name} | \`${packageName}\` | ${version} |${' every tool |'.repeat(3)}\n`
  })
  const text = await readFile(page, 'utf8')
  const expected = text.replace(/(?<=^\|[-|]+\|\n)(\|.*\n)*/m, rows.join(''))

  // npm test -- test/clients/matrix.test.ts --snapshot
  if (process.env.TAP_SNAPSHOT === '1') await writeFile(page, expected)
  t.ok(rows.length > 10)
  t.equal(await readFile(page, 'utf8'), expected)
})
