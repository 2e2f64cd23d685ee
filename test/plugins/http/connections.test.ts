import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { defineTool } from '../../../services/mcp/primitives/tool.ts'
import { createKey } from '../../support/key-server.ts'
import { freePort } from '../../support/ports.ts'
import { asRequest } from '../../support/rpc.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const common = { title: 'Test', description: 'For tests.', annotations, inputSchema: z.strictObject({}) }

/** Connects to the server, and sends `text` as a request. */
async function open(t: Test, { port }: Pick<TestServer, 'port'>, text = '') {
  const socket = connect(port, 'localhost').on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

/** Formats an MCP request as HTTP/1.1. */
function asText({ token }: TestServer, { body, headers }: ReturnType<typeof asRequest>): string {
  const json = JSON.stringify(body)
  const lines = Object.entries({
    host: 'localhost',
    authorization: `Bearer ${token}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(json)),
    ...headers
  })
  return `POST /mcp HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${json}`
}

const call = (name: string) => asRequest('legacy', { method: 'tools/call', params: { name } })

t.test('MAX_CONNECTIONS open: further connections are dropped until others close', async (t) => {
  const server = await startServer(t, { MAX_CONNECTIONS: '2' })
  const [first] = [await open(t, server), await open(t, server)]
  const third = await open(t, server)
  await once(third, 'close')

  first?.destroy()

  const sendOverNewConnection = () =>
    fetch(`${server.url}/healthz`, { headers: { connection: 'close' } }).catch(() => undefined)
  await until(async () => (await sendOverNewConnection())?.status === 200)
})

t.test(
  'a thousand simultaneous connections: queued, and none is reset',
  { skip: process.platform !== 'linux' && 'the queue for new connections is shorter on other systems' },
  async (t) => {
    const server = await startServer(t)
    let accepted = 0
    server.app.server.on('connection', () => {
      accepted += 1
    })
    const burst = Array.from({ length: 1000 }, () => connect(server.port, '127.0.0.1'))
    t.teardown(() => burst.map((socket) => socket.destroy()))
    await once(server.app.server, 'connection')
    await setImmediate() // all queued connections are accepted now

    // A connection that the system dropped would retry after this one.
    const last = await open(t, server, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(last, 'data')

    t.ok(accepted > 1000, `${accepted} connections accepted`)
  }
)

t.test(
  'connection without a request, or without a further one: closed after CONNECTION_IDLE_MS',
  { timeout: 30_000 },
  async (t) => {
    const server = await startServer(t, { CONNECTION_IDLE_MS: '200', SSE_KEEP_ALIVE_MS: '100' })
    const silent = await open(t, server)
    const used = await open(t, server, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const [answer] = await once(used, 'data')
    t.match(String(answer), /^HTTP\/1.1 200 /)

    await Promise.all([silent, used].map((socket) => once(socket.resume(), 'close')))
  }
)

t.test('answer slower than CONNECTION_IDLE_MS without a stream: the connection stays open', async (t) => {
  const slow = defineTool({
    ...common,
    name: 'slow',
    async handler() {
      await sleep(500)
      return { text: 'late' }
    }
  })
  const idle = { CONNECTION_IDLE_MS: '150', SSE_KEEP_ALIVE_MS: '100' }
  const server = await startServer(t, idle, { tools: [slow] })

  const response = await server.post(call('slow').body, { accept: 'application/json' })

  t.match(await response.json(), { result: { content: [{ text: 'late' }] } })

  // A later request on the same connection is answered sooner.
  const requests = [call('slow'), asRequest('legacy', { method: 'ping' })].map(({ body }) =>
    asText(server, { body, headers: { accept: 'application/json' } })
  )
  const socket = await open(t, server, requests.join(''))
  let answers = ''
  socket.on('data', (chunk) => {
    answers += chunk
  })
  await once(socket, 'close')
  t.equal(answers.match(/HTTP\/1.1 200 /g)?.length, 2, answers)
})

t.test('shutdown: requests cut off are logged before the process exits', async (t) => {
  const server = await startServer(t, { SHUTDOWN_GRACE_MS: '100' })
  await open(t, server, asText(server, call('get_news_sentiment')).slice(0, -1))
  await until(() => server.log.some((line) => /"POST".*incoming request/.test(line)))

  await server.app.close()

  t.match(server.log.join(''), /"sub":"usr_1".*"status":499.*request cut off/)
})

t.test(
  'client gone without closing: detected by TCP keep-alive after 30 seconds',
  { skip: process.platform !== 'linux' && 'only Linux exposes socket timers' },
  async (t) => {
    const server = await startServer(t)
    await open(t, server, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n').then((socket) =>
      once(socket, 'data')
    )

    // proc_net_tcp: addresses, state (1 is established), queues, and the active timer (2 is keep-alive) with the time left.
    const localPort = `:${server.port.toString(16).toUpperCase().padStart(4, '0')}`
    const timers = (await readFile('/proc/net/tcp', 'utf8'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(localPort) && state === '01')
      .map(([, , , , , timer = '']) => timer.split(':'))
    t.ok(timers.length > 0)
    for (const [kind, left = ''] of timers) {
      t.equal(kind, '02')
      t.ok(Number.parseInt(left, 16) <= 3000, 'hundredths of a second')
    }
  }
)

t.test('client that does not read its answer: disconnected after CONNECTION_IDLE_MS', async (t) => {
  const large = defineTool({
    ...common,
    name: 'large',
    handler: async () => ({ text: 'x'.repeat(20_000_000) }) // more than the system buffers
  })
  const server = await startServer(
    t,
    { CONNECTION_IDLE_MS: '300', SSE_KEEP_ALIVE_MS: '100' },
    { tools: [large] }
  )
  const socket = await open(t, server, asText(server, call('large')))
  socket.pause()

  const logLine = /"tool":"large".*request cut off/
  await until(() => logLine.test(server.log.join('')))
  t.pass('disconnected')
})

t.test('stream with keep-alive comments: not idle', async (t) => {
  let wasCutOff = false
  const slow = defineTool({
    ...common,
    name: 'slow',
    async handler(_input, { signal }) {
      await once(signal, 'abort')
      wasCutOff = true
      return {}
    }
  })
  const server = await startServer(
    t,
    { CONNECTION_IDLE_MS: '400', SSE_KEEP_ALIVE_MS: '50' },
    { tools: [slow] }
  )
  const reader = await open(t, server, asText(server, call('slow')))
  let comments = 0
  for await (const chunk of reader) {
    comments += String(chunk).split(': keep-alive').length - 1
    if (comments > 16) break // twice the idle limit
  }
  t.notOk(wasCutOff)
})

t.test('thousands of idle streams: limited to SUBSCRIPTIONS, and other requests are answered', async (t) => {
  const maxSubscriptions = 2000
  const server = await startServer(t, {
    SUBSCRIPTIONS: String(maxSubscriptions),
    SUBSCRIPTIONS_PER_SUBJECT: '1024',
    LOG_LEVEL: 'error'
  })
  const listen = asRequest('modern', {
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions: ['news:///tickers/AAPL/latest'] } }
  })
  const tokens = await Promise.all(['a', 'b'].map((sub) => server.signToken({ sub })))
  const streams = await Promise.all(
    Array.from({ length: maxSubscriptions }, async (_, index) => {
      const token = tokens[index % 2] ?? ''
      const socket = await open(t, server, asText({ ...server, token }, listen))
      const [answer] = await once(socket, 'data')
      return { socket, status: String(answer).slice(0, 15) }
    })
  )
  t.strictSame([...new Set(streams.map(({ status }) => status))], ['HTTP/1.1 200 OK'])

  const rejected = await server.post(listen.body, listen.headers)
  t.equal(rejected.status, 503)
  t.equal(rejected.headers.get('retry-after'), '1')
  t.match(await rejected.json(), { error: { message: /too many open subscriptions/ } })
  t.equal((await server.post(asRequest('legacy', { method: 'tools/list' }).body)).status, 200)

  for (const { socket } of streams) socket.destroy()
  const listenAgain = async () => {
    const response = await server.post(listen.body, listen.headers)
    await response.body?.cancel()
    return response.status
  }
  await until(async () => (await listenAgain()) === 200)
})

t.test('subscription: ends after SUBSCRIPTION_MAX_MS, because a client may disappear silently', async (t) => {
  const server = await startServer(t, { SUBSCRIPTION_MAX_MS: '300' })
  const listen = asRequest('modern', {
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions: ['news:///tickers/AAPL/latest'] } }
  })
  const response = await server.post(listen.body, listen.headers)
  t.equal(response.status, 200)
  await response.text().catch(() => {})
  t.pass('ended')
})

t.test('client disconnects during token verification: no exchange is left open', async (t) => {
  const metricsPort = String(await freePort())
  const server = await startServer(t, {
    METRICS_PORT: metricsPort,
    TOKEN_STORE_TTL_MS: '0',
    SCALEKIT_KEYS_COOLDOWN_MS: '10'
  })
  const valueIn = async (name: string) => {
    const text = await (await fetch(`http://localhost:${metricsPort}/metrics`)).text()
    return new RegExp(`^${name}(?:{era="legacy"})? (\\d+)$`, 'm').exec(text)?.[1]
  }
  const ping = asRequest('legacy', { method: 'ping' })
  t.equal((await server.post(ping.body)).status, 200)
  const fetchStarted = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  server.keyServer.answer = async (response, keys) => {
    fetchStarted.resolve()
    await release.promise
    response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
  }
  const other = await createKey('another')
  server.keyServer.keys.push(other)
  const token = await server.signToken({}, other)
  const socket = await open(
    t,
    server,
    `POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-length: 0\r\n\r\n`
  )
  await fetchStarted.promise
  const connections = Number(await valueIn('finance_news_connections_open'))
  socket.destroy()
  await until(async () => Number(await valueIn('finance_news_connections_open')) < connections)

  release.resolve()

  const accepted = /finance_news_token_decisions_total{decision="accepted"} 2/
  const metrics = async () => (await fetch(`http://localhost:${metricsPort}/metrics`)).text()
  await until(async () => accepted.test(await metrics()))
  t.equal(await valueIn('finance_news_mcp_open_exchanges'), '0')
})
