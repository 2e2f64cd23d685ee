import { glob, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { root, run } from '../support/process.ts'
import { temporaryFolder } from '../support/temp.ts'

interface Package {
  name?: string
  version?: string
  dev?: true
  hasInstallScript?: true
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

interface Update {
  'package-ecosystem': string
  directory: string
  directories?: string[]
}

interface Job {
  'timeout-minutes'?: number
  permissions?: unknown
  steps: { uses?: string }[]
}

const read = (name: string) => readFile(join(root, name), 'utf8')
const readPackages = async (lockfile: string): Promise<Record<string, Package>> =>
  JSON.parse(await read(lockfile)).packages
const findLockfiles = () =>
  Array.fromAsync(glob('**/package-lock.json', { cwd: root, exclude: ['**/node_modules'] }))
const nameIn = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

const page = await read('DEPENDENCIES.md')
const packages = await readPackages('package-lock.json')
const { dependencies, allowScripts } = JSON.parse(await read('package.json'))
const production = Object.keys(packages).filter((path) => path !== '' && !packages[path]?.dev)

t.test('each production package has a row with the number of packages it brings', async (t) => {
  const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]+) \| (\d+) \|$/gm)]
  const listed = new Map(rows.map(([, name = '', , count]) => [name, Number(count)]))

  t.same(
    rows.map(([, name]) => name),
    rows.map(([, name]) => name).toSorted(),
    'in order'
  )
  for (const name of Object.keys(dependencies)) {
    const count = reach(`node_modules/${name}`).size - 1
    t.equal(listed.get(name), count, `DEPENDENCIES.md has a row | \`${name}\` | purpose | ${count} |`)
    listed.delete(name)
  }
  t.same([...listed.keys()], [], 'DEPENDENCIES.md has no other rows')
})

t.test('DEPENDENCIES.md states the number of packages in production', async (t) => {
  const [, count] = /a production install has (\d+) packages/.exec(page) ?? []
  const reached = new Set(Object.keys(dependencies).flatMap((name) => [...reach(`node_modules/${name}`)]))

  t.equal(Number(count), production.length)
  t.same([...reached].toSorted(), production.toSorted())
})

t.test('packages with install scripts: exactly those listed, none in production', async (t) => {
  const lockfiles = await findLockfiles()
  const withScript = await Promise.all(
    lockfiles.map(async (lockfile) =>
      Object.entries(await readPackages(lockfile))
        .filter(([, { hasInstallScript }]) => hasInstallScript)
        .map(([path]) => `${lockfile} ${nameIn(path)}`)
    )
  )
  const rows = [...page.matchAll(/^\| `(\S*package-lock\.json)` \| `([^`]+)` \|/gm)]

  t.ok(lockfiles.length > 1)
  t.same(rows.map(([, lockfile, name]) => `${lockfile} ${name}`).toSorted(), withScript.flat().toSorted())
  t.same(
    production.filter((path) => packages[path]?.hasInstallScript),
    []
  )
  t.same(
    Object.keys(allowScripts).map((name) => `package-lock.json ${name}`),
    withScript.flat().filter((name) => name.startsWith('package-lock.json '))
  )
})

t.test('versions are exact', async (t) => {
  for (const [name, version] of Object.entries(dependencies)) t.match(version, /^\d+\.\d+\.\d+$/, name)
})

t.test('the SBOM lists every production package, and no other', async (t) => {
  const file = join(await temporaryFolder(t), 'sbom.json')
  const { code, err } = await run(t, ['.ci/sbom', file], {}).ended
  t.equal(code, 0, err)

  const { components } = JSON.parse(await readFile(file, 'utf8'))
  const listed = components.map(({ name, version }: Package) => `${name}@${version}`)
  const names = new Set(production.map((path) => `${nameIn(path)}@${packages[path]?.version}`))
  t.same(listed.toSorted(), [...names].toSorted())
})

t.test('Dependabot watches every lockfile, the image, the compose files and the actions', async (t) => {
  const { updates } = parse(await read('.github/dependabot.yml'))
  const watched = updates.flatMap(({ 'package-ecosystem': ecosystem, directory, directories }: Update) =>
    (directories ?? [directory]).map((folder) => `${ecosystem} ${folder}`)
  )
  const folders = (await findLockfiles()).map((lockfile) => `npm /${dirname(lockfile)}`.replace(/\/\.$/, '/'))

  t.same(watched.toSorted(), [...folders, 'docker /', 'docker-compose /', 'github-actions /'].toSorted())
  for (const { schedule, cooldown } of updates)
    t.match([schedule, cooldown], [{ interval: 'weekly' }, Object])
})

t.test('CI: actions are pinned to a commit, jobs have minimal rights and a timeout', async (t) => {
  const { permissions, concurrency, jobs } = parse(await read('.github/workflows/ci.yml'))

  t.same(permissions, { contents: 'read' })
  t.ok(concurrency)
  for (const [name, job] of Object.entries<Job>(jobs)) {
    t.ok(job['timeout-minutes'], name)
    t.notOk(job.permissions, name)
    for (const { uses } of job.steps) if (uses) t.match(uses, /@[0-9a-f]{40}$/, uses)
  }
  // Only the major version: Dependabot does not update images of jobs.
  t.match(jobs.check.container, (await read('Dockerfile')).match(/node:\d+\./)?.[0], 'the Node of the image')
})

/** The lockfile paths of the package at `start` and of all its dependencies. */
function reach(start: string): Set<string> {
  const reached = new Set<string>()
  const open = [start]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
      packages[path] ?? {}
    const peers = Object.keys(peerDependencies ?? {}).filter(
      (name) => !peerDependenciesMeta?.[name]?.optional
    )
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = resolve(path, name)
      if (found) open.push(found)
    }
  }
  return reached
}

/** Resolves `name` from the package at `path`: in its own folder, or the nearest parent that has it. */
function resolve(path: string, name: string): string | undefined {
  const own = `${path && `${path}/`}node_modules/${name}`
  if (own in packages || path === '') return own in packages ? own : undefined
  return resolve(path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1)), name)
}
