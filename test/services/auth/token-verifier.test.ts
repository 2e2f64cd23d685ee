import { once } from 'node:events'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, exportSPKI, importJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import t from 'tap'
import { createKey, type Key } from '../../support/key-server.ts'
import { startServer, type TestServer } from '../../support/server.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { until } from '../../support/until.ts'

// Most of these wait for a second to come, or for a file to be read again.
t.jobs = 4

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
const strangersKey = await createKey('snk_test')
const now = () => Math.floor(Date.now() / 1000)
const base64url = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

async function ask({ post }: TestServer, token: string) {
  const response = await post(ping, { authorization: `Bearer ${token}` })
  const body = (await response.json()) as { error?: string; error_description?: string }
  return { status: response.status, challenge: response.headers.get('www-authenticate'), ...body }
}

/** A token for `server` under another header. */
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

t.test('forged tokens: 401, with a description that helps nobody', async (t) => {
  const server = await startServer(t)
  const [key] = server.keyServer.keys
  if (!key) throw new Error('there is no key')
  const [header = '', payload = '', signature = ''] = server.token.split('.')
  const secret = new TextEncoder().encode(await exportSPKI(await publicKeyOf(key.jwk)))
  const { privateKey, jwk } = strangersKey
  const rs256 = { alg: 'RS256', kid: 'snk_test' }
  const forged: Record<string, string> = {
    'alg: none': `${base64url({ alg: 'none', kid: 'snk_test' })}.${payload}.`,
    'alg: None': `${base64url({ alg: 'None', kid: 'snk_test' })}.${payload}.${signature}`,
    'HS256 signed with the public key': await signWith(server, { alg: 'HS256', kid: 'snk_test' }, secret),
    'RS512 by the right key': await signWith(
      server,
      { alg: 'RS512', kid: 'snk_test' },
      await importPrivate(key)
    ),
    "a stranger's key under the right id": await signWith(server, rs256, privateKey),
    'an embedded jwk': await signWith(server, { ...rs256, jwk }, privateKey),
    'an embedded jwk, by the right key': await signWith(server, { ...rs256, jwk: key.jwk }, key.privateKey),
    'a jku': await signWith(server, { ...rs256, jku: 'https://evil.example.com/keys' }, key.privateKey),
    'an x5u': await signWith(server, { ...rs256, x5u: 'https://evil.example.com/cert' }, key.privateKey),
    'no key id': await signWith(server, { alg: 'RS256' }, key.privateKey),
    'a foreign key id': await server.signToken({}, { ...key, kid: 'snk_other' }),
    'an altered payload': `${header}.${base64url({ ...decode(payload), sub: 'usr_2' })}.${signature}`,
    'no signature': `${header}.${payload}.`,
    'two parts': `${header}.${payload}`,
    'four parts': `${server.token}.${signature}`,
    'five parts, as an encrypted one has': `${server.token}.a.b`,
    'a payload that is no JSON': `${header}.${base64url('{')}.${signature}`,
    'a payload that is a list': `${header}.${base64url([])}.${signature}`,
    'a header that is a text': `${base64url('"RS256"')}.${payload}.${signature}`,
    'padding at its end': `${server.token}==`,
    'another spelling of the signature': respell(server.token),
    'over 8 kB': await server.signToken({ filler: 'x'.repeat(8192) })
  }

  for (const [name, token] of Object.entries(forged)) {
    const { status, error, error_description, challenge } = await ask(server, token)
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

/** The last character of a signature has bits that mean nothing. */
function respell(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1]
}

async function publicKeyOf(jwk: JWK) {
  const key = await importJWK(jwk, 'RS256')
  if (key instanceof Uint8Array) throw new Error('not a public key')
  return key
}

/** The same private key, for RS512. */
async function importPrivate({ privateKey }: Key) {
  return importJWK({ ...(await exportJWK(privateKey)), alg: 'RS512' }, 'RS512')
}

function decode(payload: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

t.test('well-signed tokens that are not for here and now: 401, and why', async (t) => {
  const server = await startServer(t)
  const { environmentUrl: env, resource, signToken } = server
  const other = { issuer: 'comes from another authorization server', audience: 'is for another resource' }
  const bad: [string, object, string][] = [
    ['a foreign issuer', { iss: 'https://other.scalekit.com' }, other.issuer],
    ['a prefix of the issuer', { iss: env.slice(0, -1) }, other.issuer],
    ['a suffix on the issuer', { iss: `${env}/resources/res_test2` }, other.issuer],
    ['another resource of the environment', { iss: `${env}/resources/res_other` }, other.issuer],
    ['the issuer on another host', { iss: `${env}.evil.example.com` }, other.issuer],
    ['the issuer in another case', { iss: `${env}/Resources/res_test` }, other.issuer],
    ['the issuer with a last slash', { iss: `${env}/` }, other.issuer],
    ['no issuer', { iss: undefined }, other.issuer],
    ['an issuer that is no text', { iss: { toString: {} } }, other.issuer],
    ['an audience that is no text', { aud: [{ toString: {} }] }, other.audience],
    ['a start that is no number', { nbf: { valueOf: {} } }, 'lacks a claim'],
    ['a foreign audience', { aud: 'https://other.example.com/mcp' }, other.audience],
    ['an ID token, for its client', { aud: 'm2m_1', nonce: 'n' }, other.audience],
    ['a look-alike audience', { aud: `${resource}.evil` }, other.audience],
    ['no audience', { aud: undefined }, other.audience],
    ['an empty audience', { aud: [] }, other.audience],
    ['a foreign resource claim', { resource: 'https://other.example.com/mcp' }, other.audience],
    [
      'a foreign resource claim beside ours',
      { resource: [resource, 'https://other.example.com'] },
      other.audience
    ],
    ['an expired one', { exp: now() - 1 }, 'has expired'],
    ['one not valid for a while', { nbf: now() + 600 }, 'is not valid yet'],
    ['one not valid for ten seconds', { nbf: now() + 10 }, 'is not valid yet'],
    [
      'one that is foreign and not valid yet',
      { nbf: now() + 2, aud: 'https://other.example.com' },
      other.audience
    ],
    ['no end', { exp: undefined }, 'lacks a claim'],
    ['an end that is no number', { exp: 'tomorrow' }, 'lacks a claim'],
    ['no subject', { sub: undefined }, 'lacks a claim'],
    ['an empty subject', { sub: '' }, 'lacks a claim'],
    ['control characters in the subject', { sub: 'usr\r\nx: y' }, 'lacks a claim'],
    ['control characters in the client', { client_id: 'm2m\u0000' }, 'lacks a claim'],
    ['a scope that is a list', { scope: ['news:read'] }, 'lacks a claim'],
    ['scopes that are a text', { scopes: 'news:read' }, 'lacks a claim'],
    ['thousands of scopes', { scope: `news:read ${[...Array(1200).keys()].join(' ')}` }, 'lacks a claim']
  ]

  for (const [name, claims, description] of bad) {
    const { status, error, error_description } = await ask(server, await signToken(claims as never))
    t.equal(status, 401, name)
    t.equal(error, 'invalid_token', name)
    t.match(error_description, description, name)
  }
})

t.test('a resource claim that names this server is let in, with or without the last slash', async (t) => {
  const server = await startServer(t)

  for (const resource of [server.resource, `${server.resource}/`, [server.resource]]) {
    t.equal((await ask(server, await server.signToken({ resource }))).status, 200)
  }
})

t.test('a token that becomes valid within five seconds waits for its time', async (t) => {
  const server = await startServer(t)
  const nbf = now() + 2

  const { status } = await ask(server, await server.signToken({ nbf }))

  t.equal(status, 200)
  t.ok(Date.now() >= nbf * 1000)
})

t.test('a token seen before is not checked again, until it ends', async (t) => {
  const server = await startServer(t)
  const exp = now() + 2
  const token = await server.signToken({ exp })
  t.equal((await ask(server, token)).status, 200)
  const [header, payload] = token.split('.')

  t.equal((await ask(server, token)).status, 200)
  t.equal((await ask(server, `${header}.${payload}.`)).status, 401, 'the whole token counts, not its claims')
  let status = 200
  await until(async () => {
    ;({ status } = await ask(server, token))
    return status !== 200
  })

  t.equal(status, 401)
  t.ok(Date.now() >= exp * 1000)
})

t.test('the store of good tokens is bounded, and every one of them stays good', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_SIZE: '2' })

  for (let round = 0; round < 2; round += 1) {
    for (const sub of ['a', 'b', 'c', 'd'])
      t.equal((await ask(server, await server.signToken({ sub }))).status, 200)
  }
})

t.test('DENY_LIST refuses tokens, subjects and clients', async (t) => {
  const server = await startServer(t, { DENY_LIST: 'jti_1, usr_bad,m2m_bad' })

  for (const claims of [{ jti: 'jti_1' }, { sub: 'usr_bad' }, { client_id: 'm2m_bad' }]) {
    const { status, error_description } = await ask(server, await server.signToken(claims))
    t.equal(status, 401)
    t.equal(error_description, 'The access token has been revoked. Sign in again.')
  }
  t.equal((await ask(server, await server.signToken({ jti: 'jti_2' }))).status, 200)
})

t.test(
  'DENY_LIST_FILE is read again without a restart, and holds for remembered tokens and open streams',
  async (t) => {
    const file = join(await temporaryFolder(t), 'deny')
    await writeFile(file, '# nobody yet\n')
    const server = await startServer(t, { DENY_LIST_FILE: file })
    const token = await server.signToken({ sub: 'usr_fired' })
    t.equal((await ask(server, token)).status, 200)
    const asked = Promise.withResolvers<void>()
    server.news.answer = async (reply) => {
      asked.resolve()
      reply.hijack()
    }
    const open = await fetch(server.resource, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream'
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'get_news_sentiment', arguments: { ticker: 'AAPL' }, _meta: { progressToken: 1 } }
      })
    })
    await asked.promise

    await appendFile(file, 'usr_fired # left the company\n')
    await t.rejects(open.text(), 'the open stream ends')
    t.equal((await ask(server, token)).status, 401)
    t.equal((await ask(server, server.token)).status, 200, 'others are not touched')

    await writeFile(file, '')
    await until(async () => (await ask(server, token)).status === 200)
  }
)

t.test('a DENY_LIST_FILE that cannot be read ends the start, and is named', async (t) => {
  const folder = await temporaryFolder(t)
  for (const [file, reason] of [
    [join(folder, 'none'), 'ENOENT'],
    [folder, 'EISDIR']
  ] as const) {
    await t.rejects(startServer(t, { DENY_LIST_FILE: file }), {
      code: 'SETTINGS_INVALID',
      message: new RegExp(`DENY_LIST_FILE cannot be read \\(${reason}\\)[^]*Example: DENY_LIST_FILE=`)
    })
  }
})

t.test(
  'each refusal is one line of the log: reason, and whose token it is if its signature is good',
  async (t) => {
    const server = await startServer(t)
    const owner = { jti: 'jti_7', client_id: 'm2m_7', sub: 'usr_7' }
    const refused = async (token: string) => {
      server.log.length = 0
      await ask(server, token)
      const lines = server.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'refused')
      t.equal(lines.length, 1)
      t.match(lines[0], { reqId: String })
      return lines[0]
    }

    t.match(await refused(await server.signToken({ ...owner, exp: now() - 1 })), {
      fault: 'expired',
      ...owner
    })
    t.match(await refused(await server.signToken({ ...owner, scope: 'a' })), {
      reason: 'insufficient_scope',
      ...owner
    })
    const forged = await refused(await server.signToken(owner, strangersKey))
    t.match(forged, { reason: 'invalid_token', fault: 'signature' })
    t.same([forged.jti, forged.client_id, forged.sub], [undefined, undefined, undefined])
  }
)

t.test('at the very moment at which a token becomes valid, it is not refused', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_TTL_MS: '0' })
  t.equal((await ask(server, server.token)).status, 200)
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

t.test('remembered tokens do not outlive the keys', async (t) => {
  const server = await startServer(t, {
    SCALEKIT_KEYS_MAX_AGE_MS: '100',
    SCALEKIT_KEYS_STALE_MS: '100',
    SCALEKIT_KEYS_COOLDOWN_MS: '10'
  })
  t.equal((await ask(server, server.token)).status, 200)

  server.keyServer.answer = (response) => response.writeHead(500).end()
  let status = 200
  await until(async () => {
    ;({ status } = await ask(server, server.token))
    return status !== 200
  })

  t.equal(status, 503)
})

t.test('whoever is refused while the body is still arriving gets no answer any more', async (t) => {
  const file = join(await temporaryFolder(t), 'deny')
  await writeFile(file, '')
  const server = await startServer(t, { DENY_LIST_FILE: file })
  const open = request(server.resource, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' }
  })
  const answered = once(open, 'response')
  open.write('{"jsonrpc":"2.0",')
  await until(() => server.log.some((line) => line.includes('incoming request')))
  // Past the guard by now: the next request of the same caller is answered after it.
  t.equal((await ask(server, server.token)).status, 200)

  await writeFile(file, 'usr_1')
  await until(() => server.log.some((line) => line.includes('has been read again')))
  open.end('"id":1,"method":"ping"}')

  const [response] = await answered
  response.resume()
  t.equal(response.statusCode, 401)
})

t.test('TOKEN_STORE_TTL_MS: a token is checked anew after it', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_TTL_MS: '100' })
  const seen = () => server.app.tokenVerifier.cached(server.token)
  t.equal((await ask(server, server.token)).status, 200)
  t.match(seen(), { subject: 'usr_1' })

  await until(() => !seen())

  t.equal((await ask(server, server.token)).status, 200)
})

t.test('TOKEN_STORE_SIZE: the oldest is forgotten first', async (t) => {
  const server = await startServer(t, { TOKEN_STORE_SIZE: '2' })
  const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => server.signToken({ sub })))

  for (const token of tokens) await ask(server, token)

  const remembered = tokens.map((token) => server.app.tokenVerifier.cached(token)?.subject)
  t.same(remembered, [undefined, 'b', 'c'])
})

t.test('the deny list holds on when its file is gone, and adds to DENY_LIST', async (t) => {
  const file = join(await temporaryFolder(t), 'deny')
  await writeFile(file, 'usr_file')
  const server = await startServer(t, { DENY_LIST: 'usr_setting', DENY_LIST_FILE: file })
  const statuses = async () => {
    const tokens = await Promise.all(['usr_file', 'usr_setting'].map((sub) => server.signToken({ sub })))
    return Promise.all(tokens.map(async (token) => (await ask(server, token)).status))
  }
  t.same(await statuses(), [401, 401])

  await writeFile(file, 'usr_file\n')
  await until(() => server.log.some((line) => line.includes('has been read again')))
  t.same(await statuses(), [401, 401])
  await rm(file)
  await until(() => server.log.some((line) => line.includes('the last one holds on')))
  t.same(await statuses(), [401, 401])
})
