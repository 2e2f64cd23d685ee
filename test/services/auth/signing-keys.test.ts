import type { ServerResponse } from 'node:http'
import t from 'tap'
import { createKey } from '../../support/key-server.ts'
import { pingStatus } from '../../support/ping.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const [oldKey, newKey] = await Promise.all([createKey('snk_old'), createKey('snk_new')])
/** Without the token cache, every request is verified with the keys. */
const noCache = { TOKEN_STORE_TTL_MS: '0' }
const impatient = { ...noCache, SCALEKIT_TIMEOUT_MS: '100', SCALEKIT_KEYS_COOLDOWN_MS: '10' }
const serverWithKeys = await startServer(t, { ...impatient, SCALEKIT_KEYS_MAX_AGE_MS: '100' })

/** Sends `ping` until the status is `status`; the test times out if it never is. */
async function untilStatus(server: TestServer, token: string, status: number) {
  await until(async () => (await pingStatus(server, token)) === status)
}

t.test('key rotation: adopted without a restart, and known keys are not fetched again', async (t) => {
  const server = await startServer(t, { ...noCache, SCALEKIT_KEYS_COOLDOWN_MS: '10' })
  server.keyServer.keys = [oldKey]
  const before = await server.signToken({}, oldKey)
  const after = await server.signToken({}, newKey)
  await untilStatus(server, before, 200)
  const fetches = server.keyServer.fetches

  server.keyServer.keys = [newKey, oldKey]
  await untilStatus(server, after, 200)

  t.equal(await pingStatus(server, before), 200)
  t.ok(server.keyServer.fetches > fetches)
  const settled = server.keyServer.fetches
  await Promise.all(Array.from({ length: 20 }, () => pingStatus(server, after)))
  t.equal(server.keyServer.fetches, settled)
})

t.test(
  'withdrawn key: its tokens get 401 after SCALEKIT_KEYS_MAX_AGE_MS, including cached tokens',
  async (t) => {
    const server = await startServer(t, { SCALEKIT_KEYS_MAX_AGE_MS: '100', SCALEKIT_KEYS_COOLDOWN_MS: '10' })
    server.keyServer.keys = [oldKey, newKey]
    const token = await server.signToken({}, oldKey)
    await untilStatus(server, token, 200)

    server.keyServer.keys = [newKey]
    await untilStatus(server, token, 401)

    t.equal(await pingStatus(server, await server.signToken({}, newKey)), 200)
  }
)

t.test('500 concurrent requests before the first key fetch ends: one fetch', async (t) => {
  const held = Promise.withResolvers<void>()
  const server = await startServer(
    t,
    { SCALEKIT_TIMEOUT_MS: '60000' },
    {
      keyAnswer: async (response, published) => {
        await held.promise
        response.end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }))
      }
    }
  )

  const responses = Array.from({ length: 500 }, () => pingStatus(server, server.token))
  await until(() => server.log.filter((line) => line.includes('incoming request')).length >= 500)
  held.resolve()

  t.ok((await Promise.all(responses)).every((status) => status === 200))
  t.equal(server.keyServer.fetches, 1)
})

t.test('key server outage: does not count as an invalid token', async (t) => {
  const settings = { ...noCache, RATE_LIMIT_FAILURES_PER_MINUTE: '1', SCALEKIT_KEYS_COOLDOWN_MS: '100' }
  const server = await startServer(t, settings, { keyAnswer: (response) => response.destroy() })

  for (let number = 0; number < 3; number += 1) t.equal(await pingStatus(server, server.token), 503)
  server.keyServer.answer = undefined
  await untilStatus(server, server.token, 200)
})

t.test('key server outage: Retry-After is SCALEKIT_KEYS_COOLDOWN_MS in whole seconds', async (t) => {
  const settings = { SCALEKIT_KEYS_COOLDOWN_MS: '1500' }
  const server = await startServer(t, settings, { keyAnswer: (response) => response.destroy() })

  for (let number = 0; number < 3; number += 1) {
    const response = await server.post({ jsonrpc: '2.0', id: 1, method: 'ping' })
    t.equal(response.status, 503)
    t.equal(response.headers.get('retry-after'), '2')
  }
})

t.test('keys for encryption or for RS512: tokens signed with them get 401', async (t) => {
  const server = await startServer(t, noCache, {
    keyAnswer: (response, [good]) => {
      const keys = [good?.jwk, { ...oldKey.jwk, use: 'enc' }, { ...newKey.jwk, alg: 'RS512' }]
      response.end(JSON.stringify({ keys }))
    }
  })

  t.equal(await pingStatus(server, server.token), 200)
  t.equal(await pingStatus(server, await server.signToken({}, oldKey)), 401)
  t.equal(await pingStatus(server, await server.signToken({}, newKey)), 401)
})

t.test('tokens with made-up key IDs: no key fetch within the cooldown', async (t) => {
  const server = await startServer(t, {
    RATE_LIMIT_FAILURES_PER_MINUTE: '0',
    SCALEKIT_KEYS_COOLDOWN_MS: '60000'
  })
  t.equal(await pingStatus(server, server.token), 200)
  const fetches = server.keyServer.fetches

  for (let number = 0; number < 50; number += 1) {
    const token = await server.signToken({}, { ...oldKey, kid: `snk_made_up_${number}` })
    t.equal(await pingStatus(server, token), 401)
  }
  t.equal(await pingStatus(server, 'not.a.token'), 401)

  t.equal(server.keyServer.fetches, fetches)
})

const outages: Record<string, (response: ServerResponse) => void> = {
  'status 500': (response) => response.writeHead(500).end('{"keys":[]}'),
  'an HTML page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  'an empty list': (response) => response.end('{"keys":[]}'),
  'no list': (response) => response.end('{"keys":"none"}'),
  'an empty object': (response) => response.end('{}'),
  'unusable keys': (response) =>
    response.end('{"keys":[null,{"kty":"RSA","kid":"snk_test"},{"kty":"oct","kid":"a","k":"YQ"}]}'),
  'a closed connection': (response) => response.destroy(),
  'a hang': () => {},
  'an endless body': (response) => {
    const writeMore = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    }
    response.on('drain', writeMore)
    writeMore()
  },
  'a slow body': (response) => {
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  }
}

for (const [name, outage] of Object.entries(outages)) {
  t.test(
    `${name} from the key server before the first keys: 503 and never 401, until it recovers`,
    async (t) => {
      const server = await startServer(t, impatient, { keyAnswer: outage })

      const response = await server.post({ jsonrpc: '2.0', id: 1, method: 'ping' })
      t.equal(response.status, 503)
      t.equal(response.headers.get('retry-after'), '1')
      t.equal(response.headers.get('www-authenticate'), null)
      t.match(await response.json(), {
        error: 'temporarily_unavailable',
        error_description: /is unavailable/
      })
      t.equal((await fetch(`${server.url}/readyz`)).status, 503)
      t.equal((await fetch(`${server.url}/healthz`)).status, 200)
      t.match(server.log.join(''), /"level":40.*signing keys not fetched/)

      server.keyServer.answer = undefined
      await untilStatus(server, server.token, 200)
      t.equal((await fetch(`${server.url}/readyz`)).status, 200)
    }
  )

  t.test(
    `${name} from the key server after the first keys: no request fails, even after their maximum age`,
    async (t) => {
      const { keyServer, url, signToken, token } = serverWithKeys
      const readiness = () => fetch(`${url}/readyz`)
      keyServer.answer = undefined
      await until(async () => (await (await readiness()).text()).includes('"scalekit_keys":"fresh"'))
      keyServer.answer = outage
      const fetches = keyServer.fetches

      const statuses = new Set<number>()
      await until(async () => {
        statuses.add(await pingStatus(serverWithKeys, token))
        return keyServer.fetches >= fetches + 3
      })

      t.strictSame([...statuses], [200])
      const unknownKeyToken = await signToken({}, newKey)
      t.equal(await pingStatus(serverWithKeys, unknownKeyToken), 503, 'a token with an unknown key ID')
      t.equal((await readiness()).status, 200)
    }
  )
}

t.test(
  'key server outage longer than SCALEKIT_KEYS_STALE_MS: 503, and the server is not ready',
  async (t) => {
    const server = await startServer(t, {
      ...noCache,
      SCALEKIT_KEYS_MAX_AGE_MS: '100',
      SCALEKIT_KEYS_STALE_MS: '100',
      SCALEKIT_KEYS_COOLDOWN_MS: '10'
    })
    await untilStatus(server, server.token, 200)

    server.keyServer.answer = (response) => response.writeHead(500).end()
    await untilStatus(server, server.token, 503)

    t.equal((await fetch(`${server.url}/readyz`)).status, 503)
  }
)
