import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Message } from '../../../../services/mcp/protocol/messages.ts'
import { SharedTransport } from '../../../../services/mcp/protocol/shared-transport.ts'

/** A transport whose server is the test: `seen` is what came in. */
async function startTransport(keepAliveMs = 60_000) {
  const transport = new SharedTransport<string>({ keepAliveMs })
  const seen: Message[] = []
  transport.onmessage = (message: Message) => void seen.push(message)
  await transport.start()
  const exchange = (messages: Message[]) =>
    transport.exchange(messages, {
      body: messages.length === 1 ? messages[0] : messages,
      headers: {},
      authInfo: 'a',
      callerKey: 'k',
      acceptsJson: true,
      acceptsStream: true
    })
  return {
    transport,
    seen,
    exchange,
    ask: (...ids: (string | number)[]) =>
      exchange(ids.map((id): Message => ({ jsonrpc: '2.0', id, method: 'x' }))),
    note: (related: number, filler = '') =>
      transport.send({ jsonrpc: '2.0', method: 'n', params: { filler } }, { relatedRequestId: related })
  }
}

const cancellation = (requestId: number): Message => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId }
})

t.test('who leaves ends the exchange: its stream is destroyed, or nothing is answered', async (t) => {
  const { ask, note, seen } = await startTransport()
  const quiet = ask(1)
  const noisy = ask(1, 2)
  await note(2)
  const { body } = (await noisy.response) ?? {}

  quiet.abort()
  noisy.abort()

  t.equal(await quiet.response, undefined)
  t.equal((body as Readable).destroyed, true)
  t.same(
    seen.filter(({ method }) => method === 'notifications/cancelled').map(({ params }) => params?.requestId),
    [1, 2, 3],
    'all of a batch is cancelled'
  )
})

t.test('a note never waits for a stream that has been destroyed', async (t) => {
  const { ask, note } = await startTransport()
  const { response } = ask(1)
  await note(1)
  const { body } = ((await response) ?? {}) as { body: Readable }

  const waiting = note(1, 'x'.repeat(100_000))
  body.destroy()
  await once(body, 'close')

  const both = Promise.all([waiting, note(1)]).then(() => 'done')
  t.equal(await Promise.race([both, sleep(5000, 'waits', { ref: false })]), 'done')
})

t.test('what was answered before a stream began is sent on it', async (t) => {
  const { transport, ask, note } = await startTransport()
  const { response } = ask(1, 2)

  await transport.send({ jsonrpc: '2.0', id: 1, result: 'first' })
  await note(2)
  await transport.send({ jsonrpc: '2.0', id: 2, result: 'second' })

  const { body } = ((await response) ?? {}) as { body: Readable }
  t.match(await text(body), /"first"[\s\S]*"n"[\s\S]*"second"/)
})

t.test('what has been answered is no longer meant by a cancellation', async (t) => {
  const { transport, seen, ask, exchange } = await startTransport()
  ask(1)
  await transport.send({ jsonrpc: '2.0', id: 1, result: {} })
  ask(1)

  exchange([cancellation(1)])

  t.match(seen.at(-1), { method: 'notifications/cancelled', params: { requestId: 2 } })
})

t.test('what belongs to no request is refused, and what belongs to none any more is dropped', async (t) => {
  const { transport } = await startTransport()

  await t.rejects(transport.send({ jsonrpc: '2.0', method: 'n' }), { message: /belongs to no request/ })
  await t.rejects(transport.send({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage' }))
  await transport.send({ jsonrpc: '2.0', id: 7, result: {} })
  await transport.send({ jsonrpc: '2.0', method: 'n' }, { relatedRequestId: 7 })
})
