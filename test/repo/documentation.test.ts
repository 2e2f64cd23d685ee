import { existsSync } from 'node:fs'
import { glob, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { localSettings } from '../../local/settings.ts'
import { readConfig } from '../../services/config/config.ts'
import { isLocalMode } from '../../services/config/local-mode.ts'
import { settingsSchema } from '../../services/config/settings.ts'
import { root } from '../support/process.ts'
import { startServer } from '../support/server.ts'

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8')
const names = Object.keys(settingsSchema.shape)
const pages = await Array.fromAsync(
  glob('{*,.github/**/*,**/*}.md', { cwd: root, exclude: ['**/node_modules'] })
)

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
  const fromExample = readConfig({ ...uncommented, ...localSettings({}) })
  const same = { REQUIRED_SCOPE: 'news:read', isOriginAllowed: null, isTrustedProxy: null }
  t.same({ ...fromExample, ...same }, { ...defaults, ...same })
})

t.test('each test that SECURITY.md names exists', async (t) => {
  const files = await Array.fromAsync(glob('test/**/*.test.ts', { cwd: root, exclude: ['**/node_modules'] }))
  const tests = (await Promise.all(files.map(read))).join('\n')
  const rows = (await read('SECURITY.md')).split('\n').filter((line) => line.startsWith('|'))
  const named = rows.flatMap((row) =>
    [...(row.split('|')[3] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  )

  t.ok(named.length > 20)
  for (const name of named) {
    // Tests made from a table have names that begin with the table's.
    const isFromTable = [...name].some(
      (_, at) => at < name.length - 10 && tests.includes(`\${name}${name.slice(at)}`)
    )
    t.ok(tests.includes(name) || isFromTable, name)
  }
})

t.test('.env.example unchanged: local mode', async (t) => {
  t.ok(isLocalMode(parseEnv(await read('.env.example'))))
})

t.test('Dockerfile: copies the server without the stand-ins', async (t) => {
  const dockerfile = await read('Dockerfile')
  const dockerignore = await read('.dockerignore')
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' ')
  )

  t.same([...new Set(copied)].toSorted(), [
    'app.ts',
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

t.test('each tool, resource and prompt has a row in the README', async (t) => {
  const { app } = await startServer(t)
  const { tools, resources, resourceTemplates, prompts } = app.mcp.catalog
  const readme = await read('README.md')

  t.same(
    [...readme.matchAll(/^\| `([a-z_]+)` \| [^|]+\? \|/gm)].map(([, name]) => name).toSorted(),
    tools.map(({ name }) => name).toSorted()
  )
  const news = resources.map(({ uri }) => uri).filter((uri) => uri.startsWith('news:'))
  for (const uri of [...news, ...resourceTemplates.map(({ uriTemplate }) => uriTemplate)]) {
    t.ok(readme.includes(`| \`${uri}\` |`), uri)
  }
  for (const { name } of prompts) t.ok(readme.includes(`\`${name}\``), name)
})

t.test('links between pages lead to existing files', async (t) => {
  t.ok(pages.includes('README.md') && pages.includes('deploy/README.md') && pages.length > 8)
  for (const page of pages) {
    for (const [, target = ''] of (await read(page)).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      t.ok(existsSync(join(root, dirname(page), target)), `${page}: ${target}`)
    }
  }
})

t.test('each npm script that a page names exists', async (t) => {
  const named = new Set<string>()
  for (const page of pages) {
    const text = await read(page)
    for (const [, folder = '.', name] of text.matchAll(
      /npm run (?:--silent )?(?:--prefix (\S+) )?(?:--silent )?([a-z][\w:-]*)/g
    )) {
      named.add(`${folder} ${name}`)
    }
    for (const [, folder = ''] of text.matchAll(/npm ci --prefix (\S+?)[\s`,;)]/g)) named.add(`${folder} `)
  }

  t.ok(named.size > 8)
  for (const script of named) {
    const [folder = '', name = ''] = script.split(' ')
    const { scripts = {} } = JSON.parse(await read(join(folder, 'package.json')))
    t.ok(name === '' || name in scripts, script)
  }
})

/** The files that CONTRIBUTING.md uses as examples. */
const exampleFiles = ['services/mcp/tools/get-something.ts', 'test/services/mcp/tools/get-something.test.ts']

t.test('each path of the project that a page names exists', async (t) => {
  const path = /`((?:services|plugins|routes|test|deploy|local|bench)\/[\w./-]+|(?:server|app)\.ts)`/g
  for (const page of ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'DEPENDENCIES.md', 'deploy/README.md']) {
    for (const [, name = ''] of (await read(page)).matchAll(path)) {
      t.ok(existsSync(join(root, name)) || exampleFiles.includes(name), `${page}: ${name}`)
    }
  }
})

t.test('ARCHITECTURE.md lists every folder of the project', async (t) => {
  const text = await read('ARCHITECTURE.md')
  const ignored = (await read('.gitignore')).split('\n')
  const entries = await readdir(root, { withFileTypes: true })

  for (const { name } of entries.filter((entry) => entry.isDirectory())) {
    if (name !== '.git' && !ignored.includes(`${name}/`)) t.match(text, `\`${name}/`, name)
  }
})
