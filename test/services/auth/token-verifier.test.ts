import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, exportSPKI, importJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import t from 'tap'
import { createKey, type Key } from '../../support/key-server.ts'
import { ping, pingStatus } from '../../support/ping.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const foreignKey = await createKey('snk_test')
const now = () => Math.floor(Date.now() / 1000)
const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Signs a token for `server` with a header of its own. */
function signWith(server: TestServer, header: JWTHeaderParameters, key: Parameters<SignJWT['sign']>[0]) {
  return new SignJWT({
    iss: server.issuer,
    aud: server.resource,
    sub: 'usr_1',
    scope: 'news:read',
    exp: now() + 600
  })
    .setProtectedHeader(header)
    .sign(key)
}

t.test('forged tokens: 401 with the same description for each', async (t) => {
  const server = await startServer(t)
  const [key] = server.keyServer.keys
  if (!key) throw new Error('the key server has no key')
  const [header = '', payload = '', signature = ''] = server.token.split('.')
  const secret = new TextEncoder().encode(await exportSPKI(await importPublicKey(key.jwk)))
  const { privateKey, jwk } = foreignKey
  const rs256 = { alg: 'RS256', kid: 'snk_test' }
  const forged: Record<string, string> = {
    'alg: none': `${base64url({ alg: 'none', kid: 'snk_test' })}.${payload}.`,
    'alg: None': `${base64url({ alg: 'None', kid: 'snk_test' })}.${payload}.${signature}`,
    'HS256 signed with the public key': await signWith(server, { alg: 'HS256', kid: 'snk_test' }, secret),
    'RS512 with the right key': await signWith(
      server,
      { alg: 'RS512', kid: 'snk_test' },
      await importForRs512(key)
    ),
    'a foreign key under the right ID': await signWith(server, rs256, privateKey),
    'an embedded jwk': await signWith(server, { ...rs256, jwk }, privateKey),
    'an embedded jwk, with the right key': await signWith(server, { ...rs256, jwk: key.jwk }, key.privateKey),
    'a jku': await signWith(server, { ...rs256, jku: 'https://evil.example.com/keys' }, key.privateKey),
    'an x5u': await signWith(server, { ...rs256, x5u: 'https://evil.example.com/cert' }, key.privateKey),
    'no key ID': await signWith(server, { alg: 'RS256' }, key.privateKey),
    'an unknown key ID': await server.signToken({}, { ...key, kid: 'snk_other' }),
    'an altered payload': `${header}.${base64url({ ...decode(payload), sub: 'usr_2' })}.${signature}`,
    'no signature': `${header}.${payload}.`,
    'two parts': `${header}.${payload}`,
    'four parts': `${server.token}.${signature}`,
    'five parts, as in a JWE': `${server.token}.a.b`,
    'a payload that is not JSON': `${header}.${base64url('{')}.${signature}`,
    'a payload that is a list': `${header}.${base64url([])}.${signature}`,
    'a header that is a string': `${base64url('"RS256"')}.${payload}.${signature}`,
    'padding at the end': `${server.token}==`,
    'another encoding of the signature': reencodeSignature(server.token),
    'over 8 kB': await server.signToken({ filler: 'x'.repeat(8192) })
  }

  for (const [name, token] of Object.entries(forged)) {
    const { status, error, error_description, challenge } = await ping(server, token)
    t.equal(status, 401, name)
    t.equal(error, 'invalid_token', name)
    t.equal(
      error_description,
      'This is not an access token of the authorization server. Sign in again.',
      name
    )
    t.match(challenge, 'error="invalid_token"', name)
  }
})

/** Changes the pad bits in the last character, which decoders ignore. */
function reencodeSignature(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1]
}

async function importPublicKey(jwk: JWK) {
  const key = await importJWK(jwk, 'RS256')
  if (key instanceof Uint8Array) throw new Error('not a public key')
  return key
}

/** Imports the same private key for RS512. */
async function importForRs512({ privateKey }: Key) {
  return importJWK({ ...(await exportJWK(privateKey)), alg: 'RS512' }, 'RS512')
}

function decode(payload: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

t.test('signed tokens with wrong claims: 401 with the reason', async (t) => {
  const server = await startServer(t)
  const { environmentUrl: env, resource, signToken } = server
  const other = { issuer: 'was issued by another authorization server', audience: 'is for another resource' }
  const bad: [string, object, string][] = [
    ['a foreign issuer', { iss: 'https://other.scalekit.com' }, other.issuer],
    ['a prefix of the issuer', { iss: env.slice(0, -1) }, other.issuer],
    ['a suffix on the issuer', { iss: `${env}/resources/res_test2` }, other.issuer],
    ['another resource of the environment', { iss: `${env}/resources/res_other` }, other.issuer],
    ['the issuer on another host', { iss: `${env}.evil.example.com` }, other.issuer],
    ['the issuer in another case', { iss: `${env}/Resources/res_test` }, other.issuer],
    ['the issuer with a trailing slash', { iss: `${env}/` }, other.issuer],
    ['no issuer', { iss: undefined }, other.issuer],
    ['an issuer that is not a string', { iss: { toString: {} } }, other.issuer],
    ['an audience that is not a string', { aud: [{ toString: {} }] }, other.audience],
    ['an nbf that is not a number', { nbf: { valueOf: {} } }, 'missing or malformed claim'],
    ['a foreign audience', { aud: 'https://other.example.com/mcp' }, other.audience],
    ['an ID token, whose audience is its client', { aud: 'm2m_1', nonce: 'n' }, other.audience],
    ['a look-alike audience', { aud: `${resource}.evil` }, other.audience],
    ['no audience', { aud: undefined }, other.audience],
    ['an empty audience', { aud: [] }, other.audience],
    ['a foreign resource claim', { resource: 'https://other.example.com/mcp' }, other.audience],
    [
      'a foreign resource claim beside our own',
      { resource: [resource, 'https://other.example.com'] },
      other.audience
    ],
    ['an exp in the past', { exp: now() - 1 }, 'has expired'],
    ['an nbf in ten minutes', { nbf: now() + 600 }, 'is not valid yet'],
    ['an nbf in ten seconds', { nbf: now() + 10 }, 'is not valid yet'],
    [
      'an nbf in two seconds and a foreign audience',
      { nbf: now() + 2, aud: 'https://other.example.com' },
      other.audience
    ],
    ['no exp', { exp: undefined }, 'missing or malformed claim'],
    ['an exp that is not a number', { exp: 'tomorrow' }, 'missing or malformed claim'],
    ['no subject', { sub: undefined }, 'missing or malformed claim'],
    ['an empty subject', { sub: '' }, 'missing or malformed claim'],
    ['control characters in the subject', { sub: 'usr\r\nx: y' }, 'missing or malformed claim'],
    ['control characters in the client', { client_id: 'm2m\u0000' }, 'missing or malformed claim'],
    ['a scope that is a list', { scope: ['news:read'] }, 'missing or malformed claim'],
    ['scopes that are a string', { scopes: 'news:read' }, 'missing or malformed claim'],
    [
      'thousands of scopes',
      { scope: `news:read ${[...Array(1200).keys()].join(' ')}` },
      'missing or malformed claim'
    ]
  ]

  for (const [name, claims, description] of bad) {
    const { status, error, error_description } = await ping(server, await signToken(claims as never))
    t.equal(status, 401, name)
    t.equal(error, 'invalid_token', name)
    t.match(error_description, description, name)
  }
})

t.test('resource claim that names this server, with or without a trailing slash: 200', async (t) => {
  const server = await startServer(t)

  for (const resource of [server.resource, `${server.resource}/`, [server.resource]]) {
    t.equal(await pingStatus(server, await server.signToken({ resource })), 200)
  }
})

t.test('nbf at most 5 s ahead: the server waits until then, and accepts the token', async (t) => {
  const server = await startServer(t)
  const nbf = now() + 2

  const { status } = await ping(server, await server.signToken({ nbf }))

  t.equal(status, 200)
  t.ok(Date.now() >= nbf * 1000)
})

t.test('cached token: accepted until it expires, and only with its own signature', async (t) => {
  const server = await startServer(t)
  const exp = now() + 2
  const token = await server.signToken({ exp })
  t.equal(await pingStatus(server, token), 200)
  const [header, payload] = token.split('.')

  t.equal(await pingStatus(server, token), 200)
  t.equal(await pingStatus(server, `${header}.${payload}.`), 401, 'the same claims without the signature')
  let status = 200
  await until(async () => {
    ;({ status } = await ping(server, token))
    return status !== 200
  })

  t.equal(status, 401)
  t.ok(Date.now() >= exp * 1000)
})

t.test('more valid tokens than TOKEN_STORE_SIZE: all are accepted', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_SIZE: '2' })

  for (let round = 0; round < 2; round += 1) {
    for (const sub of ['a', 'b', 'c', 'd'])
      t.equal(await pingStatus(server, await server.signToken({ sub })), 200)
  }
})

t.test(
  'rejected token: one log line with the reason, and with its owner if the signature is valid',
  async (t) => {
    const server = await startServer(t)
    const owner = { jti: 'jti_7', client_id: 'm2m_7', sub: 'usr_7' }
    const logRejection = async (token: string) => {
      server.log.length = 0
      await ping(server, token)
      const lines = server.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request denied')
      t.equal(lines.length, 1)
      t.match(lines[0], { reqId: String })
      return lines[0]
    }

    t.match(await logRejection(await server.signToken({ ...owner, exp: now() - 1 })), {
      rejection: 'expired',
      ...owner
    })
    t.match(await logRejection(await server.signToken({ ...owner, scope: 'a' })), {
      reason: 'insufficient_scope',
      ...owner
    })
    const forged = await logRejection(await server.signToken(owner, foreignKey))
    t.match(forged, { reason: 'invalid_token', rejection: 'signature' })
    t.same([forged.jti, forged.client_id, forged.sub], [undefined, undefined, undefined])
  }
)

t.test('requests around the moment of nbf: all are accepted', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_TTL_MS: '0' })
  t.equal(await pingStatus(server, server.token), 200)
  const nbf = now() + 1
  const tokens = await Promise.all(
    Array.from({ length: 60 }, (_, number) => server.signToken({ nbf, jti: `j${number}` }))
  )

  const statuses = []
  for (const token of tokens) statuses.push(server.app.tokenVerifier.verify(token))
  await sleep(nbf * 1000 - 15 - Date.now())
  while (Date.now() < nbf * 1000 + 10)
    statuses.push(server.app.tokenVerifier.verify(await server.signToken({ nbf })))

  t.ok((await Promise.all(statuses)).every(({ subject }) => subject === 'usr_1'))
})

t.test('cached token, after the signing keys have expired: 503', async (t) => {
  const server = await startServer(t, {
    SCALEKIT_KEYS_MAX_AGE_MS: '100',
    SCALEKIT_KEYS_STALE_MS: '100',
    SCALEKIT_KEYS_COOLDOWN_MS: '10'
  })
  t.equal(await pingStatus(server, server.token), 200)

  server.keyServer.answer = (response) => response.writeHead(500).end()
  let status = 200
  await until(async () => {
    ;({ status } = await ping(server, server.token))
    return status !== 200
  })

  t.equal(status, 503)
})

t.test('TOKEN_STORE_TTL_MS has passed: the token is verified again', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_TTL_MS: '100' })
  const cachedCaller = () => server.app.tokenVerifier.cached(server.token)
  await until(async () => {
    t.equal(await pingStatus(server, server.token), 200)
    return cachedCaller()?.subject === 'usr_1'
  })

  await until(() => !cachedCaller())

  t.equal(await pingStatus(server, server.token), 200)
})

t.test('TOKEN_STORE_SIZE is reached: the least recently used token is evicted', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_SIZE: '2' })
  const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => server.signToken({ sub })))

  for (const token of tokens) await ping(server, token)

  const subjects = tokens.map((token) => server.app.tokenVerifier.cached(token)?.subject)
  t.same(subjects, [undefined, 'b', 'c'])
})
