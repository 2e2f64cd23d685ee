import { randomInt } from 'node:crypto'
import { createServer as createTcpServer, type Server } from 'node:net'

/** Each process of tests has a hundred ports: it listens on the first, and with that the others are its own. */
const portsEach = 100
let ports: Promise<number> | undefined
let chosen = 0

/**
 * A port that is free, for the server's own URL has to be known before it listens. Below the ports that systems give to
 * outgoing connections, of which tests make many.
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
