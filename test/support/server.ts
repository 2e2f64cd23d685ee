import type { JWTPayload } from 'jose'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import type { McpOptions } from '../../plugins/mcp.ts'
import type { Environment } from '../../services/config/environment.ts'
import type { CatalogEntries } from '../../services/mcp/catalog.ts'
import { type Key, type KeyAnswer, startKeyServer } from './key-server.ts'
import { freePort } from './ports.ts'
import { type Test, temporaryFolder } from './temp.ts'

// Imported on demand, because many test files do not need the server.

/** Starts the server with sample news and a Scalekit stand-in that serves keys. `environment` overrides the defaults. */
export async function startServer(
  t: Test,
  environment: Environment = {},
  {
    keyAnswer,
    ...offer
  }: { keyAnswer?: KeyAnswer } & Partial<CatalogEntries> & Pick<McpOptions, 'cachedResponses'> = {}
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
      // Tests share the machine, and many keep the event loop busy themselves.
      OVERLOAD_EVENT_LOOP_DELAY_MS: '0',
      ...environment
    },
    { logStream: { write: (line) => log.push(line) }, ...offer }
  )
  t.teardown(() => app.close())
  await app.listen({ ...app.config.listen })

  /** Signs a token for this server. `claims` override the defaults. */
  const signToken = (claims: JWTPayload = {}, key?: Key) =>
    keyServer.signToken({ iss: issuer, aud: [resource, 'res_test'], ...claims }, key)
  const token = await signToken()
  /** Sends one JSON-RPC message, or any other body, with a valid token unless `headers` has another. */
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
