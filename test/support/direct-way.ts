import { Agent, request } from 'node:http'
import fc from 'fast-check'
import { z } from 'zod'
import { floorTo } from '../../services/lib/time.ts'
import { reuseAlways } from '../../services/mcp/primitives/request-context.ts'
import { defineTool } from '../../services/mcp/primitives/tool.ts'
import { readResponse } from './echo.ts'
import { envelope } from './rpc.ts'
import type { TestServer } from './server.ts'
import { argumentsByTool } from './tool-arguments.ts'

const readOnly = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

/** Numbers as text, because JSON has no infinite ones. */
const describeInput = (input: unknown) =>
  JSON.stringify(input, (_key, value) => (typeof value === 'number' ? String(value) : value))

/** A tool that returns its arguments, whatever they are, and allows reuse of the response. */
export const mirror = defineTool({
  name: 'mirror',
  title: 'Mirror',
  description: 'Returns its arguments.',
  annotations: readOnly,
  inputSchema: z.strictObject({ a: z.unknown().optional(), b: z.unknown().optional() }),
  async handler(input, context) {
    context.allowReuse(reuseAlways)
    return { text: describeInput(input) }
  }
})

/** The same for callers with another scope. */
export const scopedMirror = defineTool({ ...mirror, name: 'scoped_mirror', scopes: ['news:admin'] })

/** Stands for JSON that `JSON.stringify` cannot write. */
const raw = (json: string) => `@raw:${json}`
const toText = (body: unknown) => JSON.stringify(body).replace(/"@raw:(.*?)"/g, '$1')

/** Draws the simple values often, so that questions are repeated. */
const often = <T>(values: readonly T[], others: readonly T[]) =>
  fc.oneof({ weight: 25, arbitrary: fc.constantFrom(...values) }, fc.constantFrom(...others))

const validIds = [
  1,
  2,
  '1',
  'a',
  '',
  0,
  -1,
  2 ** 53 - 1,
  'é',
  '"',
  '\\',
  '$&',
  "$'",
  '\ud800',
  'x'.repeat(300)
]
const oddIds = [raw('-0'), raw('1.0'), raw('1e2'), 2 ** 53, 1.5, raw('1e999'), null, undefined, {}, [1], true]
const ids = fc.oneof(often<unknown>(validIds, oddIds), fc.string({ unit: 'binary', maxLength: 5 }))

const deep = JSON.parse('{"a":'.repeat(40) + 1 + '}'.repeat(40))
const newsCalls = Object.entries(argumentsByTool).flatMap(([name, list]) =>
  list.map((args) => ({ name, arguments: args }))
)
const calls = [
  ...newsCalls,
  ...[
    {},
    undefined,
    { toString: 1 },
    { a: raw('1e999') },
    { a: null },
    { a: 'null' },
    { a: raw('-0') },
    { a: 0 },
    { a: 1 },
    { b: 1, a: 2 },
    { a: 2, b: 1 },
    { a: deep },
    { a: 'x'.repeat(5000) },
    { a: '\u2028é\ud800' }
  ].flatMap((args) => ['mirror', 'scoped_mirror'].map((name) => ({ name, arguments: args }))),
  { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', limit: '5' } },
  { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', limit: 5, color: 'red' } },
  { name: 'get_news_sentiment', arguments: { ticker: 'NOPE' } },
  { name: 'get_news_sentiment', arguments: { ticker: 7 } },
  { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', topics: null, cursor: null } },
  { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', cursor: 'x' } },
  { name: 'get_market_news', arguments: [] },
  { name: 'nothing', arguments: {} },
  { name: 7 },
  {}
]
const lists = ['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list']
const uris = [
  'method',
  'topics',
  'tickers/AAPL/latest',
  'tickers/aapl/latest',
  'tickers/NOPE/latest',
  'nothing'
]
const resources = [
  ...uris.map((path) => `news:///${path}`),
  'test://clock',
  'test://broken',
  'test://guarded',
  7
]
const suggestion = { argument: { name: 'ticker', value: 'A' } }
interface Method {
  method: string
  params: unknown
}
/** Questions that have cached responses. */
const plainQuestions: Method[] = [
  ...newsCalls.map((params) => ({ method: 'tools/call', params })),
  { method: 'tools/call', params: { name: 'mirror', arguments: { a: 1 } } },
  { method: 'tools/list', params: {} },
  { method: 'resources/read', params: { uri: 'news:///method' } },
  { method: 'resources/read', params: { uri: 'news:///tickers/AAPL/latest' } }
]
const questions: Method[] = [
  ...calls.map((params) => ({ method: 'tools/call', params })),
  ...lists.flatMap((method) =>
    [undefined, {}, { cursor: '' }, { cursor: 'x' }, { cursor: null }, { more: 1 }].map((params) => ({
      method,
      params
    }))
  ),
  ...resources.map((uri) => ({ method: 'resources/read', params: { uri } })),
  ...['greeting', 'guarded', 'nothing'].map((name) => ({
    method: 'prompts/get',
    params: { name, arguments: { name: 'Ada' } }
  })),
  { method: 'completion/complete', params: { ref: { type: 'ref/prompt', name: 'nothing' }, ...suggestion } },
  {
    method: 'completion/complete',
    params: { ref: { type: 'ref/resource', uri: 'news:///tickers/{ticker}/latest' }, ...suggestion }
  },
  {
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a', version: '1' } }
  },
  ...[
    'ping',
    'server/discover',
    'logging/setLevel',
    'made/up',
    'toString',
    'notifications/initialized',
    ''
  ].map((method) => ({ method, params: undefined })),
  { method: 'tools/list', params: [] },
  { method: 'tools/list', params: 7 },
  { method: 'notifications/cancelled', params: { requestId: 1 } }
]

const protocolVersion = 'io.modelcontextprotocol/protocolVersion'
const clientInfo = 'io.modelcontextprotocol/clientInfo'
const metas = often<unknown>(
  [undefined, {}],
  [
    { progressToken: 1 },
    { progressToken: null },
    { progressToken: {} },
    { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
    { traceparent: 7, tracestate: 7, baggage: {} },
    { 'example.com/trace': 1 },
    { toString: 1 },
    { [protocolVersion]: '2025-06-18' },
    { [protocolVersion]: '2026-07-28' },
    { [protocolVersion]: null },
    { [clientInfo]: { name: 'other', version: '2' } },
    { [clientInfo]: 7 },
    { 'io.modelcontextprotocol/clientCapabilities': 7 },
    { 'io.modelcontextprotocol/related-task': { taskId: 'a' } },
    { 'io.modelcontextprotocol/related-task': 7 },
    { 'io.modelcontextprotocol/logLevel': 'debug' },
    { 'modelcontextprotocol.io/a': 1, 'mcp.dev/b': 1 },
    'x',
    [],
    7,
    null
  ]
)
/** Fields of the message; `undefined` removes one. */
const fields = often<Record<string, unknown>>(
  [{}],
  [
    { more: 1 },
    { more: null },
    { jsonrpc: '1.0' },
    { jsonrpc: undefined },
    { result: {} },
    { error: {} },
    { toString: 1 }
  ]
)
const forms = often(
  ['one'],
  [
    'batch of one',
    'batch of two',
    'empty batch',
    'id twice',
    'method twice',
    'not JSON',
    'byte order mark',
    'spaces'
  ]
)
/** Headers that replace those of the era; `undefined` removes one. */
const headers = often<Record<string, string | undefined>>(
  [{}],
  [
    ...['2025-06-18', '2025-03-26', '2026-07-28', '2024-01-01', '', undefined].map((version) => ({
      'mcp-protocol-version': version
    })),
    ...['tools/list', 'TOOLS/CALL', '', undefined].map((method) => ({ 'mcp-method': method })),
    ...['get_news_sentiment', '=?base64?bWlycm9y?=', ' mirror ', '', undefined].map((name) => ({
      'mcp-name': name
    })),
    { 'mcp-param-a': '1' },
    { 'mcp-session-id': 'a' },
    ...[
      'application/json; charset=utf-8',
      'Application/JSON',
      'text/plain',
      'application/jsonp',
      undefined
    ].map((type) => ({ 'content-type': type })),
    { 'transfer-encoding': 'chunked' },
    { 'content-encoding': 'gzip' },
    { 'content-encoding': 'identity' },
    { origin: 'http://localhost:6274' },
    { origin: 'http://attacker.example' },
    { 'last-event-id': '1' }
  ]
)
const accepts = often<string | undefined>(
  ['application/json, text/event-stream', 'application/json'],
  [
    undefined,
    '',
    'text/event-stream',
    '*/*',
    'APPLICATION/JSON',
    'text/html',
    'text/event-stream, application/*;q=0.5'
  ]
)

export const callers = ['reader', 'another reader', 'admin'] as const
const tokens = often<(typeof callers)[number] | 'without a scope' | 'without a token'>(callers, [
  'without a scope',
  'without a token'
])

export const questionArbitrary = fc.record({
  era: fc.constantFrom('legacy', 'modern'),
  question: fc.oneof(fc.constantFrom(...plainQuestions), fc.constantFrom(...questions)),
  meta: metas,
  fields,
  form: forms,
  headers,
  accept: accepts,
  caller: tokens,
  /** The question is asked once with each. */
  ids: fc.array(ids, { minLength: 2, maxLength: 4 }),
  /** How far the clock moves before each request. */
  waitMs: fc.oneof({ weight: 60, arbitrary: fc.constantFrom(0, 0, 3, 20) }, fc.constantFrom(400, 2000))
})
export type Question = typeof questionArbitrary extends fc.Arbitrary<infer Value> ? Value : never

/** A request that asks `question` with the id of this index. */
export function toRequest(
  { era, question, meta, fields, form, headers, accept, ids }: Question,
  index: number
) {
  const { method, params } = question
  const isModern = era === 'modern'
  const isObject = typeof meta === 'object' && !Array.isArray(meta)
  const allMeta = isModern && isObject ? { ...envelope, ...meta } : meta
  const allParams =
    allMeta === undefined || typeof params === 'number' || Array.isArray(params)
      ? params
      : { ...(params as object), _meta: allMeta }
  const message = { jsonrpc: '2.0', id: ids[index % ids.length], method, params: allParams, ...fields }
  const { name, uri } = Object(params) as { name?: unknown; uri?: unknown }
  const mcpName = name ?? uri
  const sent: Record<string, string | undefined> = {
    'content-type': 'application/json',
    accept,
    ...(isModern && { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method }),
    ...(isModern && mcpName !== undefined && { 'mcp-name': String(mcpName) }),
    ...headers
  }
  return { headers: sent, body: toBody(form, message) }
}

function toBody(form: Question['form'], message: Record<string, unknown>): string {
  const text = toText(message)
  switch (form) {
    case 'batch of one':
      return `[${text}]`
    case 'batch of two':
      return `[${text},{"jsonrpc":"2.0","id":"second","method":"ping"}]`
    case 'empty batch':
      return '[]'
    case 'id twice':
      return text.replace('{', '{"id":"first",')
    case 'method twice':
      return text.replace('{', '{"method":"ping",')
    case 'not JSON':
      return text.slice(0, -1)
    case 'byte order mark':
      return `\ufeff${text}`
    case 'spaces':
      return ` ${text}\n`
    default:
      return text
  }
}

/** Creates a client of `server` that returns all of a response that another server must repeat. */
export function createClient({ port }: Pick<TestServer, 'port'>, tokens: Record<string, string>) {
  const agent = new Agent({ keepAlive: true })
  return {
    close: () => agent.destroy(),
    async send({ headers, body }: ReturnType<typeof toRequest>, caller: string) {
      const token = tokens[caller]
      const isChunked = headers['transfer-encoding'] !== undefined
      const all = {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(!isChunked && { 'content-length': String(Buffer.byteLength(body)) }),
        ...headers
      }
      const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
      const opened = request({ host: 'localhost', port, path: '/mcp', method: 'POST', agent, headers: sent })
      opened.end(body)
      const response = await readResponse(opened)
      const { date, 'x-request-id': requestId, 'ratelimit-reset': reset, ...others } = response.headers
      const isComplete = date !== undefined && requestId !== undefined
      const received = JSON.stringify({
        ...response,
        headers: others,
        isComplete,
        isLimited: reset !== undefined
      })
      return received.replaceAll(`localhost:${port}`, 'localhost').replace(/Wy[IJ][\w-]{50,}/g, roundCursor)
    }
  }
}

/** Rounds the time of the query, which a cursor holds in milliseconds although only its second counts. */
function roundCursor(cursor: string): string {
  const [query, key, fetchedAt, queriedAt, offset] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  const rounded = [query, key, fetchedAt, floorTo(queriedAt, 1000), offset]
  return Buffer.from(JSON.stringify(rounded)).toString('base64url')
}
