import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { z } from 'zod'
import { defineTool } from '../../../../services/mcp/primitives/tool.ts'
import type { Message } from '../../../../services/mcp/protocol/messages.ts'
import { SharedTransport } from '../../../../services/mcp/protocol/shared-transport.ts'
import { callEcho, cancellation, openPost, readResponse, startHolding } from '../../../support/echo.ts'
import { eras, parseEvents } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { holdBack } from '../../../support/slow-body.ts'

/** Starts a transport whose server is the test: `received` is what the server got. */
async function startTransport() {
  const transport = new SharedTransport<string>({ keepAliveMs: 60_000 })
  const received: Message[] = []
  transport.onmessage = (message: Message) => void received.push(message)
  await transport.start()
  const exchange = (messages: Message[], callerKey = 'k') =>
    transport.exchange(messages, {
      body: messages.length === 1 ? messages[0] : messages,
      length: 0,
      headers: {},
      authInfo: 'a',
      callerKey,
      acceptsJson: true,
      acceptsStream: true
    })
  return {
    transport,
    received,
    exchange,
    request: (...ids: (string | number)[]) =>
      exchange(ids.map((id): Message => ({ jsonrpc: '2.0', id, method: 'x' }))),
    notify: (relatedRequestId: number, filler = '') =>
      transport.send({ jsonrpc: '2.0', method: 'n', params: { filler } }, { relatedRequestId })
  }
}

const cancel = (requestId: number) => cancellation(requestId) as Message

t.test('abort: the server gets a cancellation for each request, and the stream is destroyed', async (t) => {
  const { request, notify, received } = await startTransport()
  const quiet = request(1)
  const noisy = request(1, 2)
  await notify(2)
  const { body } = (await noisy.response) ?? {}

  quiet.abort()
  noisy.abort()

  t.equal(await quiet.response, undefined)
  t.equal((body as Readable).destroyed, true)
  t.same(
    received
      .filter(({ method }) => method === 'notifications/cancelled')
      .map(({ params }) => params?.requestId),
    [1, 2, 3],
    'all requests of a batch are cancelled'
  )
})

t.test('a notification does not wait for a destroyed stream', async (t) => {
  const { request, notify } = await startTransport()
  const { response } = request(1)
  await notify(1)
  const { body } = ((await response) ?? {}) as { body: Readable }

  const waiting = notify(1, 'x'.repeat(100_000))
  body.destroy()
  await once(body, 'close')

  const both = Promise.all([waiting, notify(1)]).then(() => 'done')
  t.equal(await Promise.race([both, sleep(5000, 'waits', { ref: false })]), 'done')
})

t.test('a response that came before the stream opened is sent on it', async (t) => {
  const { transport, request, notify } = await startTransport()
  const { response } = request(1, 2)

  await transport.send({ jsonrpc: '2.0', id: 1, result: 'first' })
  await notify(2)
  await transport.send({ jsonrpc: '2.0', id: 2, result: 'second' })

  const { body } = ((await response) ?? {}) as { body: Readable }
  t.match(await text(body), /"first"[\s\S]*"n"[\s\S]*"second"/)
})

t.test('a cancellation ignores a request with the same id that has its response', async (t) => {
  const { transport, received, request, exchange } = await startTransport()
  request(1)
  await transport.send({ jsonrpc: '2.0', id: 1, result: {} })
  request(1)

  exchange([cancel(1)])

  t.match(received.at(-1), { method: 'notifications/cancelled', params: { requestId: 2 } })
})

t.test('a cancellation with another caller key: the request stays open', async (t) => {
  const { transport, received, request, exchange } = await startTransport()
  const { response } = request(1)

  exchange([cancel(1)], 'another')
  await transport.send({ jsonrpc: '2.0', id: 1, result: 'x' })

  t.match(received, [{ method: 'x' }], 'the server got no cancellation')
  t.match(await response, { status: 200, body: /"result":"x"/ })
})

t.test('send: a message without a request is an error; for a closed request it is dropped', async (t) => {
  const { transport } = await startTransport()

  await t.rejects(transport.send({ jsonrpc: '2.0', method: 'n' }), { message: /belongs to no request/ })
  await t.rejects(transport.send({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage' }))
  await transport.send({ jsonrpc: '2.0', id: 7, result: {} })
  await transport.send({ jsonrpc: '2.0', method: 'n' }, { relatedRequestId: 7 })
})

/** Creates a tool named `echo` that sends notifications of 100 kB with `flood`. */
function createFlood(flood: (notify: (progress: number) => Promise<void>) => Promise<void>) {
  const message = 'x'.repeat(100_000)
  return defineTool({
    name: 'echo',
    title: 'Flood',
    description: 'Floods.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    inputSchema: z.strictObject({}),
    async handler(_input, { reportProgress }) {
      await flood((progress) => reportProgress({ progress, message }))
      return { text: 'done' }
    }
  })
}

for (const era of eras) {
  t.test(`${era}: client disconnects, before and during a stream: the handler's signal aborts`, async (t) => {
    const { echo, hold } = await startHolding(t)

    const quiet = await hold(era, { args: { mark: 'quiet' } })
    const noisy = await hold(era, { args: { mark: 'noisy', steps: 1 }, progressToken: 1 })
    await once(noisy.opened, 'response')
    quiet.opened.destroy()
    noisy.opened.destroy()

    await echo.settled()
    t.same([...echo.aborted].toSorted(), ['noisy', 'quiet'])
  })

  t.test(`${era}: a slow response becomes a stream with keep-alive comments`, async (t) => {
    const { echo, hold } = await startHolding(t, { SSE_KEEP_ALIVE_MS: '20' })

    const both = await hold(era, { args: { mark: 'both' } })
    const json = await hold(era, { args: { mark: 'json' }, accept: 'application/json' })
    const [response] = (await once(both.opened, 'response')) as [IncomingMessage]
    // On a busy machine, one chunk may hold two comments.
    let received = ''
    while (received.split(': keep-alive').length < 3) received += String((await once(response, 'data'))[0])
    echo.release.resolve()

    t.match(response.headers, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    const { body } = await both.response
    t.match(body, /^(: keep-alive\n\n)+event: message\ndata: .*\n\n$/)
    t.match(parseEvents(body), [{ id: 1, result: { structuredContent: { mark: 'both' } } }])
    const jsonResponse = await json.response
    t.match(jsonResponse.headers['content-type'], 'application/json', 'a client that accepts only JSON')
    t.match(JSON.parse(jsonResponse.body), { id: 1, result: { structuredContent: { mark: 'json' } } })
  })

  t.test(`${era}: slow reader: the handler waits, and every notification arrives`, async (t) => {
    let sent = 0
    const tool = createFlood(async (notify) => {
      for (sent = 1; sent <= 200; sent += 1) await notify(sent)
    })
    const server = await startServer(t, {}, { tools: [tool] })
    const call = callEcho(era, { args: {}, progressToken: 'p' })
    const base64Name = `=?base64?${Buffer.from('echo').toString('base64')}?=`
    const encoded = { ...call, headers: { ...call.headers, 'mcp-name': base64Name } }

    for (const variant of era === 'legacy' ? [call] : [call, encoded]) {
      const opened = openPost(server, variant)
      const [response] = (await once(opened, 'response')) as [IncomingMessage]
      for (let before = -1; before !== sent; ) {
        before = sent
        await sleep(200)
      }
      t.ok(sent < 200, `the handler waits after ${sent} of 200 notifications`)
      const messages = parseEvents(await text(response))

      t.same(
        messages.slice(0, 200).map(({ params }) => (params as { progress: number }).progress),
        Array.from({ length: 200 }, (_, index) => index + 1)
      )
      t.match(messages[200], { id: 1, result: { content: [{ text: 'done' }] } })
    }
  })

  t.test(`${era}: slow reader, and a handler that does not wait: notifications are dropped`, async (t) => {
    const finished = Promise.withResolvers<void>()
    const tool = createFlood(async (notify) => {
      const sent = Array.from({ length: 1000 }, (_, index) => notify(index + 1))
      finished.resolve()
      await Promise.all(sent)
    })
    const server = await startServer(t, {}, { tools: [tool] })

    const opened = openPost(server, callEcho(era, { args: {}, progressToken: 'p' }))
    await finished.promise
    const messages = parseEvents((await readResponse(opened)).body)

    t.ok(messages.length < 100, `${messages.length - 1} of 1000 notifications were sent`)
    t.match(messages.at(-1), { id: 1, result: { content: [{ text: 'done' }] } })
  })

  t.test(`${era}: shutdown: a body that arrives after the grace period gets 503`, async (t) => {
    const server = await startHolding(t, { SHUTDOWN_GRACE_MS: '100' })
    const [finish] = await holdBack(server, [callEcho(era, { args: { mark: 'late' } })])

    const closed = server.app.close()
    await sleep(200)

    t.match(await finish?.(), {
      status: 503,
      body: { id: 1, error: { code: -32000, message: /shutting down/ } }
    })
    await closed
  })

  t.test(`${era}: shutdown: an open request may finish within the grace period`, async (t) => {
    const { app, echo, hold } = await startHolding(t)

    const { response } = await hold(era, {})
    const closed = app.close()
    echo.release.resolve()

    t.match(JSON.parse((await response).body), { id: 1, result: { structuredContent: { mark: 'held' } } })
    await closed
  })

  t.test(`${era}: shutdown: after the grace period open requests get errors, and streams end`, async (t) => {
    const { app, echo, hold } = await startHolding(t, { SHUTDOWN_GRACE_MS: '100' })

    const json = await hold(era, { args: { mark: 'json' }, id: 'j' })
    const stream = await hold(era, { args: { mark: 'stream', steps: 1 }, id: 's', progressToken: 1 })
    await app.close()

    const shutdown = { error: { code: -32000, message: /shutting down/ } }
    const { status, body } = await json.response
    t.equal(status, 503)
    t.match(JSON.parse(body), { id: 'j', ...shutdown })
    t.match(parseEvents((await stream.response).body), [
      { method: 'notifications/progress' },
      { id: 's', ...shutdown }
    ])
    t.same([...echo.aborted].toSorted(), ['json', 'stream'])
  })
}
