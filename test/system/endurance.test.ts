import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { stopCoverage } from 'node:v8'
import t from 'tap'
import { z } from 'zod'
import { defineTool } from '../../services/mcp/primitives/tool.ts'
import { collectGarbage } from '../support/garbage.ts'
import { asRequest, callNews, eras } from '../support/rpc.ts'
import { startServer } from '../support/server.ts'

/** Runs until the client disconnects. */
const wait = defineTool({
  name: 'wait',
  title: 'Wait',
  description: 'Waits.',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  inputSchema: z.strictObject({}),
  async handler(_input, { signal }) {
    if (!signal.aborted) await once(signal, 'abort')
    return { text: 'disconnected' }
  }
})

t.setTimeout(480_000)
// Coverage would change memory use and time. Other tests cover the same lines.
stopCoverage()

/**
 * A leak is usually more than a hundred bytes per exchange, so a few thousand exchanges show it.
 * `EXCHANGES=100000 npm test -- test/system/endurance.test.ts` finds smaller leaks.
 */
const exchanges = Number(process.env.EXCHANGES ?? 3_000)

t.test('thousands of exchanges leave heap size and handles unchanged', async (t) => {
  const { port, token } = await startServer(
    t,
    { LOG_LEVEL: 'error', SUBSCRIPTIONS_PER_SUBJECT: '1024' },
    { tools: [wait] }
  )
  const news = { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', limit: 1 } }
  const asBytes = (body: unknown, headers: Record<string, string>) => {
    const json = JSON.stringify(body)
    const all = {
      authorization: `Bearer ${token}`,
      accept: 'application/json, text/event-stream',
      ...headers
    }
    const lines = Object.entries({
      ...all,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(json))
    })
    return `POST /mcp HTTP/1.1\r\nhost: localhost:${port}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${json}`
  }
  const kinds = eras.flatMap((era) =>
    [
      { method: 'tools/call', params: news },
      // A result of an SDK each time: its response is never cached.
      { method: 'tools/call', params: { name: 'get_news_budget', arguments: {} } },
      { method: 'tools/call', params: { ...news, _meta: { progressToken: 1 } } },
      { method: 'tools/call', params: { name: 'nothing' } },
      { method: 'resources/read', params: { uri: 'news:///nothing' } },
      { method: 'prompts/list' },
      {
        method: 'completion/complete',
        params: {
          ref: { type: 'ref/prompt', name: 'morning_brief' },
          argument: { name: 'tickers', value: 'A' }
        }
      }
    ].map((request) => {
      const { body, headers } = asRequest(era, request)
      return asBytes(body, headers)
    })
  )
  const others = [
    asBytes([callNews({ ticker: 'AAPL' }), { jsonrpc: '2.0', id: 2, method: 'ping' }], {}),
    asBytes({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }, {}),
    asBytes({ jsonrpc: '2.0', id: 1, method: 'made/up' }, {}),
    ...[asRequest('modern', { method: 'made/up' })].map(({ body, headers }) => asBytes(body, headers))
  ]
  const listen = {
    method: 'subscriptions/listen',
    params: { notifications: { resourceSubscriptions: ['news:///tickers/AAPL/latest'] } }
  }
  /** Requests that stay open until the client disconnects. */
  const endless = eras
    .map((era) => asRequest(era, { method: 'tools/call', params: { name: 'wait', arguments: {} } }))
    .concat(asRequest('modern', listen))
    .map(({ body, headers }) => asBytes(body, headers))
  /** 100 requests for one connection, sent without waiting for responses. */
  const hundred = Array.from(
    { length: 100 },
    (_, index) => [...kinds, ...others][index % (kinds.length + others.length)]
  )
  const pipeline = Buffer.from(hundred.join(''))

  async function sendHundred(socket: Socket) {
    let responses = 0
    let tail = ''
    const done = Promise.withResolvers<void>()
    const count = (chunk: Buffer) => {
      // A status line may arrive in two chunks.
      const text = tail + chunk.toString('latin1')
      responses += text.split('HTTP/1.1 ').length - 1
      tail = text.slice(text.lastIndexOf('HTTP/1.1 ') + 1).slice(-8)
      if (responses === 100) done.resolve()
    }
    socket.on('data', count)
    socket.write(pipeline)
    await done.promise
    socket.off('data', count)
  }
  async function sendMany(hundreds: number) {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = connect(port, 'localhost')
        for (let sent = 0; sent < hundreds / 10; sent += 1) await sendHundred(socket)
        for (const bytes of endless) {
          const endlessSocket = connect(port, 'localhost')
          endlessSocket.write(bytes)
          await sleep(5)
          endlessSocket.destroy()
        }
        socket.destroy()
      })
    )
  }
  async function measure() {
    // The second collection frees objects that the first one finalizes.
    for (let collections = 0; collections < 2; collections += 1) {
      await sleep(200)
      collectGarbage()
    }
    return {
      heapMb: process.memoryUsage().heapUsed / 2 ** 20,
      handles: process.getActiveResourcesInfo().length
    }
  }

  await sendMany(20)
  let before = await measure()
  // A leak grows in each round. V8 itself grows only occasionally.
  for (let rounds = 1; ; rounds += 1) {
    await sendMany(exchanges / 100)
    const after = await measure()

    t.comment(`heap ${before.heapMb.toFixed(1)} MB, then ${after.heapMb.toFixed(1)} MB`)
    t.ok(after.handles <= before.handles, `${before.handles} handles, then ${after.handles}`)
    const isSteady = after.heapMb - before.heapMb < 0.5 + exchanges * 15e-6
    if (isSteady || rounds === 3) {
      t.ok(isSteady, 'the heap has not grown in each round')
      return
    }
    before = after
  }
})
