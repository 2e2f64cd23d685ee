import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createKey } from '../../support/key-server.ts'
import { startServer } from '../../support/server.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

/** Sends bytes as they are, and reads until the server ends the connection. */
async function sendRaw(t: Test, port: number, text: string): Promise<string> {
  const socket = connect(port, 'localhost').setEncoding('utf8')
  t.teardown(() => socket.destroy())
  socket.on('error', () => {}) // a reset ends it, too
  let answer = ''
  socket.on('data', (data) => {
    answer += data
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

t.test('a subject asks so often and no more; others are not touched', async (t) => {
  const { post, signToken } = await startServer(t, { RATE_LIMIT_PER_MINUTE: '3' })
  const authorization = `Bearer ${await signToken({ sub: 'usr_busy' })}`

  for (const remaining of ['2', '1', '0']) {
    const response = await post(ping, { authorization })
    t.equal(response.status, 200)
    t.equal(response.headers.get('ratelimit-limit'), '3')
    t.equal(response.headers.get('ratelimit-remaining'), remaining)
    t.match(response.headers.get('ratelimit-reset'), /^\d+$/)
  }
  const anotherToken = await signToken({ sub: 'usr_busy', jti: 'another' })
  const refused = await post(ping, { authorization: `Bearer ${anotherToken}` })
  t.equal(refused.status, 429)
  t.match(refused.headers.get('retry-after'), /^\d+$/)
  t.equal(refused.headers.get('ratelimit-remaining'), '0')
  t.match(await refused.json(), { error: 'too_many_requests', error_description: /Try again in \d+ seconds/ })
  t.equal((await post(ping)).status, 200)
})

t.test('an address asks so often and no more, with or without a token', async (t) => {
  const { post, url, log } = await startServer(t, { RATE_LIMIT_ADDRESS_PER_MINUTE: '2' })

  t.equal((await post(ping)).status, 200)
  t.equal((await post(ping, { authorization: '' })).status, 401)
  const refused = await post(ping)

  t.equal(refused.status, 429)
  t.equal(refused.headers.get('ratelimit-limit'), '2')
  t.match(log.join(''), /"reason":"RATE_LIMITED".*"msg":"request denied"/)
  t.match(refused.headers.get('retry-after'), /^\d+$/)
  t.match(await refused.json(), { error: 'too_many_requests' })
  t.equal((await fetch(`${url}/healthz`)).status, 200, 'public paths are not limited')
})

t.test('after many bad tokens an address has only good ones answered that were seen before', async (t) => {
  const { post, signToken } = await startServer(t, { RATE_LIMIT_FAILURES_PER_MINUTE: '2' })
  t.equal((await post(ping)).status, 200)

  for (const status of [401, 401, 429, 429]) {
    t.equal((await post(ping, { authorization: 'Bearer garbage' })).status, status)
  }
  const fresh = await post(ping, { authorization: `Bearer ${await signToken({ sub: 'usr_new' })}` })

  t.equal(fresh.status, 429)
  t.match(fresh.headers.get('retry-after'), /^\d+$/)
  t.equal((await post(ping)).status, 200, 'whoever was let in before goes on')
})

t.test('the limit on bad tokens holds for many at the same time, too', async (t) => {
  const { post, signToken, keyServer } = await startServer(t, {
    RATE_LIMIT_FAILURES_PER_MINUTE: '2',
    SCALEKIT_KEYS_COOLDOWN_MS: '10'
  })
  t.equal((await post(ping)).status, 200)
  const unknown = await createKey('snk_unknown')
  keyServer.answer = async (response) => {
    await sleep(100)
    response.end(JSON.stringify({ keys: keyServer.keys.map(({ jwk }) => jwk) }))
  }

  const asked = Array.from({ length: 30 }, async (_, number) => {
    const token = await signToken({ jti: `j${number}` }, unknown)
    return (await post(ping, { authorization: `Bearer ${token}` })).status
  })

  const refused = (await Promise.all(asked)).filter((status) => status === 401)
  t.ok(refused.length <= 2, `${refused.length} were answered 401`)
})

t.test('X-Forwarded-For counts only from those whom TRUST_PROXY names', async (t) => {
  for (const [TRUST_PROXY, status] of [
    ['', 429],
    ['10.0.0.0/8', 429],
    ['127.0.0.1, ::1', 200],
    ['1', 200],
    ['true', 200]
  ] as const) {
    const { post } = await startServer(t, { TRUST_PROXY, RATE_LIMIT_ADDRESS_PER_MINUTE: '1' })
    await post(ping, { 'x-forwarded-for': '192.0.2.1' })
    t.equal((await post(ping, { 'x-forwarded-for': '192.0.2.2' })).status, status, TRUST_PROXY)
  }
  const oneHop = await startServer(t, { TRUST_PROXY: '1', RATE_LIMIT_ADDRESS_PER_MINUTE: '1' })
  await oneHop.post(ping, { 'x-forwarded-for': '192.0.2.1, 192.0.2.9' })
  const spoofed = await oneHop.post(ping, { 'x-forwarded-for': '192.0.2.2, 192.0.2.9' })
  t.equal(spoofed.status, 429, 'what stands before the last hop is anybody’s word')
})

t.test('a foreign Origin: 403 at /mcp, before the token is looked at', async (t) => {
  const { post, url } = await startServer(t, { ALLOWED_ORIGINS: 'https://app.example.com' })

  for (const origin of [
    'https://evil.example.com',
    'null',
    'https://app.example.com.evil.com',
    'http://localhost:6274'
  ]) {
    const response = await post(ping, { origin })
    t.equal(response.status, 403, origin)
    t.match(await response.json(), { error: 'forbidden', error_description: /ALLOWED_ORIGINS/ })
  }
  t.equal((await post(ping, { origin: 'https://app.example.com' })).status, 200)
  t.equal((await fetch(`${url}/healthz`, { headers: { origin: 'https://evil.example.com' } })).status, 200)
})

async function statusForHost(port: number, token: string, host: string): Promise<number | undefined> {
  const headers = { host, authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const sent = request({ host: 'localhost', port, path: '/mcp', method: 'POST', headers }).end(
    JSON.stringify(ping)
  )
  const [response] = await once(sent, 'response')
  response.resume()
  return response.statusCode
}

t.test('a foreign Host: 403 on a loopback bind', async (t) => {
  const { port, token } = await startServer(t, { ALLOWED_HOSTS: 'news.local' })

  for (const host of ['localhost', `127.0.0.1:${port}`, `[::1]:${port}`, 'LOCALHOST:1', 'news.local']) {
    t.equal(await statusForHost(port, token, host), 200, host)
  }
  for (const host of ['evil.example.com', `localhost.evil.com:${port}`, '127.0.0.1.evil.com', 'a b']) {
    t.equal(await statusForHost(port, token, host), 403, host)
  }
})

t.test(
  'a foreign Host: 403 where a list is set, else any; the name of the resource always counts',
  async (t) => {
    const open = await startServer(t, { HOST: '0.0.0.0' })
    const listed = await startServer(t, {
      HOST: '0.0.0.0',
      ALLOWED_HOSTS: 'a.example.com, b.example.com',
      SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp',
      SCALEKIT_AUDIENCE_NAME: 'x'
    })
    const token = await listed.signToken({ aud: 'x' })

    t.equal(await statusForHost(open.port, open.token, 'anything.example.com'), 200)
    for (const host of ['a.example.com', 'B.example.com:443', 'news.example.com']) {
      t.equal(await statusForHost(listed.port, token, host), 200, host)
    }
    for (const host of ['c.example.com', 'localhost'])
      t.equal(await statusForHost(listed.port, token, host), 403, host)
  }
)

t.test('what is no HTTP, or too large, or too slow, is answered as JSON and cut off', async (t) => {
  const { port, log, token } = await startServer(t, { REQUEST_TIMEOUT_MS: '100' })
  const head = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`

  t.match(
    await sendRaw(t, port, 'nonsense\r\n\r\n'),
    /^HTTP\/1\.1 400 [\s\S]*\r\n\r\n\{"error":"invalid_request"/
  )
  t.match(
    await sendRaw(t, port, `${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`),
    /^HTTP\/1\.1 400 [\s\S]*"error"/
  )
  t.match(await sendRaw(t, port, `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 [\s\S]*"error"/)
  t.match(
    await sendRaw(t, port, `${head}Content-Length: 10\r\nContent-Type: application/json\r\n\r\n{`),
    /^HTTP\/1\.1 408 /
  )
  const bytes = log.flatMap((line) => JSON.parse(line).err?.rawPacket?.data ?? [])
  t.equal(bytes.length, 0, 'packets, which may hold tokens, are not logged')
})

t.test('whoever keeps the own side of a connection open loses it all the same', async (t) => {
  const { port, app } = await startServer(t, { REQUEST_TIMEOUT_MS: '100' })
  const sockets = new Map<number | undefined, Socket>()
  app.server.on('connection', (one) => sockets.set(one.remotePort, one))
  const socket = connect({ port, host: 'localhost', allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  socket.resume().write('POST /mcp HTTP/1.1\r\nHost: localh')
  await once(socket, 'connect')
  const { localPort } = socket
  await once(socket, 'end')

  const theirs = sockets.get(localPort)
  if (theirs && !theirs.destroyed) await once(theirs, 'close')
  t.ok(theirs?.destroyed)
})

t.test('a malformed URL has the same form of answer, without its query', async (t) => {
  const { port } = await startServer(t)

  const answer = await sendRaw(
    t,
    port,
    'GET /mcp%zz?access_token=X HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  )

  t.match(answer, /^HTTP\/1\.1 400 [\s\S]*\{"error":"invalid_request"/)
  t.notMatch(answer, 'access_token')
})

t.test('addresses of one IPv6 network count together', async (t) => {
  const server = await startServer(t, { TRUST_PROXY: 'true', RATE_LIMIT_ADDRESS_PER_MINUTE: '1' })
  const ping = async (address: string) => {
    const message = { jsonrpc: '2.0', id: 1, method: 'ping' }
    return (await server.post(message, { 'x-forwarded-for': address })).status
  }
  t.same(
    [await ping('2001:db8:1:2::1'), await ping('2001:db8:1:2:3::4'), await ping('2001:db8:1:3::1')],
    [200, 429, 200]
  )
})
