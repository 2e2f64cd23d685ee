import { randomInt } from 'node:crypto'
import { createServer as createTcpServer, type Server } from 'node:net'

/** Each test process reserves a block of a hundred ports by listening on the first. */
const portsEach = 100
let ports: Promise<number> | undefined
let chosen = 0

/**
 * Returns a free port, because the server's URL must be known before it listens. The range is below the ephemeral ports,
 * which the tests' outgoing connections use.
 */
export async function freePort(): Promise<number> {
  ports ??= claimPorts()
  const first = await ports
  for (;;) {
    chosen = (chosen % (portsEach - 1)) + 1
    const port = first + chosen
    const probe = createTcpServer()
    if (!(await listens(probe, port))) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

async function claimPorts(): Promise<number> {
  for (;;) {
    const first = randomInt(120, 320) * portsEach
    if (await listens(createTcpServer().unref(), first)) return first
  }
}

const listens = (server: Server, port: number) =>
  new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, 'localhost', () => resolve(true))
  })
