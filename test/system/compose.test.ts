import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { localSettings } from '../../local/settings.ts'
import { readConfig } from '../../services/config/config.ts'
import { settingsSchema } from '../../services/config/settings.ts'
import { root } from '../support/process.ts'

/** The parts of a service that these tests check. */
interface Service {
  build?: string
  image?: string
  env_file?: string
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  tmpfs?: string[]
  init?: boolean
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  mem_limit?: string
  restart?: string
  stop_grace_period?: string
}

const defaults = readConfig(localSettings({}))
const read = (name: string) => readFile(join(root, name), 'utf8')

for (const file of ['compose.yaml', 'compose.replicas.yaml']) {
  t.test(file, async (t) => {
    const { services, volumes }: { services: Record<string, Service>; volumes: Record<string, null> } = parse(
      await read(file)
    )
    const server = services['finance-news']

    await t.test('every service has minimal rights and a restart policy', async (t) => {
      for (const [name, service] of Object.entries(services)) {
        const confined = {
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
          restart: 'unless-stopped'
        }
        t.match(service, confined, name)
        t.match(service.mem_limit, /^\d+[mg]$/, name)
        if (service.image) t.match(service.image, /:\d/, `${name}: the image has a version`)
      }
    })

    await t.test('every mounted file exists', async (t) => {
      const sources = Object.values(services).flatMap((service) =>
        (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '')
      )
      t.ok(sources.length > 0)
      for (const source of sources) {
        t.ok(source.startsWith('./') ? existsSync(join(root, source)) : source in volumes, source)
      }
    })

    await t.test(
      'the server: its settings exist, and its stop period and writable folder match them',
      async (t) => {
        const names = Object.keys(server?.environment ?? {})
        t.same(
          names.filter((name) => !(name in settingsSchema.shape)),
          []
        )
        t.match(server, {
          build: '.',
          env_file: '.env',
          init: true,
          environment: { HOST: '0.0.0.0', TRUST_PROXY: '1' }
        })
        t.equal(server?.environment?.PORT, String(defaults.PORT))
        const [, seconds] = /^(\d+)s$/.exec(server?.stop_grace_period ?? '') ?? []
        const { SHUTDOWN_DELAY_MS, SHUTDOWN_GRACE_MS, REDIS_TIMEOUT_MS } = defaults
        t.ok(Number(seconds) * 1000 > SHUTDOWN_DELAY_MS + SHUTDOWN_GRACE_MS + 2000 + REDIS_TIMEOUT_MS)
        const writable = [
          ...(server?.tmpfs ?? []),
          ...(server?.volumes ?? []).map((volume) => volume.split(':')[1])
        ]
        t.same(writable, [server?.environment?.DATA_DIR])
      }
    )

    await t.test('one published port, which is not the metrics port', async (t) => {
      const ports = Object.values(services).flatMap((service) => service.ports ?? [])
      t.equal(ports.length, 1)
      t.match(ports[0], /(^|:)10000:10000$/)
      t.notOk(server?.environment && 'METRICS_PORT' in server.environment)
    })
  })
}

t.test('deploy/: its names, ports and limits match the server', async (t) => {
  const balancer = await read('deploy/nginx.conf')
  const site = await read('deploy/nginx-site.conf')
  const caddyfile = await read('deploy/Caddyfile')
  const { services } = parse(await read('compose.replicas.yaml'))

  const [, name = ''] = /set \$replicas (\S+);/.exec(balancer) ?? []
  t.ok(name in services, name)
  t.match(balancer, `$replicas:${defaults.PORT};`)
  for (const text of [site, caddyfile]) t.match(text, `127.0.0.1:${defaults.PORT}`)
  for (const text of [balancer, site]) {
    t.match(text, `client_max_body_size ${defaults.BODY_LIMIT_BYTES / 1024}k;`)
  }
})

t.test('image: the Node version of the tests, an unprivileged user, and no install script', async (t) => {
  const dockerfile = await read('Dockerfile')
  const { devDependencies } = JSON.parse(await read('package.json'))
  const [, version = ''] = /^FROM node:(\d+\.\d+\.\d+)-slim AS node$/m.exec(dockerfile) ?? []

  t.equal(version.split('.')[0], devDependencies.node.split('.')[0])
  t.equal([...dockerfile.matchAll(/^FROM (?!(node|app)( |$))/gm)].length, 1, 'one base image')
  t.match(dockerfile, /^RUN npm ci --omit=dev --ignore-scripts$/m)
  t.match(dockerfile.split(/^FROM app$/m)[1], /^USER node$(?!.*^(RUN|COPY|USER) )/ms)
  t.match(
    dockerfile,
    /^USER node\nRUN node -e .+\nRUN chmod -R a=rX \$NODE_COMPILE_CACHE$/m,
    'the compile cache of that user, which it can read'
  )
  t.match(dockerfile, /^COPY --from=compile-cache \$NODE_COMPILE_CACHE \$NODE_COMPILE_CACHE$/m)
})
