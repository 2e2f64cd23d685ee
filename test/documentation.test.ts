import { readdir, readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import t from 'tap'
import { localSettings } from '../local/settings.ts'
import { readConfig } from '../services/config.ts'
import { asksForLocalMode, settingsSchema } from '../services/settings.ts'

const read = (name: string) => readFile(new URL(`../${name}`, import.meta.url), 'utf8')
const names = Object.keys(settingsSchema.properties)

t.test('each setting has a row in the README', async (t) => {
  const rows = (await read('README.md')).split('\n').filter((line) => line.startsWith('| `'))
  const documented = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name)
  )
  const settings = documented.filter(
    (name) => name !== undefined && !/^(NEWS_(?!$)|INVALID_|INTERNAL_)/.test(name)
  )

  t.same(settings.toSorted(), names.toSorted())
})

t.test('each setting has a line in .env.example, with its default', async (t) => {
  const example = await read('.env.example')
  const uncommented = parseEnv(example.replace(/^# (?=[A-Z_]+=)/gm, ''))

  t.same(Object.keys(uncommented).toSorted(), names.toSorted())
  const defaults = readConfig(localSettings({}))
  const given = readConfig({ ...uncommented, ...localSettings({}) })
  const same = { REQUIRED_SCOPE: 'news:read', allowsOrigin: null, trustsProxy: null }
  t.same({ ...given, ...same }, { ...defaults, ...same })
})

t.test('each test that SECURITY.md names is there', async (t) => {
  const folder = new URL('.', import.meta.url)
  const files = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'))
  const tests = (await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n')
  const rows = (await read('SECURITY.md')).split('\n').filter((line) => line.startsWith('|'))
  const named = rows.flatMap((row) =>
    [...(row.split('|')[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  )

  t.ok(named.length > 20)
  for (const name of named) {
    // Tests that a table makes have names that begin with the table's.
    const isMade = [...name].some(
      (_, at) => at < name.length - 10 && tests.includes(`\${name}${name.slice(at)}`)
    )
    t.ok(tests.includes(name) || isMade, name)
  }
})

t.test('.env.example as it is means local mode', async (t) => {
  t.ok(asksForLocalMode(parseEnv(await read('.env.example'))))
})

t.test('the Dockerfile copies the server, and leaves the stand-ins out', async (t) => {
  const dockerfile = await read('Dockerfile')
  const dockerignore = await read('.dockerignore')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' ')
  )

  t.same([...new Set(copied)].toSorted(), [
    'app.ts',
    'environment.ts',
    'package-lock.json',
    'package.json',
    'plugins',
    'routes',
    'server.ts',
    'services'
  ])
  t.same(
    dockerignore.trim().split('\n').toSorted(),
    ['*', ...new Set(copied.map((file) => `!${file}`))].toSorted()
  )
})
