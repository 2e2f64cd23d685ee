import fc from 'fast-check'
import t from 'tap'
import { callNews } from '../support/rpc.ts'
import { startServer } from '../support/server.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
const runs = { numRuns: 150 }
const { token, signToken, post } = await startServer(t)
/** The characters that an HTTP client can send in a header. */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code))
})

/** Checks the property. A failure reports the seed that reproduces it. */
async function checkProperty<T>(property: fc.IAsyncProperty<T>) {
  const result = await fc.check(property, runs)
  if (result.failed) throw new Error(fc.defaultReportMessage(result) ?? `seed ${result.seed}`)
}

t.test('property: no mutated token is accepted', async () => {
  const mutations = fc.tuple(
    fc.nat({ max: token.length - 1 }),
    fc.constantFrom('replace', 'insert', 'delete', 'cut'),
    fc.constantFrom(...'ABCDEFabcdef0189-_.=')
  )

  await checkProperty(
    fc.asyncProperty(mutations, async ([at, mutation, character]) => {
      const [before, after] = [token.slice(0, at), token.slice(at)]
      const mutated = {
        replace: before + character + after.slice(1),
        insert: before + character + after,
        delete: before + after.slice(1),
        cut: before
      }[mutation]
      fc.pre(mutated !== token)
      const { status } = await post(ping, { authorization: `Bearer ${mutated}` })
      return [400, 401].includes(status)
    })
  )
})

t.test('property: any other Authorization header is rejected, never with a 5xx', async () => {
  const scheme = fc.constantFrom('Bearer ', 'bearer', 'Basic ', '', 'Bearer  ')

  await checkProperty(
    fc.asyncProperty(scheme, headerText, async (prefix, rest) => {
      const { status } = await post(ping, { authorization: prefix + rest })
      return [400, 401].includes(status)
    })
  )
})

t.test('property: a signed token with any claims is accepted or rejected, never with a 5xx', async () => {
  const claim = fc.constantFrom(
    'iss',
    'aud',
    'sub',
    'exp',
    'nbf',
    'scope',
    'scopes',
    'resource',
    'client_id',
    'oid',
    'jti'
  )
  const claims = fc.dictionary(claim, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 4 })

  await checkProperty(
    fc.asyncProperty(claims, async (changes) => {
      // The signer requires numbers for these claims.
      for (const name of ['exp', 'nbf'] as const) if (typeof changes[name] !== 'number') delete changes[name]
      const { status } = await post(ping, { authorization: `Bearer ${await signToken(changes as never)}` })
      return [200, 401, 403].includes(status)
    })
  )
})

t.test('property: any body yields a status below 500', async () => {
  const message = fc.record(
    {
      jsonrpc: fc.constantFrom('2.0', '1.0'),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
      method: fc.oneof(
        fc.constantFrom('ping', 'tools/list', 'tools/call', 'initialize', 'notifications/cancelled'),
        fc.string()
      ),
      params: fc.jsonValue({ maxDepth: 3 })
    },
    { requiredKeys: [] }
  )
  const body = fc.oneof(message, fc.array(message, { maxLength: 4 }), fc.jsonValue(), fc.string())
  const accept = fc.constantFrom(
    'application/json',
    'text/event-stream',
    'application/json, text/event-stream',
    '*/*',
    'x'
  )

  await checkProperty(
    fc.asyncProperty(body, accept, async (content, acceptHeader) => {
      const response = await post(typeof content === 'string' ? content : JSON.stringify(content), {
        accept: acceptHeader
      })
      await response.text()
      return response.status < 500
    })
  )
})

t.test('property: any tool arguments yield a result, with news only if they are valid', async () => {
  const args = fc.record(
    {
      ticker: fc.oneof(fc.constant('AAPL'), fc.string(), fc.jsonValue()),
      limit: fc.oneof(fc.integer(), fc.jsonValue())
    },
    { requiredKeys: [] }
  )

  await checkProperty(
    fc.asyncProperty(args, async (sent) => {
      const response = await post(callNews(sent))
      // The JSON parser rejects bodies that would pollute prototypes.
      if (response.status === 400) return JSON.stringify(sent).includes('proto')
      const { result } = (await response.json()) as {
        result?: { isError?: true; structuredContent?: object }
      }
      const { isError = false, structuredContent } = result ?? {}
      return response.status === 200 && isError !== (structuredContent !== undefined)
    })
  )
})

t.test('property: any headers yield a status below 500', async () => {
  const name = fc.constantFrom(
    'accept',
    'content-type',
    'mcp-protocol-version',
    'mcp-session-id',
    'origin',
    'x-forwarded-for',
    'last-event-id'
  )

  await checkProperty(
    fc.asyncProperty(fc.dictionary(name, headerText, { maxKeys: 3 }), async (headers) => {
      const response = await post(ping, headers)
      await response.text()
      return response.status < 500
    })
  )
})
