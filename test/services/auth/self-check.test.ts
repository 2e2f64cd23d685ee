import fastify from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../../services/config/environment.ts'
import { freePort } from '../../support/ports.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

/** Starts a server whose authorization server publishes `metadata`, and returns its warnings. */
async function startAndCollectWarnings(
  t: Test,
  metadata: object,
  environment: Environment = {}
): Promise<string[]> {
  const scalekit = fastify({ forceCloseConnections: true })
  t.teardown(() => scalekit.close())
  const env = `http://127.0.0.1:${await freePort()}`
  scalekit.get('/keys', async () => ({ keys: [] }))
  scalekit.get('/.well-known/oauth-authorization-server/resources/res_1', async () => ({
    issuer: `${env}/resources/res_1`,
    jwks_uri: `${env}/keys`,
    scopes_supported: ['openid', 'news:read'],
    ...metadata
  }))
  await scalekit.listen({ host: '127.0.0.1', port: Number(new URL(env).port) })
  const port = await freePort()
  const { log } = await startServer(t, {
    PORT: String(port),
    SCALEKIT_ENVIRONMENT_URL: env,
    SCALEKIT_AUTHORIZATION_SERVERS: `${env}/resources/res_1`,
    SCALEKIT_RESOURCE_NAME: `http://localhost:${port}/mcp`,
    ...environment
  })
  // The empty key set always causes a warning of its own, at the same time.
  await until(() => log.some((line) => line.includes('signing keys not fetched')) && isFinished(log))
  return log
    .map((line) => JSON.parse(line))
    .filter(({ level, msg }) => level === 40 && !/signing keys/.test(msg))
    .map(({ msg }) => msg.replaceAll(env, '{env}').replaceAll(String(port), '{port}'))
}

const isFinished = (log: string[]) => log.some((line) => line.includes('self-check finished'))

t.test('settings that match the authorization server: no warning', async (t) => {
  t.same(await startAndCollectWarnings(t, {}), [])
})

t.test('each mismatch: one warning with the setting and its new value', async (t) => {
  const wrong: [string, object, Environment, RegExp[]][] = [
    [
      'another issuer',
      { issuer: 'https://x.example.com' },
      {},
      [
        /has the issuer https:\/\/x\.example\.com,.*Write https:\/\/x\.example\.com in SCALEKIT_AUTHORIZATION_SERVERS/
      ]
    ],
    [
      'keys at another host',
      { jwks_uri: 'https://keys.example.com/keys' },
      {},
      [/Set SCALEKIT_ENVIRONMENT_URL to https:\/\/keys\.example\.com/]
    ],
    ['keys at a path', { jwks_uri: '/keys' }, {}, [/publishes its keys at \/keys/]],
    [
      'a missing scope',
      { scopes_supported: ['openid', 'a'] },
      {},
      [/does not list the scope news:read\. Create that permission.*REQUIRED_SCOPE to one of openid, a/]
    ],
    [
      'an audience that Scalekit does not use',
      {},
      { SCALEKIT_AUDIENCE_NAME: 'news' },
      [/SCALEKIT_AUDIENCE_NAME is neither .* Remove it/]
    ],
    [
      'unavailable metadata',
      {},
      { SCALEKIT_RESOURCE_METADATA_URL: 'http://localhost:1/metadata' },
      [/cannot be read at http:\/\/localhost:1\/metadata.*SCALEKIT_RESOURCE_METADATA_URL/]
    ]
  ]

  for (const [name, metadata, environment, warnings] of wrong) {
    t.match(await startAndCollectWarnings(t, metadata, environment), warnings, name)
  }
})

t.test('unknown res_ ID, and a differing trailing slash: one warning each', async (t) => {
  const other = await startServer(t, { SCALEKIT_RESOURCE_NAME: 'http://localhost:10000/mcp/' })

  const warnings = await startAndCollectWarnings(
    t,
    {},
    {
      SCALEKIT_RESOURCE_METADATA_URL: `${other.url}/.well-known/oauth-protected-resource/mcp`,
      SCALEKIT_RESOURCE_NAME: 'http://localhost:10000/mcp'
    }
  )
  const server = await startServer(t)
  await until(() => isFinished(server.log))

  t.match(warnings, [
    /names the resource http:\/\/localhost:10000\/mcp\/.*only the trailing slash differs.*SCALEKIT_RESOURCE_NAME/
  ])
  t.match(
    server.log.join(''),
    /No authorization server metadata was found for .*res_test\. Compare its res_… ID in METADATA_JSON_RESPONSE/
  )
})
