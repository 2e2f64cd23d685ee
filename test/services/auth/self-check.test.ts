import fastify from 'fastify'
import t, { type Test } from 'tap'
import type { Environment } from '../../../services/config/environment.ts'
import { freePort } from '../../support/ports.ts'
import { startServer } from '../../support/server.ts'
import { until } from '../../support/until.ts'

/** A Scalekit whose authorization server says `metadata` of itself, and the warnings of a server that uses it. */
async function warningsWith(t: Test, metadata: object, environment: Environment = {}): Promise<string[]> {
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
  // The keys are read at the same time, and these are none: a warning that always comes.
  await until(() => log.some((line) => line.includes('signing keys cannot be read')) && settled(log))
  return log
    .map((line) => JSON.parse(line))
    .filter(({ level, msg }) => level === 40 && !/signing keys/.test(msg))
    .map(({ msg }) => msg.replaceAll(env, '{env}').replaceAll(String(port), '{port}'))
}

const settled = (log: string[]) => log.some((line) => line.includes('self-check'))

t.test('a configuration that fits: no warning', async (t) => {
  t.same(await warningsWith(t, {}), [])
})

t.test('each mismatch is one warning that names the setting and the fix', async (t) => {
  const wrong: [string, object, Environment, RegExp[]][] = [
    [
      'another issuer',
      { issuer: 'https://x.example.com' },
      {},
      [
        /calls itself https:\/\/x\.example\.com.*write https:\/\/x\.example\.com in SCALEKIT_AUTHORIZATION_SERVERS/
      ]
    ],
    [
      'keys elsewhere',
      { jwks_uri: 'https://keys.example.com/keys' },
      {},
      [/set SCALEKIT_ENVIRONMENT_URL to https:\/\/keys\.example\.com/]
    ],
    ['keys at a path', { jwks_uri: '/keys' }, {}, [/keeps its keys at \/keys/]],
    [
      'a scope that is missing',
      { scopes_supported: ['openid', 'a'] },
      {},
      [/does not list the scope news:read: create that permission.*REQUIRED_SCOPE to one of openid, a/]
    ],
    [
      'an audience of nobody',
      {},
      { SCALEKIT_AUDIENCE_NAME: 'news' },
      [/SCALEKIT_AUDIENCE_NAME is neither .* leave it out/]
    ],
    [
      'metadata out of reach',
      {},
      { SCALEKIT_RESOURCE_METADATA_URL: 'http://localhost:1/metadata' },
      [/cannot be read at http:\/\/localhost:1\/metadata.*SCALEKIT_RESOURCE_METADATA_URL/]
    ]
  ]

  for (const [name, metadata, environment, warnings] of wrong) {
    t.match(await warningsWith(t, metadata, environment), warnings, name)
  }
})

t.test('an unknown res_ id, and a last slash that differs', async (t) => {
  const other = await startServer(t, { SCALEKIT_RESOURCE_NAME: 'http://localhost:10000/mcp/' })

  const warnings = await warningsWith(
    t,
    {},
    {
      SCALEKIT_RESOURCE_METADATA_URL: `${other.url}/.well-known/oauth-protected-resource/mcp`,
      SCALEKIT_RESOURCE_NAME: 'http://localhost:10000/mcp'
    }
  )
  const server = await startServer(t)
  await until(() => settled(server.log))

  t.match(warnings, [
    /names the resource http:\/\/localhost:10000\/mcp\/.*differs by its last slash.*SCALEKIT_RESOURCE_NAME/
  ])
  t.match(
    server.log.join(''),
    /No authorization server answers at .*res_test: check its res_… id in METADATA_JSON_RESPONSE/
  )
})
