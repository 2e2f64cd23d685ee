import { gzipSync } from 'node:zlib'
import t from 'tap'
import { startServer } from '../support/server.ts'

t.test('/mcp/ is the same route as /mcp', async (t) => {
  const { post } = await startServer(t)

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping' }, {}, '/mcp/')

  t.match(await response.json(), { jsonrpc: '2.0', id: 1, result: {} })
})

t.test('GET, DELETE and HEAD: 405 with Allow, in both eras', async (t) => {
  const { resource, token } = await startServer(t)
  const authorization = `Bearer ${token}`
  const modern = { 'mcp-protocol-version': '2026-07-28', 'content-type': 'application/json' }

  for (const method of ['GET', 'DELETE', 'HEAD']) {
    for (const headers of [{ authorization }, { authorization, ...modern }]) {
      const response = await fetch(resource, { method, headers })
      t.equal(response.status, 405, method)
      t.equal(response.headers.get('allow'), 'POST', method)
    }
  }
})

t.test('another content type: 415', async (t) => {
  const { post } = await startServer(t)

  for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    const response = await post('{}', { 'content-type': contentType })
    t.equal(response.status, 415, contentType)
    t.match(await response.json(), {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: /application\/json/ }
    })
  }
})

t.test('a compressed body: 415 with Accept-Encoding, before it is read', async (t) => {
  const { post, resource, token } = await startServer(t)
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

  for (const encoding of ['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'GZIP', 'identity, gzip', 'unknown']) {
    const response = await fetch(resource, {
      method: 'POST',
      headers: { ...headers, 'content-encoding': encoding },
      body: gzipSync(JSON.stringify(ping))
    })
    t.equal(response.status, 415, encoding)
    t.equal(response.headers.get('accept-encoding'), 'identity', encoding)
    t.match(await response.json(), {
      jsonrpc: '2.0',
      id: null,
      error: { code: -32600, message: /compressed\. Send it without Content-Encoding/ }
    })
  }
  for (const encoding of ['identity', 'Identity', 'identity, identity', '']) {
    t.equal((await post(ping, { 'content-encoding': encoding })).status, 200, encoding)
  }
  const withoutToken = await fetch(resource, { method: 'POST', headers: { 'content-encoding': 'gzip' } })
  t.equal(withoutToken.status, 401)
})

t.test('a body over the limit: 413', async (t) => {
  const { post } = await startServer(t, { BODY_LIMIT_BYTES: '2048' })

  const response = await post({ jsonrpc: '2.0', id: 1, method: 'ping', params: { filler: 'x'.repeat(2048) } })

  t.equal(response.status, 413)
  t.match(await response.json(), { jsonrpc: '2.0', id: null, error: { code: -32600 } })
})

t.test('invalid JSON: 400 with a parse error', async (t) => {
  const { post } = await startServer(t)

  for (const body of ['{"jsonrpc":', '', 'x', '{"__proto__":{}}']) {
    const response = await post(body)
    t.equal(response.status, 400, body)
    t.match(await response.json(), { jsonrpc: '2.0', id: null, error: { code: -32700 } }, body)
  }
})
