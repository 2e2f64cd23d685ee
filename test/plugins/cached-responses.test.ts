import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { ResponseCache } from '../../services/mcp/response-cache.ts'
import { callMirror, startCaching } from '../support/cached-responses.ts'
import { stopClock } from '../support/clock.ts'
import { collectGarbage } from '../support/garbage.ts'
import { asRequest, callNews, eras, parseEvents } from '../support/rpc.ts'
import { startServer } from '../support/server.ts'
import { temporaryFolder } from '../support/temp.ts'
import { until } from '../support/until.ts'

/** Calls `listener` when the server looks up a response, before it sends one. */
function onLookup(t: Test, listener: () => void) {
  const { find } = ResponseCache.prototype
  t.intercept(ResponseCache.prototype, 'find', {
    value(this: ResponseCache, key: string) {
      listener()
      return find.call(this, key)
    }
  })
}

/** A request as bytes. */
function toBytes(token: string, body: unknown) {
  const json = JSON.stringify(body)
  return `POST /mcp HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`
}

for (const era of eras) {
  t.test(`${era}: the second of two equal requests gets a cached response with its own id`, async (t) => {
    const { ask, signToken } = await startCaching(t)
    const { params } = callMirror({ a: 1 })
    const send = (id: string, authorization: Record<string, string> = {}) => {
      const { body, headers } = asRequest(era, { id, method: 'tools/call', params })
      return ask(body, { ...headers, ...authorization })
    }

    const first = await send('first')
    const second = await send('"second"', { authorization: `Bearer ${await signToken({ sub: 'usr_2' })}` })

    t.notOk(first.isCached)
    t.ok(second.isCached)
    t.equal(second.text, first.text.replace('"first"', JSON.stringify('"second"')))
  })
}

t.test('denied caller, expired token, no token: 401, although the response is cached', async (t) => {
  const denyList = join(await temporaryFolder(t), 'deny')
  await writeFile(denyList, '')
  const { ask, signToken, log } = await startCaching(t, { DENY_LIST_FILE: denyList })
  const bearer = async (claims: Record<string, unknown>) => ({
    authorization: `Bearer ${await signToken(claims)}`
  })
  const denied = await bearer({ sub: 'usr_denied' })
  const expiring = await bearer({ sub: 'usr_late', exp: Math.floor(Date.now() / 1000) + 2 })
  await ask(callMirror())
  t.ok((await ask(callMirror(), denied)).isCached)
  t.ok((await ask(callMirror(), expiring)).isCached)

  await writeFile(denyList, 'usr_denied')
  await until(() => log.some((line) => line.includes('deny list updated')))
  t.match(await ask(callMirror(), denied), { status: 401, text: /revoked/ })
  await until(async () => (await ask(callMirror(), expiring)).status !== 200)
  t.match(await ask(callMirror(), expiring), { status: 401, text: /expired/ })
  t.equal((await ask(callMirror(), { authorization: '' })).status, 401)
  t.ok((await ask(callMirror())).isCached, 'other callers still get it')
})

t.test('caller without the scope of the tool: 403, although the response is cached', async (t) => {
  const { ask, signToken } = await startCaching(t)
  const call = callMirror({}, { name: 'scoped_mirror' })
  const admin = { authorization: `Bearer ${await signToken({ scope: 'news:read news:admin' })}` }
  await ask(call, admin)
  t.ok((await ask(call, admin)).isCached)

  const { status, text, headers } = await ask(call)

  t.equal(status, 403)
  t.match(text, 'insufficient_scope')
  t.match(headers.get('www-authenticate'), 'scope="news:read news:admin"')
})

t.test('cached responses count for the rate limit of their subject, and have its headers', async (t) => {
  const { ask } = await startCaching(t, { RATE_LIMIT_PER_MINUTE: '3' })
  await ask(callMirror())

  for (const remaining of ['1', '0']) {
    const { isCached, headers } = await ask(callMirror())
    t.ok(isCached)
    t.equal(headers.get('ratelimit-limit'), '3')
    t.equal(headers.get('ratelimit-remaining'), remaining)
    t.match(headers.get('ratelimit-reset'), /^\d+$/)
  }
  t.equal((await ask(callMirror())).status, 429)
})

t.test('metrics: cached responses count as requests, exchanges, tool calls and questions', async (t) => {
  stopClock(t)
  const { ask, app } = await startCaching(t)

  t.notOk((await ask(callNews({ ticker: 'AAPL' }))).isCached)
  t.notOk((await ask(callNews({ ticker: 'AAPL' }))).isCached)
  t.ok((await ask(callNews({ ticker: 'AAPL' }))).isCached)

  const lines = (await app.metrics.metrics()).split('\n')
  for (const line of [
    'finance_news_http_requests_total{method="POST",route="/mcp",status="200"} 3',
    'finance_news_http_request_duration_seconds_count{route="/mcp"} 3',
    'finance_news_mcp_exchanges_total{era="legacy"} 3',
    'finance_news_mcp_open_exchanges{era="legacy"} 0',
    'finance_news_tool_calls_total{tool="get_news_sentiment",outcome="ok"} 3',
    'finance_news_tool_call_duration_seconds_count{tool="get_news_sentiment"} 3',
    'finance_news_questions_total{cache="miss"} 1',
    'finance_news_questions_total{cache="hit"} 2'
  ]) {
    t.ok(lines.includes(line), line)
  }
})

t.test('log line: a cached response has the same fields as another', async (t) => {
  const { ask, log } = await startCaching(t)
  await ask(callMirror())
  await ask(callMirror())
  const isLine = (line: string) => /"path":"\/mcp".*request completed/.test(line)
  await until(() => log.filter(isLine).length === 2)

  const [first, second] = log.filter(isLine).map((line) => JSON.parse(line))

  t.same(Object.keys(second), Object.keys(first))
  const { reqId: _, time, durationMs, mcp, ...others } = first
  t.match(second, { ...others, mcp: [{ method: 'tools/call', tool: 'mirror', outcome: 'ok' }] })
  t.same(Object.keys(second.mcp[0]), Object.keys(mcp[0]))
  t.type(second.mcp[0].durationMs, 'number')
})

t.test('a progress token: a stream, although the response to the same call is cached', async (t) => {
  const { ask } = await startCaching(t)
  const accept = { accept: 'application/json, text/event-stream' }
  await ask(callNews({ ticker: 'AAPL' }), accept)
  await ask(callNews({ ticker: 'AAPL' }), accept)

  const { headers, text } = await ask(callNews({ ticker: 'AAPL' }, { progressToken: 1 }), accept)

  t.equal(headers.get('content-type'), 'text/event-stream')
  t.match(parseEvents(text), [{ params: { progressToken: 1 } }, {}, { id: 1 }])
})

t.test('an error, and a body above 4096 bytes, are not cached', async (t) => {
  const { ask } = await startCaching(t)

  for (const body of [
    callNews({ ticker: '?' }),
    callNews({ ticker: 'NOPE' }),
    callMirror({ a: 'x'.repeat(4096) }),
    { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: 'news:///nothing' } }
  ]) {
    await ask(body)
    t.notOk((await ask(body)).isCached, JSON.stringify(body).slice(0, 120))
  }
  await ask(callMirror({ a: 'x'.repeat(3000) }))
  t.ok((await ask(callMirror({ a: 'x'.repeat(3000) }))).isCached)
})

t.test('client disconnects before its cached response is written: logged as cut off', async (t) => {
  const { app, port, token, log, ask } = await startCaching(t)
  await ask(callMirror())
  const connected = once(app.server, 'connection')
  const client = connect(port, 'localhost').on('error', () => {})
  const [socket] = await connected
  onLookup(t, () => socket.destroy())

  client.write(toBytes(token, callMirror()))

  await until(() => log.some((line) => line.includes('request cut off')))
  t.match(
    log.find((line) => line.includes('request cut off')),
    '"tool":"mirror","outcome":"ok"'
  )
  t.notMatch(log.join(''), /"level":(50|60)/)
})

t.test('shutdown: a cached response of the same turn is written; a later request gets 503', async (t) => {
  const { app, port, token, ask } = await startCaching(t, { SHUTDOWN_GRACE_MS: '600000' })
  await ask(callMirror())
  const bytes = toBytes(token, callMirror())
  const open = () => {
    const socket = connect(port, 'localhost').setEncoding('utf8')
    let received = ''
    socket.on('data', (data) => {
      received += data
    })
    return { socket, received: () => received, closed: once(socket, 'close') }
  }
  const [early, late] = [open(), open()]
  // The second request on this connection is not complete before the shutdown.
  late.socket.write(bytes + bytes.slice(0, 40))
  await until(() => late.received())
  let closing: Promise<unknown> | undefined
  onLookup(t, () => {
    closing ??= app.close()
  })

  early.socket.write(bytes)
  await until(() => closing !== undefined)
  await setImmediate()
  late.socket.write(bytes.slice(40))
  await Promise.all([early.closed, late.closed, closing])

  t.match(early.received(), /^HTTP\/1.1 200 .*"text":"\{\}"/s)
  t.match(late.received(), /^HTTP\/1.1 200 .*HTTP\/1.1 503 /s)
})

t.test('a cached response keeps nothing of the request that it first answered', async (t) => {
  stopClock(t)
  const { app, ask } = await startCaching(t)
  await ask(callNews({ ticker: 'AAPL' }))
  const requests: WeakRef<object>[] = []
  app.server.on('request', (request) => requests.push(new WeakRef(request)))
  const alone = { connection: 'close' }
  t.notOk((await ask(callNews({ ticker: 'AAPL' }), alone)).isCached)
  t.ok((await ask(callNews({ ticker: 'AAPL' }), alone)).isCached)

  await until(() => {
    collectGarbage()
    return requests.every((request) => request.deref() === undefined)
  })
  t.equal(requests.length, 2)
})

t.test('cached responses written together, each alone, or none: the same bytes', async (t) => {
  const send = async (cachedResponses: 'together' | 'apart' | 'off') => {
    const { post } = await startServer(t, {}, { cachedResponses })
    const request = { jsonrpc: '2.0', id: 1, method: 'prompts/list' }
    await (await post(request)).text()
    const responses = await Promise.all([2, 3, 4].map((id) => post({ ...request, id })))
    return Promise.all(responses.map((response) => response.text()))
  }

  const together = await send('together')

  t.match(together[2], /"id":4\}$/)
  t.same(await send('apart'), together)
  t.same(await send('off'), together)
})
