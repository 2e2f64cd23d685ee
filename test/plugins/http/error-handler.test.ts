import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { z } from 'zod'
import { defineTool } from '../../../services/mcp/primitives/tool.ts'
import { sendRaw } from '../../support/raw-http.ts'
import { startServer } from '../../support/server.ts'

t.test('unexpected error: 500 without details, and details in the log', async (t) => {
  let isBroken = false
  const faulty = defineTool({
    name: 'faulty',
    title: 'Faulty',
    description: 'Has a fault.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    get scopes() {
      if (isBroken) throw new Error('an inner detail')
      return []
    },
    inputSchema: z.object({}),
    outputSchema: z.object({}),
    handler: async () => ({ text: '', structuredContent: {} })
  })
  const { post, log } = await startServer(t, {}, { tools: [faulty] })
  isBroken = true

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'faulty' } })

  t.equal(response.status, 500)
  t.same(await response.json(), {
    error: 'server_error',
    error_description: 'The server failed. Give its operator the X-Request-Id of this response.'
  })
  t.match(log.join(''), 'an inner detail')
})

t.test(
  'invalid HTTP, headers too large, request too slow: a JSON error, and the connection closes',
  async (t) => {
    const { port, log, token } = await startServer(t)
    const impatient = await startServer(t, { REQUEST_TIMEOUT_MS: '100' })
    const start = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer'
    const head = `${start} ${token}\r\n`

    t.match(
      await sendRaw(t, port, 'nonsense\r\n\r\n'),
      /^HTTP\/1\.1 400 [\s\S]*\r\n\r\n\{"error":"invalid_request"/
    )
    t.match(
      await sendRaw(t, port, `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`),
      /^HTTP\/1\.1 400 [\s\S]*"error"/
    )
    t.match(
      await sendRaw(t, port, `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 [\s\S]*"error"/
    )
    t.match(
      await sendRaw(
        t,
        impatient.port,
        `${start} ${impatient.token}\r\nContent-Length: 10\r\nContent-Type: application/json\r\n\r\n{`
      ),
      /^HTTP\/1\.1 408 /
    )
    const bytes = [...log, ...impatient.log].flatMap((line) => JSON.parse(line).err?.rawPacket?.data ?? [])
    t.equal(bytes.length, 0, 'no raw packets in the log')
  }
)

t.test('client that does not close its side: the server destroys the connection', async (t) => {
  const { port, app } = await startServer(t, { REQUEST_TIMEOUT_MS: '100' })
  const sockets = new Map<number | undefined, Socket>()
  app.server.on('connection', (opened) => sockets.set(opened.remotePort, opened))
  const socket = connect({ port, host: 'localhost', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  socket.resume().write('POST /mcp HTTP/1.1\r\nHost: localh')
  await once(socket, 'connect')
  const { localPort } = socket
  await once(socket, 'end')

  const serverSocket = sockets.get(localPort)
  if (serverSocket && !serverSocket.destroyed) await once(serverSocket, 'close')
  t.ok(serverSocket?.destroyed)
})

t.test('malformed URL: the same error format, without the query', async (t) => {
  const { port } = await startServer(t)

  const answer = await sendRaw(
    t,
    port,
    'GET /mcp%zz?access_token=X HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  )

  t.match(answer, /^HTTP\/1\.1 400 [\s\S]*\{"error":"invalid_request"/)
  t.notMatch(answer, 'access_token')
})
