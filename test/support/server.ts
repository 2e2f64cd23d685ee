import { randomInt } from 'node:crypto'
import { on, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json as jsonOf } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Client as ModernClient } from '@modelcontextprotocol/client'
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Test as TapTest } from 'tap'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import type { Environment } from '../../services/config/environment.ts'
import type { CatalogEntries } from '../../services/mcp/catalog.ts'

/** Each process of tests has a hundred ports: it listens on the first, and with that the others are its own. */
const portsEach = 100
let ports: Promise<number> | undefined
let chosen = 0

/**
 * A port that is free, for the server's own URL has to be known before it listens. Below the ports that systems give to
 * outgoing connections, of which tests make many.
 */
export async function freePort(): Promise<number> {
  ports ??= claimPorts()
  const first = await ports
  for (;;) {
    chosen = (chosen % (portsEach - 1)) + 1
    const port = first + chosen
    const probe = createTcpServer()
    if (!(await listens(probe, port))) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

async function claimPorts(): Promise<number> {
  for (;;) {
    const first = randomInt(120, 320) * portsEach
    if (await listens(createTcpServer().unref(), first)) return first
  }
}

const listens = (server: Server, port: number) =>
  new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, 'localhost', () => resolve(true))
  })

/** Waits until something is so. Looking again after a moment leaves the processor to what is waited for. */
export async function until(isSo: () => unknown): Promise<void> {
  while (!(await isSo())) await setTimeout(5)
}

/** As much of a test as the helpers use. */
export type Test = Pick<TapTest, 'teardown'>

/** A signing key as Scalekit has them. */
export async function createKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}
export type Key = Awaited<ReturnType<typeof createKey>>
/** The first key of every key server: it takes a while to make one. */
let firstKeyOfAll: Promise<Key> | undefined

type KeyAnswer = (response: ServerResponse, keys: Key[]) => void

/** A Scalekit environment that has keys and nothing else. */
export async function startKeyServer(t: Test) {
  firstKeyOfAll ??= createKey('snk_test')
  const firstKey = await firstKeyOfAll
  const keyServer = {
    environmentUrl: '',
    /** The keys that are published. */
    keys: [firstKey],
    /** How often they were fetched. */
    fetches: 0,
    /** Answers in their place, while it is set. */
    answer: undefined as KeyAnswer | undefined,
    /** Signs a user's token; `claims` win, and `undefined` takes a claim out. */
    signToken: (claims: JWTPayload, key: Key = firstKey) =>
      new SignJWT({
        sub: 'usr_1',
        client_id: 'm2m_1',
        oid: 'org_1',
        scope: 'openid news:read',
        exp: Math.floor(Date.now() / 1000) + 600,
        ...claims
      })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid })
        .sign(key.privateKey)
  }
  const server = createServer((request, response) => {
    if (request.url !== '/keys') return response.writeHead(404).end()
    keyServer.fetches += 1
    if (keyServer.answer) return keyServer.answer(response, keyServer.keys)
    const body = JSON.stringify({ keys: keyServer.keys.map(({ jwk }) => jwk) })
    return response.setHeader('content-type', 'application/json').end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  keyServer.environmentUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return keyServer
}

/** Collects garbage, at once and all of it. */
export function collectGarbage() {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

/** A folder that is gone after the test. */
export async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finance-news-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

// The server and the clients are read when they are needed: many files of tests do without them.

/** Starts the server, with sample news and a Scalekit that has keys; `environment` wins over what it would set. */
export async function startServer(
  t: Test,
  environment: Environment = {},
  { keyAnswer, ...offer }: { keyAnswer?: KeyAnswer } & Partial<CatalogEntries> = {}
) {
  const [{ createApp }, port, keyServer, news] = await Promise.all([
    import('../../app.ts'),
    freePort(),
    startKeyServer(t),
    createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
  ])
  t.teardown(() => news.close())
  const { environmentUrl } = keyServer
  keyServer.answer = keyAnswer
  const resource = `http://localhost:${port}/mcp`
  const issuer = `${environmentUrl}/resources/res_test`
  const log: string[] = []
  const app = await createApp(
    {
      PORT: String(port),
      LOG_LEVEL: 'trace',
      SCALEKIT_ENVIRONMENT_URL: environmentUrl,
      METADATA_JSON_RESPONSE: JSON.stringify({
        authorization_servers: [issuer],
        bearer_methods_supported: ['header'],
        resource,
        resource_documentation: `${resource}/docs`,
        scopes_supported: ['news:read']
      }),
      RATE_LIMIT_PER_MINUTE: '0',
      RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
      RATE_LIMIT_FAILURES_PER_MINUTE: '0',
      ALPHA_VANTAGE_API_KEY: 'SECRETKEY123',
      ALPHA_VANTAGE_BASE_URL: news.url,
      DATA_DIR: await temporaryFolder(t),
      ALPHA_VANTAGE_CALLS_PER_DAY: '0',
      ALPHA_VANTAGE_CALLS_PER_SECOND: '0',
      // Tests share their machine, and many keep the event loop busy themselves.
      OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
      ...environment
    },
    { logStream: { write: (line) => log.push(line) }, ...offer }
  )
  t.teardown(() => app.close())
  await app.listen({ ...app.config.listen })

  /** Signs a token for this server; `claims` win. */
  const signToken = (claims: JWTPayload = {}, key?: Key) =>
    keyServer.signToken({ iss: issuer, aud: [resource, 'res_test'], ...claims }, key)
  const token = await signToken()
  /** Sends one JSON-RPC message, or any other body, with a good token unless `headers` has another. */
  const post = (body: unknown, headers: Record<string, string> = {}, path = '/mcp') =>
    fetch(`http://localhost:${port}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body)
    })

  return {
    app,
    port,
    url: `http://localhost:${port}`,
    resource,
    issuer,
    environmentUrl,
    keyServer,
    news,
    log,
    token,
    signToken,
    post
  }
}

export type TestServer = Awaited<ReturnType<typeof startServer>>

/** Connects the SDK's client, with `token` in its headers. */
export async function connectClient(t: Test, url: string, token: string): Promise<Client> {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
  const client = new Client({ name: 'test', version: '1.0.0' })
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
  t.teardown(() => client.close())
  return client
}

/** Connects the client of SDK 2, with `token` in its headers. */
export async function connectModernClient(t: Test, url: string, token: string): Promise<ModernClient> {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } }
  )
  const requestInit = { headers: { authorization: `Bearer ${token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }))
  t.teardown(() => client.close())
  return client
}

/** A `tools/call` of `get_news_sentiment`. */
export const callNews = (args: Record<string, unknown>, meta?: Record<string, unknown>) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'get_news_sentiment', arguments: args, ...(meta && { _meta: meta }) }
})

/** What a tool answered with. */
export interface ToolResult {
  content: { type: string; text?: string; uri?: string; name?: string }[]
  structuredContent?: Record<string, unknown>
  isError?: true
  _meta?: { code: string; upstream_calls: number; retry_at?: string }
}

/** Calls any tool. */
export async function callTool(
  { post }: Pick<TestServer, 'post'>,
  name: string,
  args: Record<string, unknown>
): Promise<ToolResult> {
  const params = { name, arguments: args }
  const response = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  return ((await response.json()) as { result: ToolResult }).result
}

/** A tool's text for people. */
export const resultText = ({ content }: ToolResult) => content[0]?.text ?? ''

/** A list in a tool's data. */
export const resultList = ({ structuredContent }: ToolResult, name: string) =>
  (structuredContent?.[name] ?? []) as Record<string, unknown>[]

export type Era = 'legacy' | 'modern'
export const eras: readonly Era[] = ['legacy', 'modern']

/** What a request of revision 2026-07-28 says of itself in its `_meta`. */
export const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' }
}

interface JsonRpcRequest {
  id?: string | number
  method: string
  params?: Record<string, unknown> & { name?: unknown; uri?: unknown; _meta?: Record<string, unknown> }
}

/** A request as clients of `era` send it: the body, and the headers beside the token. */
export function asRequest(era: Era, { id = 1, method, params = {} }: JsonRpcRequest) {
  if (era === 'legacy') return { body: { jsonrpc: '2.0', id, method, params }, headers: {} }
  const name = params.name ?? params.uri
  return {
    body: { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...envelope, ...params._meta } } },
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': String(name) })
    } as Record<string, string>
  }
}

/**
 * Sends requests all but their last bytes, and returns once the server has seen them all; each function sends the rest
 * of one, and returns its answer.
 */
export async function holdBack(
  { app, port, token }: Pick<TestServer, 'app' | 'port' | 'token'>,
  requests: ReturnType<typeof asRequest>[]
) {
  const held = requests.map(({ body, headers }) => {
    const json = JSON.stringify(body)
    const sent = request({
      host: 'localhost',
      port,
      path: '/mcp',
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': json.length,
        ...headers
      }
    })
    sent.write(json.slice(0, -5))
    return async () => {
      sent.end(json.slice(-5))
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: response.statusCode, body: await jsonOf(response) }
    }
  })
  let seen = 0
  for await (const [incoming] of on(app.server, 'request')) {
    if (incoming.url === '/mcp') seen += 1
    if (seen === held.length) break
  }
  return held
}

/** The JSON-RPC messages of a stream of events. */
export function parseEvents(text: string): Record<string, unknown>[] {
  return text
    .split('\n\n')
    .map((event) => /^data: (.*)$/m.exec(event)?.[1])
    .filter((data) => data !== undefined)
    .map((data) => JSON.parse(data))
}
