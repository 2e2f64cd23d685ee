import t from 'tap'
import { reuseAlways } from '../../../services/mcp/primitives/request-context.ts'
import type { PostedMessage } from '../../../services/mcp/protocol/messages.ts'
import { formatResponse, ResponseCache, readPlainRequest } from '../../../services/mcp/response-cache.ts'

const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
const posted: PostedMessage = { body, length: 100, headers: {}, acceptsJson: true, acceptsStream: true }
const outcome = { method: 'tools/list', tool: undefined, outcome: 'ok', durationMs: 1 }
const handled = { outcome, era: 'legacy', reuse: reuseAlways } as const
const response = { status: 200, body: '{"result":{},"jsonrpc":"2.0","id":1}' }

const readKey = (changes: Partial<PostedMessage>) => readPlainRequest({ ...posted, ...changes })?.key
const plain = { key: 'a', id: 1, meta: {} }

t.test('a batch, a stream, a body above 4096 bytes or of unknown length: not plain', async (t) => {
  t.type(readKey({ length: 4096 }), 'string')
  for (const changes of [
    { body: [body] },
    { body: 'text' },
    { body: null },
    { acceptsJson: false },
    { length: 4097 },
    { length: Number.NaN }
  ]) {
    t.equal(readKey(changes), undefined, JSON.stringify(changes))
  }
})

t.test(
  'an invalid id, params or _meta, a progress token, a null or infinite argument: not plain',
  async (t) => {
    for (const changes of [
      { id: null },
      { id: undefined },
      { id: 1.5 },
      { id: 2 ** 53 },
      { id: {} },
      { params: [] },
      { params: 7 },
      { params: { _meta: 'x' } },
      { params: { _meta: { progressToken: 0 } } },
      { params: { arguments: { a: null } } },
      { params: { arguments: { a: Number.POSITIVE_INFINITY } } }
    ]) {
      t.equal(readKey({ body: { ...body, ...changes } }), undefined, JSON.stringify(changes))
    }
  }
)

t.test('requests share a key only if they differ in nothing but the id and foreign _meta', async (t) => {
  const key = readKey({})
  const reserved = (version: string) => ({ _meta: { 'io.modelcontextprotocol/protocolVersion': version } })

  t.equal(readKey({ body: { ...body, id: 'other', params: { _meta: { traceparent: 'x' } } } }), key)
  const others: Partial<PostedMessage>[] = [
    { headers: { 'mcp-protocol-version': '2025-06-18' } },
    { headers: { 'mcp-method': 'tools/list' } },
    { body: { ...body, method: 'prompts/list' } },
    { body: { ...body, jsonrpc: '1.0' } },
    { body: { ...body, more: 1 } },
    { body: { ...body, params: { cursor: 'x' } } },
    { body: { ...body, params: { arguments: { a: 1 } } } },
    { body: { ...body, params: { arguments: { a: '1' } } } },
    { body: { ...body, params: reserved('2026-07-28') } },
    { body: { ...body, params: reserved('2025-06-18') } }
  ]
  t.equal(new Set([key, ...others.map((changes) => readKey(changes))]).size, others.length + 1)
})

t.test('a response is returned with any id, and with nothing else changed', async (t) => {
  const cache = new ResponseCache()
  cache.add(plain, response, handled)
  const cached = cache.find('a')
  if (!cached) throw new Error('not cached')

  for (const id of [0, -1, 2 ** 53 - 1, '', '1', '$&', '"\\', 'é\u2028', '\ud800', '\ud83d\ude00']) {
    const text = formatResponse(cached, id)
    t.strictSame(JSON.parse(text), { result: {}, jsonrpc: '2.0', id })
    t.match(text, /^[ -~]*$/, 'only ASCII')
  }
})

t.test('an error, a stream, or a body without the id at its end: not cached', async (t) => {
  const cache = new ResponseCache()
  cache.add(plain, undefined, handled)
  cache.add(plain, { ...response, status: 400 }, handled)
  cache.add(plain, { status: 200, body: undefined }, handled)
  cache.add(plain, { status: 200, body: '{"id":1,"jsonrpc":"2.0","result":{}}' }, handled)
  cache.add(plain, response, { ...handled, outcome: { ...outcome, outcome: 'INVALID_ARGUMENTS' } })
  cache.add(plain, response, { ...handled, outcome: undefined })

  t.equal(cache.find('a'), undefined)
})

t.test('a response that no longer holds: not returned, until another replaces it', async (t) => {
  const cache = new ResponseCache()
  let isValid = true
  cache.add(plain, response, { ...handled, reuse: { isValid: () => isValid, onReuse() {} } })
  t.ok(cache.find('a'))

  isValid = false
  t.equal(cache.find('a'), undefined)
  cache.add(plain, response, handled)
  t.ok(cache.find('a'))
  cache.clear()
  t.equal(cache.find('a'), undefined)
})

t.test('more responses than 10 MB: the cache holds the latest ones, and never more', async (t) => {
  const cache = new ResponseCache()
  const text = 'x'.repeat(100_000)
  const keys = Array.from({ length: 150 }, (_, index) => `${index}`)
  for (const key of keys) {
    cache.add({ key, id: 1, meta: {} }, { status: 200, body: `{"result":"${text}","id":1}` }, handled)
  }

  const found = keys.filter((key) => cache.find(key))
  t.ok(found.length >= 90 && found.length <= 100, `${found.length} of 100 kB`)
  t.equal(found.at(-1), '149')
})
