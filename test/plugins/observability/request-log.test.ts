import t from 'tap'
import { asRequest, callNews, eras } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const server = await startServer(t)

/** The completion log line of the request `id`. */
async function findLine(id: string | null, message = 'request completed') {
  const find = () =>
    server.log
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ reqId, msg }) => reqId === id && msg === message)
  await until(find)
  return find() ?? {}
}

for (const era of eras) {
  t.test(`request log: one line for each request, with its id, subject and tool (${era})`, async (t) => {
    const { params } = callNews({ ticker: 'AAPL' })
    const { body, headers } = asRequest(era, { method: 'tools/call', params })

    const response = await server.post(body, headers)

    const line = await findLine(response.headers.get('x-request-id'))
    t.match(line, {
      level: 30,
      reqId: /^[0-9a-f]{8}-\d+$/,
      sub: 'usr_1',
      client_id: 'm2m_1',
      method: 'POST',
      path: '/mcp',
      remoteAddress: '127.0.0.1',
      status: 200,
      mcp: [{ method: 'tools/call', tool: 'get_news_sentiment', outcome: 'ok', durationMs: Number }]
    })
    t.ok(Number(line.durationMs) > 0)
  })
}

t.test('failed tool: logged with its code, and every line of its request has the subject', async (t) => {
  server.news.answer = (reply) => reply.code(404).send('')

  const response = await server.post(callNews({ ticker: 'MSFT' }))

  const id = response.headers.get('x-request-id')
  t.match(await findLine(id), { mcp: [{ outcome: 'NEWS_UPSTREAM_FAULT' }] })
  t.match(await findLine(id, 'tool call failed'), {
    level: 40,
    sub: 'usr_1',
    tool: 'get_news_sentiment'
  })
})

t.test('caller input: no unknown tool name and no query in the log', async (t) => {
  const { body } = asRequest('legacy', { method: 'tools/call', params: { name: 'SECRETNAME' } })

  const response = await server.post(body, {}, '/mcp?access_token=SECRETTOKEN')

  const line = await findLine(response.headers.get('x-request-id'))
  t.match(line, { path: '/mcp', mcp: [{ method: 'tools/call', outcome: '-32602' }] })
  t.notMatch(server.log.join(''), /SECRETNAME|SECRETTOKEN/)
})

t.test('batch: one line with all its requests', async (t) => {
  const request = (id: number, method: string) => ({ jsonrpc: '2.0', id, method })

  const response = await server.post([request(1, 'tools/list'), request(2, 'prompts/list')])

  const line = await findLine(response.headers.get('x-request-id'))
  t.match(line, { mcp: [{ method: 'tools/list' }, { method: 'prompts/list' }] })
})

t.test('requests to /healthz and /readyz: not logged, at any level', async (t) => {
  for (const path of ['/healthz', '/readyz']) t.ok((await fetch(server.url + path)).ok)

  const response = await server.post(callNews({ ticker: 'AAPL' }))

  await findLine(response.headers.get('x-request-id'))
  t.notMatch(server.log.join(''), /healthz|readyz/)
})

t.test('client disconnects early: logged as such, not as an error', async (t) => {
  const called = Promise.withResolvers<void>()
  server.news.answer = (reply) => {
    called.resolve()
    return reply.hijack()
  }
  const controller = new AbortController()
  const { resource, token } = server
  const response = fetch(resource, {
    method: 'POST',
    signal: controller.signal,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(callNews({ ticker: 'NVDA' }))
  })
  await called.promise
  const id = server.log.map((line) => /"reqId":"([^"]+)".*"path":"\/mcp"/.exec(line)?.[1]).findLast(Boolean)

  controller.abort()

  await t.rejects(response)
  t.match(await findLine(id ?? null, 'request cut off'), {
    level: 30,
    status: 499,
    sub: 'usr_1',
    mcp: [{ method: 'tools/call', tool: 'get_news_sentiment' }]
  })
})

t.test('malformed URL: logged with its id, and counted', async (t) => {
  const response = await fetch(`${server.url}/%zz`)
  t.equal(response.status, 400)
  const line = await findLine(response.headers.get('x-request-id'))
  t.match(line, { status: 400, path: '/%zz' })
  t.match(await server.app.metrics.metrics(), /requests_total\{method="GET",route="[^"]*",status="400"\} 1/)
})
