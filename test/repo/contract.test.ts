import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { settingsSchema } from '../../services/config/settings.ts'
import { newsErrors } from '../../services/lib/news-error.ts'
import { toolErrors } from '../../services/mcp/tools/error-codes.ts'
import { freePort } from '../support/ports.ts'
import { asRequest, type Era, eras } from '../support/rpc.ts'
import { startServer } from '../support/server.ts'

// A checkout in /app must not turn https://app.example.com into something else.
process.env.TAP_SNAPSHOT_CLEAN_CWD = '0'
t.snapshotFile = fileURLToPath(new URL('../snapshots/contract.cjs', import.meta.url))

type Entry = Record<string, unknown>

const legacyHeaders = { 'mcp-protocol-version': '2025-11-25' }
const server = await startServer(t)

/** Formats readable JSON, without values that differ between runs and releases. */
const json = (value: unknown) =>
  JSON.stringify(value, null, 2)
    .replaceAll(`localhost:${server.port}`, 'localhost:PORT')
    .replace(/"version": "[^"]*"/g, '"version": "VERSION"')

/** Sends a request as clients of `era` do. */
async function ask(era: Era, method: string, params: Entry = {}) {
  const { body, headers } = asRequest(era, { method, params })
  const response = await server.post(body, era === 'legacy' ? legacyHeaders : headers)
  const { result } = (await response.json()) as { result: Entry }
  return { response, result }
}

/** Finds the scopes that a request needs: the challenge lists them if the token lacks any. */
async function scopesFor(method: string, params: Entry) {
  const { response } = await ask('legacy', method, params)
  const challenge = response.headers.get('www-authenticate') ?? ''
  return /scope="([^"]*)"/.exec(challenge)?.[1]?.split(' ') ?? ['news:read']
}

/** Each list: its method, its key in the result, the field that identifies an entry, and a request that uses an entry. */
const lists: [method: string, key: string, id: string, use: (id: unknown) => [string, Entry]][] = [
  ['tools/list', 'tools', 'name', (name) => ['tools/call', { name, arguments: {} }]],
  ['prompts/list', 'prompts', 'name', (name) => ['prompts/get', { name }]],
  ['resources/list', 'resources', 'uri', (uri) => ['resources/read', { uri }]],
  [
    'resources/templates/list',
    'resourceTemplates',
    'uriTemplate',
    (uri) => [
      'completion/complete',
      { ref: { type: 'ref/resource', uri }, argument: { name: '', value: '' } }
    ]
  ]
]

for (const [method, key, id, use] of lists) {
  t.test(`${method} returns the entries in the snapshots, the same in both eras`, async (t) => {
    const [legacy, modern] = await Promise.all(
      eras.map(async (era) => (await ask(era, method)).result[key] as Entry[])
    )

    t.equal(json(modern), json(legacy), 'both eras list the same entries')
    t.matchSnapshot(json(legacy?.map((entry) => entry[id])), 'all, in order')
    for (const entry of legacy ?? []) {
      const scopes = await scopesFor(...use(entry[id]))
      t.matchSnapshot(json({ scopes, ...entry }), String(entry[id]))
    }
  })
}

t.test('initialize and server/discover return the server information in the snapshots', async (t) => {
  const clientInfo = { name: 'test', version: '1.0.0' }
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }

  t.matchSnapshot(json((await ask('legacy', 'initialize', params)).result), 'legacy')
  t.matchSnapshot(json((await ask('modern', 'server/discover')).result), 'modern')
})

t.test('settings have the names, descriptions, defaults and examples in the snapshot', async (t) => {
  const settings = Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const absent = schema.safeParse(undefined)
    return {
      name,
      ...schema.meta(),
      optional: absent.success,
      default: absent.data,
      // Only free-text settings accept this value.
      refusal: schema.safeParse(' §').error?.issues[0]?.message
    }
  })

  t.matchSnapshot(json(settings), 'settings')
})

t.test('with Redis unavailable, the server has the metrics and routes in the snapshots', async (t) => {
  const settings = {
    METRICS_PORT: String(await freePort()),
    // Nothing listens on this port; the server starts without Redis.
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    REDIS_TIMEOUT_MS: '100'
  }
  const { app } = await startServer(t, settings)
  interface MetricDescription {
    name: string
    type: string
    help: string
    labelNames: string[]
  }
  const metrics = (app.metrics.getMetricsAsArray() as unknown as MetricDescription[])
    // The library adds metrics of the process, which differ between systems.
    .filter(({ name }) => !/^(process|nodejs)_/.test(name))
    .map(({ name, type, help, labelNames }) => ({ name, type, help, labelNames }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))

  t.matchSnapshot(json(metrics), 'metrics')
  t.matchSnapshot(app.printRoutes({ commonPrefix: false }), 'routes')
})

t.test('error codes have the HTTP statuses in the snapshots', async (t) => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const paths = globSync('**/*.ts', { cwd: root, exclude: ['**/node_modules', 'test', 'bench', '.*'] })
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), 'utf8')))
  const source = texts.join('\n')
  const created = [
    ...source.matchAll(/createError(?:<[^(]*>)?\(\s*'(\w+)',(?:(?!createError)[\s\S])*?,\s*(\d{3})\s*\)/g)
  ]
  const codes = [
    ...created.map(([, code, status]) => `${code} ${status}`),
    ...Object.entries(newsErrors).flatMap(([code, { status, statusUntilRetry = status }]) => [
      `${code} ${status}`,
      `${code} ${statusUntilRetry}`
    ])
  ]
  const withoutStatus = [...source.matchAll(/readonly code = '(\w+)'/g)].map(([, code]) => code)

  t.equal(created.length, source.match(/createError(<[^(]*>)?\(/g)?.length, 'each createError() has a status')
  t.matchSnapshot(json([...new Set(codes)].sort()), 'with a status')
  t.matchSnapshot(json(withoutStatus.sort()), 'without a status')
  t.matchSnapshot(json(toolErrors.map(({ code }) => code)), 'documented, of tools')
})

t.test('rejected requests get the statuses, challenges and codes in the snapshots', async (t) => {
  const { post, signToken, url } = server
  const readToken = async (claims: Entry) => ({ authorization: `Bearer ${await signToken(claims)}` })
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  const answers: Record<string, Response> = {
    'no token': await post(ping, { authorization: '' }),
    'a bad token': await post(ping, { authorization: 'Bearer bad' }),
    'an expired token': await post(ping, await readToken({ exp: 1 })),
    'a token without the scope': await post(ping, await readToken({ scope: 'openid' })),
    'a foreign origin': await post(ping, { origin: 'https://evil.example' }),
    'a body that is not JSON': await post('{'),
    'a body of another type': await post('x', { 'content-type': 'text/plain' }),
    'GET /mcp': await fetch(`${url}/mcp`, { headers: await readToken({}) }),
    'an unknown path': await fetch(`${url}/nothing`)
  }
  for (const era of eras) {
    for (const [kind, method, params] of [
      ['method', 'nothing/list', {}],
      ['tool', 'tools/call', { name: 'nothing', arguments: {} }],
      ['prompt', 'prompts/get', { name: 'nothing' }],
      ['resource', 'resources/read', { uri: 'news:///nothing' }]
    ] as const) {
      const { body, headers } = asRequest(era, { method, params })
      answers[`${era}: an unknown ${kind}`] = await post(body, era === 'legacy' ? legacyHeaders : headers)
    }
  }

  for (const [name, response] of Object.entries(answers)) {
    const challenge = response.headers.get('www-authenticate') ?? undefined
    t.matchSnapshot(json({ status: response.status, challenge, body: await response.json() }), name)
  }
})
