import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport
} from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { createLocalScalekit } from '../../../../local/scalekit/server.ts'
import { openScalekitStore } from '../../../../local/scalekit/store.ts'
import { publicCacheHint } from '../../../../services/mcp/primitives/request-context.ts'
import { defineResourceTemplate } from '../../../../services/mcp/primitives/resource.ts'
import { defineTool } from '../../../../services/mcp/primitives/tool.ts'
import { catalogEntries, send, textContents } from '../../../support/catalog-entries.ts'
import { Person } from '../../../support/oauth-user.ts'
import { freePort } from '../../../support/ports.ts'
import { asRequest, eras } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

/** A tool with a scope of its own. */
const purge = defineTool({
  name: 'purge_cache',
  title: 'Purge',
  description: 'Purges.',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  scopes: ['news:admin'],
  inputSchema: z.strictObject({}),
  outputSchema: z.object({ purged: z.boolean() }),
  handler: async () => ({ text: 'Purged.', structuredContent: { purged: true } })
})
const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'purge_cache', arguments: {} } }
const ping = { jsonrpc: '2.0', id: 2, method: 'ping' }

t.test("a tool's own scope: 403 that names all required scopes, in batches and in both eras", async (t) => {
  const { post, signToken, url } = await startServer(t, {}, { tools: [purge] })

  const modern = asRequest('modern', { method: 'tools/call', params: call.params })
  for (const [body, headers] of [
    [call],
    // Invalid fields that the method ignores.
    [{ ...call, params: { ...call.params, uri: 7, ref: null } }],
    [[ping, call]],
    [[call, { ...call, id: 3 }]],
    [modern.body, modern.headers],
    // Requests that the era rejects after the scope check.
    [modern.body, { ...modern.headers, 'mcp-name': 'get_news_sentiment' }],
    [modern.body],
    [[modern.body], modern.headers]
  ] as const) {
    const response = await post(body, headers)
    t.equal(response.status, 403)
    const challenge = response.headers.get('www-authenticate') ?? ''
    t.match(challenge, 'error="insufficient_scope"')
    t.match(challenge, 'scope="news:read news:admin"')
    t.match(challenge, `resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`)
    t.match(await response.json(), { error: 'insufficient_scope' })
  }
  const wide = { authorization: `Bearer ${await signToken({ scope: 'news:read news:admin' })}` }
  t.match(await (await post(call, wide)).json(), { result: { structuredContent: { purged: true } } })
  const served = await post(modern.body, { ...modern.headers, ...wide })
  t.match(await served.json(), { result: { structuredContent: { purged: true } } })
  t.equal((await post(ping)).status, 200, 'other methods need no more scopes')
})

for (const era of eras) {
  t.test(`${era}: a scope of a resource or a prompt: 403 that names all required scopes`, async (t) => {
    const server = await startServer(t, {}, catalogEntries)
    const wide = await server.signToken({ scope: 'news:read news:admin' })
    const argument = { name: 'style', value: 's' }

    for (const [method, params] of [
      ['resources/read', { uri: 'test://guarded' }],
      ['resources/read', { uri: 'test://guarded/1' }],
      ['prompts/get', { name: 'guarded', arguments: { name: 'Bo' } }],
      ['completion/complete', { ref: { type: 'ref/prompt', name: 'guarded' }, argument }],
      ['completion/complete', { ref: { type: 'ref/resource', uri: 'test://guarded/{style}' }, argument }]
    ] as const) {
      const denied = await send(server, era, method, params)
      t.equal(denied.status, 403, method)
      t.match(denied.headers.get('www-authenticate'), 'scope="news:read news:admin"')
      const { body, headers } = asRequest(era, { method, params })
      const served = await server.post(body, { ...headers, authorization: `Bearer ${wide}` })
      t.match(await served.json(), { result: Object }, method)
    }
  })

  t.test(`${era}: invalid fields that a method ignores do not bypass its scope`, async (t) => {
    const server = await startServer(t, {}, catalogEntries)
    const invalid = { name: 5, uri: 7, ref: 'x', notifications: [], prompt: null }
    const ref = { type: 'ref/resource', uri: 'test://guarded/{style}', name: 5 }

    for (const [method, params] of [
      ['resources/read', { ...invalid, uri: 'test://guarded' }],
      ['prompts/get', { ...invalid, name: 'guarded', arguments: { name: 'Bo' } }],
      ['completion/complete', { ...invalid, ref, argument: { name: 'style', value: '' } }]
    ] as const) {
      t.equal((await send(server, era, method, params)).status, 403, method)
    }
  })
}

t.test('a subscription to a resource with a scope of its own: 403', async (t) => {
  const server = await startServer(t, {}, catalogEntries)
  const notifications = { resourceSubscriptions: ['test://clock', 'test://guarded'] }

  const response = await send(server, 'modern', 'subscriptions/listen', { notifications })

  t.equal(response.status, 403)
  t.match(response.headers.get('www-authenticate'), 'scope="news:read news:admin"')
})

t.test('resource template scope: enforced, and the pattern is anchored', async (t) => {
  const dotted = defineResourceTemplate<'ab'>({
    name: 'dotted',
    title: 'Dotted',
    description: 'Has a dot in its URI.',
    uriTemplate: 'test://a.b/{ab}',
    scopes: ['news:admin'],
    read: async ({ ab }) => ({ contents: textContents('test://a.b', ab), cache: publicCacheHint })
  })
  const server = await startServer(t, {}, { resourceTemplates: [dotted] })

  t.equal((await send(server, 'legacy', 'resources/read', { uri: 'test://a.b/1' })).status, 403)
  for (const uri of ['test://axb/1', 'test://a.b/1/2']) {
    const response = await send(server, 'legacy', 'resources/read', { uri })
    t.match(await response.json(), { error: { code: -32002 } }, uri)
  }
})

/** Starts a server with that tool, and a local Scalekit that grants both scopes. */
async function startWithScopes(t: Test) {
  const [port, scalekitPort] = await Promise.all([freePort(), freePort()])
  const resource = `http://localhost:${port}/mcp`
  const store = openScalekitStore()
  const scalekit = await createLocalScalekit({
    port: scalekitPort,
    resource,
    scopes: ['news:read', 'news:admin'],
    store
  })
  t.teardown(async () => {
    await scalekit.close()
    store.close()
  })
  await startServer(
    t,
    {
      PORT: String(port),
      SCALEKIT_ENVIRONMENT_URL: scalekit.environmentUrl,
      SCALEKIT_AUTHORIZATION_SERVERS: `${scalekit.environmentUrl}/resources/res_local`,
      SCALEKIT_RESOURCE_NAME: resource
    },
    { tools: [purge] }
  )
  return resource
}

t.test('step-up with SDK 1.x: 403, sign-in with the wider scope, then the call succeeds', async (t) => {
  const resource = await startWithScopes(t)
  const person = new Person({ grants: ['authorization_code'] })
  const url = new URL(resource)
  const first = new StreamableHTTPClientTransport(url, { authProvider: person })
  await t.rejects(new Client({ name: 'test', version: '1' }).connect(first), { message: 'Unauthorized' })
  await first.finishAuth(person.code)
  const transport = new StreamableHTTPClientTransport(url, { authProvider: person })
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(transport)
  t.teardown(() => client.close())

  await t.rejects(client.callTool({ name: 'purge_cache', arguments: {} }))
  await transport.finishAuth(person.code)
  const result = await client.callTool({ name: 'purge_cache', arguments: {} })

  t.match(result, { structuredContent: { purged: true } })
  t.match(person.scopes, [['news:read'], ['news:read', 'news:admin']])
})

for (const mode of ['legacy', 'auto', { pin: '2026-07-28' }] as const) {
  t.test(`step-up with SDK 2, negotiation mode ${JSON.stringify(mode)}`, async (t) => {
    const resource = await startWithScopes(t)
    const person = new Person({ grants: ['authorization_code', 'refresh_token'] })
    const url = new URL(resource)
    const createClient = () =>
      new ModernClient({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
    const first = new ModernTransport(url, { authProvider: person })
    await t.rejects(createClient().connect(first))
    await first.finishAuth(person.callback())
    const transport = new ModernTransport(url, { authProvider: person })
    const client = createClient()
    await client.connect(transport)
    t.teardown(() => client.close())

    await t.rejects(client.callTool({ name: 'purge_cache', arguments: {} }))
    await transport.finishAuth(person.callback())
    const result = await client.callTool({ name: 'purge_cache', arguments: {} })

    t.equal(client.getNegotiatedProtocolVersion(), mode === 'legacy' ? '2025-11-25' : '2026-07-28')
    t.match(result, { structuredContent: { purged: true } })
    t.match(person.scopes.at(-1)?.toSorted(), ['news:admin', 'news:read'])
  })
}
