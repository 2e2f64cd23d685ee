import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import type { Environment } from '../../../services/config/environment.ts'
import { freePort } from '../../support/ports.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

const paths = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-authorization-server/mcp',
  '/.well-known/oauth-authorization-server/mcp/',
  '/mcp/.well-known/oauth-authorization-server'
]
const published = '/.well-known/oauth-authorization-server/resources/res_test'

type Answer = (response: ServerResponse, url: string) => void
const notFound = (response: ServerResponse) => response.writeHead(404).end()

/** Starts a server whose authorization server answers requests for metadata with `answer`. */
async function startWithMetadata(t: Test, answer: Answer | undefined, environment: Environment = {}) {
  const server = await startServer(t, environment)
  const { keyServer, issuer } = server
  // The self-check at startup also fetches metadata.
  await until(() => server.log.some((line) => line.includes('self-check finished')))
  const document = {
    token_endpoint: `${issuer}/token`,
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    'x-unknown': [{ nested: null }]
  }
  const requests: string[] = []
  const publish: Answer = (response, url) =>
    url === published ? response.end(JSON.stringify(document)) : notFound(response)
  const standIn = { answer: answer ?? publish }
  keyServer.answerOther = (response, { url = '' }) => {
    requests.push(url)
    standIn.answer(response, url)
  }
  const read = (path = '/.well-known/oauth-authorization-server') =>
    fetch(server.url + path, { headers: { origin: 'https://any.example.com' } })
  return { ...server, document, requests, publish, standIn, read }
}

t.test('MCP 2025-03-26: a copy of the document at each path, for any origin, from one fetch', async (t) => {
  const { read, document, requests } = await startWithMetadata(t, undefined)

  const responses = await Promise.all([...paths, ...paths].map(read))

  for (const response of responses) {
    t.equal(response.status, 200)
    t.match(response.headers.get('content-type'), 'application/json')
    t.match(response.headers.get('cache-control'), /^public, max-age=\d+$/)
    t.equal(response.headers.get('access-control-allow-origin'), '*')
    t.strictSame(await response.json(), document)
  }
  t.same(requests, [published])
})

t.test(
  'several authorization servers: the document of the first; an issuer without a path: at its root',
  async (t) => {
    const port = await freePort()
    const server = await startServer(t, { PORT: String(port) })
    const { environmentUrl, issuer, keyServer, app } = server
    await app.close()
    const both = await startServer(t, {
      SCALEKIT_ENVIRONMENT_URL: environmentUrl,
      SCALEKIT_AUTHORIZATION_SERVERS: `${environmentUrl}, ${issuer}`
    })
    keyServer.answerOther = (response, { url = '' }) =>
      url === '/.well-known/oauth-authorization-server'
        ? response.end(JSON.stringify({ issuer: environmentUrl }))
        : notFound(response)

    const response = await fetch(`${both.url}/.well-known/oauth-authorization-server`)

    t.same(await response.json(), { issuer: environmentUrl })
  }
)

t.test('no document, or a redirect, at the first URL: the one of openid-configuration', async (t) => {
  for (const openidPath of [
    '/.well-known/openid-configuration/resources/res_test',
    '/resources/res_test/.well-known/openid-configuration'
  ]) {
    for (const status of [404, 302]) {
      const { read, issuer, requests, standIn } = await startWithMetadata(t, notFound)
      standIn.answer = (response, url) => {
        if (url === openidPath) response.end(JSON.stringify({ issuer }))
        else response.writeHead(status, { location: '/elsewhere' }).end()
      }

      t.same(await (await read()).json(), { issuer }, `${openidPath} after ${status}`)
      t.notOk(requests.includes('/elsewhere'))
    }
  }
})

const faults: Record<string, (issuer: string) => Answer> = {
  'status 500': () => (response) => response.writeHead(500).end(),
  'a closed connection': () => (response) => response.destroy(),
  'a hang': () => () => {},
  'an endless body': () => (response) => {
    const writeMore = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    }
    response.on('drain', writeMore)
    writeMore()
  },
  'a slow body': () => (response) => {
    const timer = setInterval(() => response.write(' '), 20)
    response.on('close', () => clearInterval(timer))
  },
  'a document over 256 KiB': (issuer) => (response) =>
    response.end(JSON.stringify({ issuer, filler: 'x'.repeat(256 * 1024) })),
  'a redirect to a document': (issuer) => (response, url) => {
    if (url === '/elsewhere') response.end(JSON.stringify({ issuer }))
    else response.writeHead(307, { location: '/elsewhere' }).end()
  },
  'another issuer': () => (response) => response.end(JSON.stringify({ issuer: 'https://evil.example.com' })),
  'an issuer with a trailing slash': (issuer) => (response) =>
    response.end(JSON.stringify({ issuer: `${issuer}/` })),
  'no issuer': () => (response) => response.end('{}'),
  'an HTML page': () => (response) => response.end('<html>'),
  'a list': (issuer) => (response) => response.end(JSON.stringify([{ issuer }])),
  'an empty body': () => (response) => response.end()
}

for (const [name, fault] of Object.entries(faults)) {
  t.test(`${name} in place of the metadata: 503 with Retry-After, until it recovers`, async (t) => {
    const settings = { SCALEKIT_TIMEOUT_MS: '300', SCALEKIT_KEYS_COOLDOWN_MS: '10' }
    const server = await startWithMetadata(t, notFound, settings)
    const { read, issuer, requests, standIn, publish, document, log } = server
    standIn.answer = fault(issuer)

    for (const response of await Promise.all(paths.map(read))) {
      t.equal(response.status, 503)
      t.equal(response.headers.get('retry-after'), '1')
      t.equal(response.headers.get('access-control-allow-origin'), '*')
      t.same(await response.json(), {
        error: 'temporarily_unavailable',
        error_description: `The metadata of the authorization server ${issuer} is unavailable. Try again in 1 seconds.`
      })
    }
    t.notOk(requests.includes('/elsewhere'), 'no redirect is followed')
    const warning = log.find((line) => line.includes('authorization server metadata not fetched')) ?? ''
    t.match(warning, /"level":40/)
    t.notMatch(warning, /"stack"/)

    standIn.answer = publish
    await until(async () => (await read()).status === 200)
    t.same(await (await read()).json(), document)
  })
}

t.test('metadata unavailable: one fetch for concurrent requests, and none within the cooldown', async (t) => {
  const { read, requests } = await startWithMetadata(t, (response) => response.writeHead(500).end())

  const responses = [...(await Promise.all(Array.from({ length: 50 }, () => read()))), await read()]

  t.ok(responses.every(({ status }) => status === 503))
  t.same(requests, [published])
})

t.test('authorization server that refuses connections: 503', async (t) => {
  const environmentUrl = `http://127.0.0.1:${await freePort()}`
  const { url } = await startServer(t, {
    SCALEKIT_ENVIRONMENT_URL: environmentUrl,
    SCALEKIT_AUTHORIZATION_SERVERS: `${environmentUrl}/resources/res_test`
  })

  const response = await fetch(`${url}/.well-known/oauth-authorization-server`)

  t.equal(response.status, 503)
  t.equal(response.headers.get('retry-after'), '10')
})

t.test(
  'authorization server unavailable: the copy is served beyond SCALEKIT_KEYS_MAX_AGE_MS, for SCALEKIT_KEYS_STALE_MS',
  async (t) => {
    for (const SCALEKIT_KEYS_STALE_MS of ['600000', '0']) {
      const { read, requests, standIn } = await startWithMetadata(t, undefined, {
        SCALEKIT_KEYS_MAX_AGE_MS: '100',
        SCALEKIT_KEYS_STALE_MS,
        SCALEKIT_KEYS_COOLDOWN_MS: '50'
      })
      t.equal((await read()).status, 200)

      standIn.answer = (response) => response.destroy()
      const statuses = new Set<number>()
      await until(async () => {
        statuses.add((await read()).status)
        return requests.length > 3
      })

      t.equal(statuses.has(503), SCALEKIT_KEYS_STALE_MS === '0', [...statuses].join())
    }
  }
)

t.test('stale copy after a failed fetch: served without waiting for the next fetch', async (t) => {
  const { read, requests, standIn, log } = await startWithMetadata(t, undefined, {
    SCALEKIT_KEYS_MAX_AGE_MS: '100',
    SCALEKIT_KEYS_COOLDOWN_MS: '50',
    SCALEKIT_TIMEOUT_MS: '60000'
  })
  await read()
  standIn.answer = (response) => response.destroy()
  await until(async () => {
    await read()
    return log.some((line) => line.includes('authorization server metadata not fetched'))
  })

  standIn.answer = () => {} // the fetch hangs
  const fetches = requests.length
  await until(async () => {
    await read()
    return requests.length > fetches
  })

  t.equal((await read()).status, 200)
})

t.test('changed metadata: served after SCALEKIT_KEYS_MAX_AGE_MS', async (t) => {
  const { read, issuer, standIn } = await startWithMetadata(t, undefined, {
    SCALEKIT_KEYS_MAX_AGE_MS: '100',
    SCALEKIT_KEYS_COOLDOWN_MS: '10'
  })
  t.notMatch(await (await read()).json(), { changed: true })

  standIn.answer = (response) => response.end(JSON.stringify({ issuer, changed: true }))

  await until(async () => ((await (await read()).json()) as { changed?: true }).changed)
})

t.test(
  'fresh metadata: served without a fetch, also while the authorization server is unavailable',
  async (t) => {
    const { read, requests, standIn } = await startWithMetadata(t, undefined)
    await read()

    standIn.answer = (response) => response.destroy()

    for (const path of paths) t.equal((await read(path)).status, 200)
    t.equal(requests.length, 1)
  }
)
