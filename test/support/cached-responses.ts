import type { Test } from 'tap'
import type { Environment } from '../../services/config/environment.ts'
import { SharedTransport } from '../../services/mcp/protocol/shared-transport.ts'
import { mirror, scopedMirror } from './direct-way.ts'
import { startServer } from './server.ts'

/** A call of the tool `mirror`, whose responses are always cached. */
export const callMirror = (
  args: Record<string, unknown> = {},
  { id = 1 as unknown, name = 'mirror', meta = {} } = {}
) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args, _meta: meta }
})

/** Starts a server; `ask` sends a request and returns whether its response was a cached one. */
export async function startCaching(t: Test, environment: Environment = {}) {
  const exchanges = t.capture(SharedTransport.prototype, 'exchange', SharedTransport.prototype.exchange)
  const server = await startServer(t, environment, { tools: [mirror, scopedMirror] })
  async function ask(body: unknown, headers: Record<string, string> = {}) {
    exchanges()
    const response = await server.post(body, headers)
    const text = await response.text()
    const isCached = response.status === 200 && exchanges().length === 0
    return { status: response.status, headers: response.headers, text, isCached }
  }
  return { ...server, ask }
}
