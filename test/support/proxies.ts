import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decode, encode } from 'dns-packet'
import type { Test } from 'tap'
import { freePort } from './ports.ts'
import { root, run } from './process.ts'
import { temporaryFolder } from './temp.ts'
import { until } from './until.ts'

const isInstalled = (program: string, version: string) => spawnSync(program, [version]).status === 0

/** The reason to skip proxy tests, for tap's `skip`; `false` to run them. */
export const skip = {
  nginx: isInstalled('nginx', '-v') ? false : 'nginx is not installed',
  caddy: isInstalled('caddy', 'version') ? false : 'Caddy is not installed'
}

interface Place {
  /** The port of the proxy, on loopback. */
  port: number
  /** The port of the servers, the same on each address. */
  serverPort: number
}

/** Starts nginx as the load balancer of `compose.replicas.yaml`, but with other ports, name server and folder. */
export async function startBalancer(t: Test, place: Place & { nameServerPort: number }) {
  const balancer = await read('nginx.conf')
  await startNginx(t, place, (folder) =>
    replaceAll(balancer, {
      'listen 10000;': `listen 127.0.0.1:${place.port};`,
      'resolver 127.0.0.11 ': `resolver 127.0.0.1:${place.nameServerPort} `,
      '$replicas:10000;': `$replicas:${place.serverPort};`,
      ' /tmp/': ` ${folder}/`
    })
  )
}

/** Starts nginx in front of a server on 127.0.0.1, with other ports and without TLS. */
export async function startSite(t: Test, place: Place) {
  const site = replaceAll(await read('nginx-site.conf'), {
    'listen 443 ssl;': `listen 127.0.0.1:${place.port};`,
    '127.0.0.1:10000;': `127.0.0.1:${place.serverPort};`
  }).replace(/^ +ssl_.*\n/gm, '')
  const configuration = (await read('nginx.conf')).replace(/^ {2}server \{.*\}\n(?=\})/ms, `${site}\n`)
  await startNginx(t, place, (folder) => replaceAll(configuration, { ' /tmp/': ` ${folder}/` }))
}

/** Starts Caddy in front of a server on 127.0.0.1, with other ports and without TLS. */
export async function startCaddy(t: Test, { port, serverPort }: Place) {
  const folder = await temporaryFolder(t)
  const site = replaceAll(await read('Caddyfile'), {
    '\nnews.example.com {': `\nhttp://localhost:${port} {`,
    '127.0.0.1:10000\n': `127.0.0.1:${serverPort}\n`
  })
  const file = join(folder, 'Caddyfile')
  await writeFile(file, `{\n\tadmin off\n}\n${site}`)
  const env = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  const { ended } = run(t, ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'], {}, { env })
  await waitUntilListening(port, ended)
}

async function startNginx(t: Test, { port }: Place, configuration: (folder: string) => string) {
  const folder = await temporaryFolder(t)
  const file = join(folder, 'nginx.conf')
  await mkdir(join(folder, 'logs'))
  await writeFile(file, configuration(folder))
  // As root, nginx runs its workers as a user that cannot write to the folder.
  const { ended } = run(t, ['nginx', '-p', folder, '-c', file, '-g', 'daemon off; user root;'], {})
  await waitUntilListening(port, ended)
}

/** Starts a name server that resolves every name to the current `addresses`. Returns its port. */
export async function startNameServer(t: Test, addresses: Set<string>) {
  const socket = createSocket('udp4')
  socket.on('message', (packet, { port, address }) => {
    const { id, questions = [] } = decode(packet)
    const answers = questions.flatMap(({ name }) =>
      [...addresses].map((data) => ({ type: 'A' as const, name, ttl: 0, data }))
    )
    socket.send(encode({ type: 'response', id, questions, answers }), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  return socket.address().port
}

/** Chooses a port for the proxy, and a port for the servers. */
export async function choosePlace(): Promise<Place> {
  const [port, serverPort] = await Promise.all([freePort(), freePort()])
  return { port, serverPort }
}

const read = (name: string) => readFile(join(root, 'deploy', name), 'utf8')

/** Replaces each pair in `text`. Throws if a text to replace is missing. */
function replaceAll(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`The configuration does not contain ${JSON.stringify(from)}`)
    return before.replaceAll(from, to)
  }, text)
}

/** Waits until `port` accepts connections. */
async function waitUntilListening(port: number, ended: Promise<{ err: string }>) {
  let failure: string | undefined
  ended.then(({ err }) => {
    failure = err
  })
  await until(() => {
    if (failure !== undefined) throw new Error(`The proxy exited: ${failure}`)
    return fetch(`http://localhost:${port}/healthz`).then(
      () => true,
      () => false
    )
  })
}
