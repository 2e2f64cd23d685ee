import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import t from 'tap'
import { SharedTransport } from '../../services/mcp/protocol/shared-transport.ts'
import { openPost } from '../support/echo.ts'
import { asRequest, callNews, eras, parseEvents } from '../support/rpc.ts'
import { startServer } from '../support/server.ts'

const callParams = { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' } }
const bothTypes = 'application/json, text/event-stream'

t.test('without a progressToken, a client that accepts JSON gets JSON', async (t) => {
  const { post } = await startServer(t)

  for (const accept of [bothTypes, 'application/json', '*/*', 'text/event-stream, application/*']) {
    const response = await post(callNews({ ticker: 'AAPL' }), { accept })
    t.match(response.headers.get('content-type'), 'application/json', accept)
    t.match(await response.json(), { id: 1, result: { structuredContent: { ticker: 'AAPL' } } })
  }
})

for (const era of eras) {
  t.test(`${era}: with a progressToken, a client that accepts streams gets progress on one`, async (t) => {
    const { post } = await startServer(t)
    const { body, headers } = asRequest(era, {
      method: 'tools/call',
      params: { ...callParams, _meta: { progressToken: 'p1' } }
    })

    const response = await post(body, { ...headers, accept: bothTypes, origin: 'http://localhost:6274' })
    const messages = parseEvents(await response.text())

    t.match(response.headers.get('content-type'), 'text/event-stream')
    t.equal(response.headers.get('x-accel-buffering'), 'no')
    t.equal(
      response.headers.get('access-control-allow-origin'),
      'http://localhost:6274',
      'the headers of hooks are sent'
    )
    t.match(messages, [
      { method: 'notifications/progress', params: { progressToken: 'p1', progress: 0, total: 1 } },
      { method: 'notifications/progress', params: { progressToken: 'p1', progress: 1, total: 1 } },
      {
        id: 1,
        result: {
          structuredContent: { ticker: 'AAPL' },
          ...(era === 'modern' && { resultType: 'complete' })
        }
      }
    ])
  })
}

t.test('a progressToken of 0 counts', async (t) => {
  const { post } = await startServer(t)

  const response = await post(callNews({ ticker: 'AAPL' }, { progressToken: 0 }), { accept: bothTypes })

  t.match(parseEvents(await response.text()), [{ params: { progressToken: 0 } }, {}, { id: 1 }])
})

t.test('a client that accepts only JSON or only streams gets just that', async (t) => {
  const { post } = await startServer(t)

  const json = await post(callNews({ ticker: 'AAPL' }, { progressToken: 1 }), { accept: 'application/json' })
  const stream = await post(callNews({ ticker: 'AAPL' }), { accept: 'text/event-stream' })

  t.match(json.headers.get('content-type'), 'application/json')
  t.match(stream.headers.get('content-type'), 'text/event-stream')
  t.match(await stream.text(), /^data: \{.*"id":1/m)
})

t.test('the transports get no token: a hash stands for the caller', async (t) => {
  const { post, token, signToken } = await startServer(t)
  const another = await signToken({ jti: 'another' })
  const calls = t.capture(SharedTransport.prototype, 'exchange', SharedTransport.prototype.exchange)

  for (const era of eras) {
    for (const sent of [token, token, another]) {
      const { body, headers } = asRequest(era, {
        method: 'tools/call',
        params: { name: 'get_news_budget', arguments: {} }
      })
      await post(body, { ...headers, authorization: `Bearer ${sent}` })
    }
  }

  const posts = calls().map(({ args: [, post] }) => post)
  const [, , signature = ''] = token.split('.')
  t.equal(posts.length, 6)
  for (const post of posts) {
    const everything = inspect(post, { depth: 20, showHidden: true, maxStringLength: null })
    t.match(everything, 'usr_1')
    t.notMatch(everything, signature)
  }
  const keys = posts.map(({ callerKey }) => callerKey)
  t.same(new Set(keys).size, 2, 'one for each token')
  t.equal(keys[0], keys[1])
})

t.test('client disconnects: the exchange ends, but the news is fetched and cached', async (t) => {
  const { app, news, post, ...server } = await startServer(t)
  const [tool] = app.mcp.catalog.tools
  if (!tool) throw new Error('the catalog is empty')
  const calls = t.capture(tool, 'handler', tool.handler)
  const held = Promise.withResolvers<void>()
  const fetching = Promise.withResolvers<void>()
  news.answer = async () => {
    fetching.resolve()
    await held.promise
    return { feed: [{ title: 'Kept', url: 'https://example.com/kept', time_published: '20261122T100000' }] }
  }

  const opened = openPost(server, { body: callNews({ ticker: 'AAPL' }), headers: {} })
  await fetching.promise
  const { signal } = calls()[0]?.args[1] ?? {}
  t.equal(signal?.aborted, false)
  opened.destroy()
  if (!signal?.aborted) await once(signal as AbortSignal, 'abort')
  held.resolve()
  await setImmediate()
  const response = await post(callNews({ ticker: 'AAPL' }))

  t.match(await response.json(), { result: { structuredContent: { articles: [{ title: 'Kept' }] } } })
  t.equal(news.queries.length, 1, 'the second caller gets the cached news')
})
