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
import { defineTool } from '../../../../services/mcp/primitives/tool.ts'
import { Person } from '../../../support/oauth-user.ts'
import { freePort } from '../../../support/ports.ts'
import { asRequest } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

/** A tool that asks for a scope of its own. */
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

t.test(
  "a tool's own scope: 403 that names all scopes of the operation, in batches and both eras too",
  async (t) => {
    const { post, signToken, url } = await startServer(t, {}, { tools: [purge] })

    const modern = asRequest('modern', { method: 'tools/call', params: call.params })
    for (const [body, headers] of [
      [call],
      // Broken fields that nothing reads do not hide what is asked for.
      [{ ...call, params: { ...call.params, uri: 7, ref: null } }],
      [[ping, call]],
      [[call, { ...call, id: 3 }]],
      [modern.body, modern.headers],
      // Neither headers that say otherwise nor an era that refuses it anyhow open a way around.
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
    t.equal((await post(ping)).status, 200, 'the rest needs no more than before')
  }
)

/** A server with that tool, signed in to at a practice Scalekit that grants both scopes. */
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

t.test('SDK 1.x steps up: 403, a sign-in for the wider scope, and the call succeeds', async (t) => {
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
  t.test(`SDK 2 signs in and steps up by itself: ${JSON.stringify(mode)}`, async (t) => {
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
