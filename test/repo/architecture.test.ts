import { glob, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, normalize, relative } from 'node:path'
import t from 'tap'
import { root, run } from '../support/process.ts'
import { productFiles } from '../support/product-files.ts'
import { temporaryFolder } from '../support/temp.ts'

/** Top to bottom. A file imports from its own folder and from folders below it, never from above. */
const layers = [
  'server.ts',
  'app.ts',
  'routes/',
  'plugins/',
  'services/docs/',
  'services/mcp/response-cache.ts',
  'services/mcp/protocol/',
  'services/mcp/catalog.ts',
  'services/mcp/resources/',
  'services/mcp/prompts.ts',
  'services/mcp/tools/',
  'services/mcp/schemas/',
  'services/mcp/chart/',
  'services/mcp/primitives/',
  'local/',
  'services/auth/',
  'services/storage/',
  'services/analysis/',
  'services/news/',
  'services/config/',
  'services/budget/',
  'services/alpha-vantage/',
  'services/lib/'
]
const findLayer = (path: string) => layers.findIndex((layer) => path.startsWith(layer))

t.test('a product file imports only from its own layer and the layers below', async (t) => {
  const files = await productFiles()
  for (const file of files) {
    t.ok(findLayer(file) >= 0, `${file} belongs to a layer`)
    const source = await readFile(join(root, file), 'utf8')
    for (const [, specifier = ''] of source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const target = normalize(join(dirname(file), specifier))
      if (target !== 'package.json') t.ok(findLayer(target) >= findLayer(file), `${file} imports ${target}`)
    }
  }
  t.ok(files.length > 100)
})

t.test('ARCHITECTURE.md lists the layers in this order', async (t) => {
  const rows = (await readFile(join(root, 'ARCHITECTURE.md'), 'utf8')).split('\n')
  const listed = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) =>
      layers.includes(name) ? [name] : []
    )
  )

  t.same(listed, layers)
})

t.test('no product file is longer than 300 lines, no test longer than 400', async (t) => {
  const read = (file: string) => readFile(join(root, file), 'utf8')
  const countLines = async (file: string) => (await read(file)).trimEnd().split('\n').length
  const pageFiles = await Array.fromAsync(glob('{services,local}/**/*.{css,js,html}', { cwd: root }))
  for (const file of [...(await productFiles()), ...pageFiles]) {
    const lines = await countLines(file)
    t.ok(lines <= 300, `${file}: ${lines} lines`)
  }
  for await (const file of glob('test/**/*.ts', { cwd: root, exclude: ['**/node_modules'] })) {
    const lines = await countLines(file)
    t.ok(lines <= 400, `${file}: ${lines} lines`)
  }
})

t.test('a folder of the product holds at most a dozen files', async (t) => {
  const files = await Array.fromAsync(glob('{plugins,routes,services,local}/**/*.*', { cwd: root }))
  for (const [folder, inside] of Map.groupBy(files, (file) => dirname(file))) {
    t.ok(inside.length <= 12, `${folder}: ${inside.length} files`)
  }
})

t.test('npm test runs each test file once: in one group, or in a process of its own', async (t) => {
  const { tap } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    tap: { include: string[] }
  }
  const entries = await Array.fromAsync(glob(tap.include, { cwd: root }))
  const started: string[] = []
  for (const entry of entries) {
    const [, patterns] = (await readFile(join(root, entry), 'utf8')).split('importTests(')
    const group = [...(patterns ?? '').matchAll(/'([^']+)'/g)].map(([, pattern]) => `test/${pattern}`)
    started.push(...(patterns ? await Array.fromAsync(glob(group, { cwd: root })) : [entry]))
  }

  const files = await Array.fromAsync(glob('test/**/*.test.ts', { cwd: root, exclude: ['**/node_modules'] }))
  t.same(started.sort(), files.sort())
})

t.test('group whose last file awaits longer than the tests before it run: its tests run, too', async (t) => {
  const folder = await temporaryFolder(t)
  const tap = `import t from '${import.meta.resolve('tap')}'\n`
  const files = {
    'first.js': `${tap}t.teardown(() => {})\nt.test('first', async () => {})\n`,
    'second.js': `${tap}await new Promise((end) => setTimeout(end, 100))\nt.test('second', async () => {})\n`
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const helper = new URL('../support/import-tests.ts', import.meta.url)
  const group = `import('${helper}').then(({ importTests }) => importTests('${relative(join(root, 'test'), folder)}/*.js'))`

  const { code, out } = await run(t, [process.execPath, '--eval', group], {}).ended

  t.match(out, /^ok 1 - first.*^ok 2 - second/ms)
  t.equal(code, 0)
})
