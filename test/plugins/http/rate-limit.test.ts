import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createKey } from '../../support/key-server.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }

t.test('subject over its limit: 429, and other subjects are not affected', async (t) => {
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
  const rejected = await post(ping, { authorization: `Bearer ${anotherToken}` })
  t.equal(rejected.status, 429)
  t.match(rejected.headers.get('retry-after'), /^\d+$/)
  t.equal(rejected.headers.get('ratelimit-remaining'), '0')
  t.match(await rejected.json(), {
    error: 'too_many_requests',
    error_description: /Try again in \d+ seconds/
  })
  t.equal((await post(ping)).status, 200)
})

t.test('address over its limit: 429, with or without a token', async (t) => {
  const { post, url, log } = await startServer(t, { RATE_LIMIT_ADDRESS_PER_MINUTE: '2' })

  t.equal((await post(ping)).status, 200)
  t.equal((await post(ping, { authorization: '' })).status, 401)
  const rejected = await post(ping)

  t.equal(rejected.status, 429)
  t.equal(rejected.headers.get('ratelimit-limit'), '2')
  t.match(log.join(''), /"reason":"RATE_LIMITED".*"msg":"request denied"/)
  t.match(rejected.headers.get('retry-after'), /^\d+$/)
  t.match(await rejected.json(), { error: 'too_many_requests' })
  t.equal((await fetch(`${url}/healthz`)).status, 200, 'public routes are not limited')
})

t.test('address with many invalid tokens: only cached valid tokens are accepted', async (t) => {
  const { post, signToken } = await startServer(t, { RATE_LIMIT_FAILURES_PER_MINUTE: '2' })
  t.equal((await post(ping)).status, 200)

  for (const status of [401, 401, 429, 429]) {
    t.equal((await post(ping, { authorization: 'Bearer garbage' })).status, status)
  }
  const fresh = await post(ping, { authorization: `Bearer ${await signToken({ sub: 'usr_new' })}` })

  t.equal(fresh.status, 429)
  t.match(fresh.headers.get('retry-after'), /^\d+$/)
  t.equal((await post(ping)).status, 200, 'a cached token is still accepted')
})

t.test('limit of invalid tokens: holds for concurrent requests, too', async (t) => {
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

  const statuses = Array.from({ length: 30 }, async (_, number) => {
    const token = await signToken({ jti: `j${number}` }, unknown)
    return (await post(ping, { authorization: `Bearer ${token}` })).status
  })

  const rejected = (await Promise.all(statuses)).filter((status) => status === 401)
  t.ok(rejected.length <= 2, `${rejected.length} were answered 401`)
})

t.test('X-Forwarded-For: used only from proxies in TRUST_PROXY', async (t) => {
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
  t.equal(spoofed.status, 429, 'entries before the last hop are not trusted')
})

t.test('addresses of one IPv6 network share a limit', async (t) => {
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

t.test(
  'clients that reset their connections, so that they have no address: no error is logged',
  async (t) => {
    const { port, log, token } = await startServer(t, { RATE_LIMIT_ADDRESS_PER_MINUTE: '1000' })
    const body = JSON.stringify(ping)
    const message = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

    for (let count = 0; count < 30; count += 1) {
      const socket = connect(port, 'localhost')
      await once(socket, 'connect')
      socket.write(message)
      socket.resetAndDestroy()
    }

    await until(() =>
      log.some((line) => line.includes('"msg":"request cut off"') && !line.includes('"remoteAddress"'))
    )
    t.same(
      log.filter((line) => /"level":[56]0|"status":500/.test(line)),
      []
    )
  }
)
