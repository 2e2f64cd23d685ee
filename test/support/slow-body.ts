import { on, once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { json as jsonOf } from 'node:stream/consumers'
import type { asRequest } from './rpc.ts'
import type { TestServer } from './server.ts'

/**
 * Sends each request without its last bytes, and returns once the server has received them all. Each returned function
 * sends the rest of one request and returns the answer.
 */
export async function holdBack(
  { app, port, token }: Pick<TestServer, 'app' | 'port' | 'token'>,
  requests: ReturnType<typeof asRequest>[]
) {
  const held = requests.map(({ body, headers }) => {
    const json = JSON.stringify(body)
    const sent = request({
      host: 'localhost',
      port,
      path: '/mcp',
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': json.length,
        ...headers
      }
    })
    sent.write(json.slice(0, -5))
    return async () => {
      sent.end(json.slice(-5))
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: response.statusCode, body: await jsonOf(response) }
    }
  })
  let seen = 0
  for await (const [incoming] of on(app.server, 'request')) {
    if (incoming.url === '/mcp') seen += 1
    if (seen === held.length) break
  }
  return held
}
