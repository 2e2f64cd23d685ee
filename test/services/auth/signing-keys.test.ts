import type { ServerResponse } from 'node:http'
import t from 'tap'
import { createKey } from '../../support/key-server.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
const [oldKey, newKey] = await Promise.all([createKey('snk_old'), createKey('snk_new')])
/** Every request is decided anew, so that keys are what decides. */
const noStore = { TOKEN_STORE_TTL_MS: '0' }

/** The status with which a token is answered. */
async function statusOf({ post }: TestServer, token: string): Promise<number> {
  const response = await post(ping, { authorization: `Bearer ${token}` })
  await response.arrayBuffer()
  return response.status
}

/** Asks until the answer is `status`; the test's own timeout ends what never comes. */
async function becomes(server: TestServer, token: string, status: number) {
  await until(async () => (await statusOf(server, token)) === status)
}

t.test('a rotation is picked up without a restart, with one fetch', async (t) => {
  const server = await startServer(t, { ...noStore, SCALEKIT_KEYS_COOLDOWN_MS: '10' })
  server.keyServer.keys = [oldKey]
  const before = await server.signToken({}, oldKey)
  const after = await server.signToken({}, newKey)
  await becomes(server, before, 200)
  const fetches = server.keyServer.fetches

  server.keyServer.keys = [newKey, oldKey]
  await becomes(server, after, 200)

  t.equal(await statusOf(server, before), 200)
  t.ok(server.keyServer.fetches > fetches)
  const settled = server.keyServer.fetches
  await Promise.all(Array.from({ length: 20 }, () => statusOf(server, after)))
  t.equal(server.keyServer.fetches, settled, 'known keys are not asked for')
})

t.test('a withdrawn key is let go of at the maximum age, remembered tokens included', async (t) => {
  const server = await startServer(t, { SCALEKIT_KEYS_MAX_AGE_MS: '100', SCALEKIT_KEYS_COOLDOWN_MS: '10' })
  server.keyServer.keys = [oldKey, newKey]
  const token = await server.signToken({}, oldKey)
  await becomes(server, token, 200)

  server.keyServer.keys = [newKey]
  await becomes(server, token, 401)

  t.equal(await statusOf(server, await server.signToken({}, newKey)), 200)
})

t.test('500 requests on a cold start make one fetch of the keys', async (t) => {
  const held = Promise.withResolvers<void>()
  const server = await startServer(
    t,
    {},
    {
      keyAnswer: async (response, published) => {
        await held.promise
        response.end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }))
      }
    }
  )

  const asked = Array.from({ length: 500 }, () => statusOf(server, server.token))
  await until(() => server.log.filter((line) => line.includes('incoming request')).length >= 500)
  held.resolve()

  t.ok((await Promise.all(asked)).every((status) => status === 200))
  t.equal(server.keyServer.fetches, 1)
})

t.test('an outage is not counted as a bad token', async (t) => {
  const settings = { ...noStore, RATE_LIMIT_FAILURES_PER_MINUTE: '1', SCALEKIT_KEYS_COOLDOWN_MS: '100' }
  const server = await startServer(t, settings, { keyAnswer: (response) => response.destroy() })

  for (let number = 0; number < 3; number += 1) t.equal(await statusOf(server, server.token), 503)
  server.keyServer.answer = undefined
  await becomes(server, server.token, 200)
})

t.test('Retry-After of an outage is the cooldown, in whole seconds', async (t) => {
  const settings = { SCALEKIT_KEYS_COOLDOWN_MS: '1500' }
  const server = await startServer(t, settings, { keyAnswer: (response) => response.destroy() })

  for (let number = 0; number < 3; number += 1) {
    const response = await server.post(ping)
    t.equal(response.status, 503)
    t.equal(response.headers.get('retry-after'), '2')
  }
})

t.test('a key that is not for signatures, or not for RS256, decides nothing', async (t) => {
  const server = await startServer(t, noStore, {
    keyAnswer: (response, [good]) => {
      const keys = [good?.jwk, { ...oldKey.jwk, use: 'enc' }, { ...newKey.jwk, alg: 'RS512' }]
      response.end(JSON.stringify({ keys }))
    }
  })

  t.equal(await statusOf(server, server.token), 200)
  t.equal(await statusOf(server, await server.signToken({}, oldKey)), 401)
  t.equal(await statusOf(server, await server.signToken({}, newKey)), 401)
})

t.test('garbage tokens cannot be used to hammer Scalekit', async (t) => {
  const server = await startServer(t, {
    RATE_LIMIT_FAILURES_PER_MINUTE: '0',
    SCALEKIT_KEYS_COOLDOWN_MS: '60000'
  })
  t.equal(await statusOf(server, server.token), 200)
  const fetches = server.keyServer.fetches

  for (let number = 0; number < 50; number += 1) {
    const unknown = await server.signToken({}, { ...oldKey, kid: `snk_made_up_${number}` })
    t.equal(await statusOf(server, unknown), 401)
  }
  t.equal(await statusOf(server, 'not.a.token'), 401)

  t.equal(server.keyServer.fetches, fetches, 'the keys were read within the cooldown')
})

const outages: Record<string, (response: ServerResponse) => void> = {
  'status 500': (response) => response.writeHead(500).end('{"keys":[]}'),
  'an HTML page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  'an empty list': (response) => response.end('{"keys":[]}'),
  'no list': (response) => response.end('{"keys":"none"}'),
  'an empty object': (response) => response.end('{}'),
  'keys that are none': (response) =>
    response.end('{"keys":[null,{"kty":"RSA","kid":"snk_test"},{"kty":"oct","kid":"a","k":"YQ"}]}'),
  'a closed connection': (response) => response.destroy(),
  'a hang': () => {},
  'a body without end': (response) => {
    const more = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    }
    response.on('drain', more)
    more()
  },
  'a body that drips': (response) => {
    const drip = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(drip))
  }
}

const impatient = { ...noStore, SCALEKIT_TIMEOUT_MS: '100', SCALEKIT_KEYS_COOLDOWN_MS: '10' }
const withKeys = await startServer(t, { ...impatient, SCALEKIT_KEYS_MAX_AGE_MS: '100' })

for (const [name, outage] of Object.entries(outages)) {
  t.test(`${name} before keys were seen: 503, never 401, and good again afterwards`, async (t) => {
    const server = await startServer(t, impatient, { keyAnswer: outage })

    const response = await server.post(ping)
    t.equal(response.status, 503)
    t.equal(response.headers.get('retry-after'), '1')
    t.equal(response.headers.get('www-authenticate'), null)
    t.match(await response.json(), {
      error: 'temporarily_unavailable',
      error_description: /cannot be reached/
    })
    t.equal((await fetch(`${server.url}/readyz`)).status, 503)
    t.equal((await fetch(`${server.url}/healthz`)).status, 200)
    t.match(server.log.join(''), /"level":40.*signing keys cannot be read/)

    server.keyServer.answer = undefined
    await becomes(server, server.token, 200)
    t.equal((await fetch(`${server.url}/readyz`)).status, 200)
  })

  t.test(`${name} while keys are at hand goes unnoticed, past their age too`, async (t) => {
    const { keyServer, url, signToken, token } = withKeys
    const readiness = () => fetch(`${url}/readyz`)
    keyServer.answer = undefined
    await until(async () => (await (await readiness()).text()).includes('"scalekit_keys":"fresh"'))
    keyServer.answer = outage
    const fetches = keyServer.fetches

    const statuses = new Set<number>()
    await until(async () => {
      statuses.add(await statusOf(withKeys, token))
      return keyServer.fetches >= fetches + 3
    })

    t.strictSame([...statuses], [200])
    const unknown = await signToken({}, newKey)
    t.equal(await statusOf(withKeys, unknown), 503, 'an unknown key cannot be decided on')
    t.equal((await readiness()).status, 200)
  })
}

t.test('after SCALEKIT_KEYS_STALE_MS of outage nothing is decided any more', async (t) => {
  const server = await startServer(t, {
    ...noStore,
    SCALEKIT_KEYS_MAX_AGE_MS: '100',
    SCALEKIT_KEYS_STALE_MS: '100',
    SCALEKIT_KEYS_COOLDOWN_MS: '10'
  })
  await becomes(server, server.token, 200)

  server.keyServer.answer = (response) => response.writeHead(500).end()
  await becomes(server, server.token, 503)

  t.equal((await fetch(`${server.url}/readyz`)).status, 503)
})
