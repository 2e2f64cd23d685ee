import { randomInt } from 'node:crypto'
import { createServer as createTcpServer, type Server } from 'node:net'

/** Each test process reserves a block of a hundred ports by listening on the first. */
const portsPerProcess = 100
let ports: Promise<number> | undefined
let lastOffset = 0

/**
 * Returns a free port. Tests need the server's URL before it listens. The range is below the ephemeral ports, which
 * outgoing connections of the tests use.
 */
export async function freePort(): Promise<number> {
  ports ??= claimPorts()
  const first = await ports
  for (;;) {
    lastOffset = (lastOffset % (portsPerProcess - 1)) + 1
    const port = first + lastOffset
    const probe = createTcpServer()
    if (!(await listens(probe, port))) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

async function claimPorts(): Promise<number> {
  for (;;) {
    const first = randomInt(120, 320) * portsPerProcess
    if (await listens(createTcpServer().unref(), first)) return first
  }
}

const listens = (server: Server, port: number) =>
  new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, 'localhost', () => resolve(true))
  })
