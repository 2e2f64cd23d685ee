import t from 'tap'
import { localSettings } from '../../../local/settings.ts'
import { readConfig } from '../../../services/config/config.ts'
import type { Environment } from '../../../services/config/environment.ts'
import { InvalidSettingsError } from '../../../services/config/invalid-settings.ts'
import { isLocalMode } from '../../../services/config/local-mode.ts'
import { startServer } from '../../support/server.ts'

const dashboard = {
  authorization_servers: ['https://acme.scalekit.com/resources/res_123'],
  bearer_methods_supported: ['header'],
  resource: 'https://news.example.com/mcp',
  resource_documentation: 'https://docs.example.com/news',
  scopes_supported: ['news:read']
}

/** The three settings that production needs. */
const production: Environment = {
  HOST: '0.0.0.0',
  SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.com',
  METADATA_JSON_RESPONSE: JSON.stringify(dashboard),
  ALPHA_VANTAGE_API_KEY: 'KEY'
}

const withDashboard = (changes: object): Environment => ({
  ...production,
  METADATA_JSON_RESPONSE: JSON.stringify({ ...dashboard, ...changes })
})

function findProblems(environment: Environment): Record<string, string> {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof InvalidSettingsError) {
      return Object.fromEntries(error.problems.map(({ name, reason }) => [name, reason]))
    }
    throw error
  }
  return {}
}

t.test('three settings: production, with defaults for the rest', async (t) => {
  const config = readConfig(production)

  t.match(config, {
    HOST: '0.0.0.0',
    PORT: 10000,
    LOG_LEVEL: 'info',
    SCALEKIT_TIMEOUT_MS: 5000,
    ALPHA_VANTAGE_BASE_URL: 'https://www.alphavantage.co',
    ALPHA_VANTAGE_TIMEOUT_MS: 10_000
  })
  t.same(config.protectedResource, {
    metadata: dashboard,
    metadataUrl: 'https://news.example.com/.well-known/oauth-protected-resource/mcp',
    requiredScope: 'news:read',
    environmentUrl: 'https://acme.scalekit.com',
    issuers: ['https://acme.scalekit.com', 'https://acme.scalekit.com/resources/res_123'],
    audiences: ['https://news.example.com/mcp', 'https://news.example.com/mcp/', 'res_123']
  })
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.protectedResource.audiences))
})

t.test('single settings and METADATA_JSON_RESPONSE: the single settings win', async (t) => {
  const { protectedResource } = readConfig({
    ...production,
    SCALEKIT_RESOURCE_NAME: 'https://other.example.com/mcp/',
    SCALEKIT_AUTHORIZATION_SERVERS:
      'https://acme.scalekit.com/resources/res_9, https://acme.scalekit.com/resources/res_8',
    SCALEKIT_RESOURCE_DOCS_URL: 'https://other.example.com/help',
    SCALEKIT_RESOURCE_METADATA_URL: 'https://other.example.com/metadata',
    SCALEKIT_AUDIENCE_NAME: 'news'
  })

  t.match(protectedResource, {
    metadata: {
      resource: 'https://other.example.com/mcp/',
      authorization_servers: [
        'https://acme.scalekit.com/resources/res_9',
        'https://acme.scalekit.com/resources/res_8'
      ],
      resource_documentation: 'https://other.example.com/help'
    },
    metadataUrl: 'https://other.example.com/metadata',
    audiences: ['news', 'https://other.example.com/mcp', 'https://other.example.com/mcp/', 'res_9', 'res_8']
  })
})

t.test(
  'single settings without METADATA_JSON_RESPONSE: documentation URL and scopes get defaults',
  async (t) => {
    const { protectedResource } = readConfig({
      ...production,
      METADATA_JSON_RESPONSE: '',
      SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp',
      SCALEKIT_AUTHORIZATION_SERVERS: 'https://acme.scalekit.com/resources/res_123'
    })

    t.match(protectedResource.metadata, {
      resource_documentation: 'https://news.example.com/mcp/docs',
      scopes_supported: ['news:read']
    })
  }
)

t.test(
  'required scope: REQUIRED_SCOPE, else news:read, else the first supported scope; offline_access is not published',
  async (t) => {
    const readScopes = (environment: Environment) => {
      const { requiredScope, metadata } = readConfig(environment).protectedResource
      return [requiredScope, metadata.scopes_supported]
    }

    t.same(readScopes(withDashboard({ scopes_supported: ['a', 'news:read'] })), [
      'news:read',
      ['a', 'news:read']
    ])
    t.same(readScopes(withDashboard({ scopes_supported: ['offline_access', 'a'] })), ['a', ['a']])
    t.same(readScopes(withDashboard({ scopes_supported: [] })), ['news:read', ['news:read']])
    t.same(readScopes({ ...withDashboard({ scopes_supported: ['a', 'b'] }), REQUIRED_SCOPE: 'b' }), [
      'b',
      ['a', 'b']
    ])
  }
)

t.test('loopback HOST and no Scalekit setting: local mode; empty values count as absent', async (t) => {
  for (const HOST of [undefined, '', 'localhost', '127.0.0.1', '127.1.2.3', '::1', 'LOCALHOST']) {
    t.ok(isLocalMode({ HOST, SCALEKIT_CLIENT_ID: '', METADATA_JSON_RESPONSE: ' ' }), String(HOST))
  }
  for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'localhost.example.com', '127.0.0.1.example.com']) {
    t.notOk(isLocalMode({ HOST }), HOST)
  }
  t.notOk(isLocalMode({ SCALEKIT_CLIENT_ID: 'skc_1' }))
  t.ok(isLocalMode({ SCALEKIT_TIMEOUT_MS: '100', ALPHA_VANTAGE_API_KEY: 'KEY' }))
})

t.test('missing settings: one error names all of them', async (t) => {
  t.same(findProblems({ HOST: '0.0.0.0' }), {
    SCALEKIT_ENVIRONMENT_URL: 'is missing',
    METADATA_JSON_RESPONSE: 'is missing',
    ALPHA_VANTAGE_API_KEY: 'is missing'
  })
  t.same(findProblems({ SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp' }), {
    SCALEKIT_ENVIRONMENT_URL: 'is missing',
    SCALEKIT_AUTHORIZATION_SERVERS: 'is missing',
    ALPHA_VANTAGE_API_KEY: 'is missing'
  })
  t.same(findProblems(withDashboard({ resource: undefined })), {
    METADATA_JSON_RESPONSE: 'has no "resource"'
  })
})

t.test('malformed and missing settings: one error names all of them', async (t) => {
  const problems = findProblems({
    ...production,
    METADATA_JSON_RESPONSE: '',
    SCALEKIT_RESOURCE_NAME: 'news',
    SCALEKIT_RESOURCE_DOCS_URL: 'docs',
    SCALEKIT_RESOURCE_METADATA_URL: 'metadata',
    PORT: 'abc'
  })

  t.same(Object.keys(problems).toSorted(), [
    'PORT',
    'SCALEKIT_AUTHORIZATION_SERVERS',
    'SCALEKIT_RESOURCE_DOCS_URL',
    'SCALEKIT_RESOURCE_METADATA_URL',
    'SCALEKIT_RESOURCE_NAME'
  ])
})

t.test('local mode with a malformed setting: the error names only the setting that was set', async (t) => {
  for (const name of ['PORT', 'LOCAL_SCALEKIT_PORT', 'LOCAL_NEWS_PORT', 'REQUIRED_SCOPE'] as const) {
    const environment = { [name]: 'two words' }
    t.same(Object.keys(findProblems({ ...environment, ...localSettings(environment) })), [name])
  }
})

t.test('ALLOWED_ORIGINS with wrong entries: one problem that names each, without credentials', async (t) => {
  const reason = (value: string) =>
    String(findProblems({ ...production, ALLOWED_ORIGINS: value }).ALLOWED_ORIGINS)

  t.match(
    reason('https://good.example.com, https://app.example.com/path chrome-extension://* app.example.com'),
    /^has "https:\/\/app\.example\.com\/path" and "chrome-extension:\/\/\*" and "app\.example\.com": /
  )
  t.match(reason('https://user:secret@app.example.com'), /^has "https:\/\/app\.example\.com": /)
  for (const entry of [
    '*',
    'null://',
    'https:app.example.com',
    'blob:https://a.example.com',
    'https://a b:c'
  ]) {
    t.match(reason(`https://good.example.com, ${entry}`), /^has "/, entry)
  }
  t.notMatch(reason('https://good.example.com/, null, vscode-webview://abc'), /^has/)
})

t.test('malformed setting: the error names it', async (t) => {
  const malformed: [Environment, string][] = [
    [{ PORT: '0' }, 'PORT'],
    [{ PORT: '10000.5' }, 'PORT'],
    [{ PORT: 'http' }, 'PORT'],
    [{ PORT: '1e4' }, 'PORT'],
    [{ HOST: 'two names' }, 'HOST'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ SCALEKIT_TIMEOUT_MS: '-1' }, 'SCALEKIT_TIMEOUT_MS'],
    [{ ALPHA_VANTAGE_TIMEOUT_MS: '30001' }, 'ALPHA_VANTAGE_TIMEOUT_MS'],
    [{ ALPHA_VANTAGE_API_KEY: 'two keys' }, 'ALPHA_VANTAGE_API_KEY'],
    [{ ALPHA_VANTAGE_BASE_URL: 'ftp://example.com' }, 'ALPHA_VANTAGE_BASE_URL'],
    [{ ALPHA_VANTAGE_BASE_URL: 'http://example.com' }, 'ALPHA_VANTAGE_BASE_URL'],
    [{ ALLOWED_ORIGINS: 'https://app.example.com/path' }, 'ALLOWED_ORIGINS'],
    [{ ALLOWED_ORIGINS: 'https://app.example.com *' }, 'ALLOWED_ORIGINS'],
    [{ BODY_LIMIT_BYTES: '1' }, 'BODY_LIMIT_BYTES'],
    [{ TRUST_PROXY: 'proxy.internal' }, 'TRUST_PROXY'],
    [{ TRUST_PROXY: '10.0.0.0/99' }, 'TRUST_PROXY'],
    [{ TRUST_PROXY: '999.1' }, 'TRUST_PROXY'],
    [{ ALPHA_VANTAGE_DAY_BEGINS: '25:00' }, 'ALPHA_VANTAGE_DAY_BEGINS'],
    [{ ALPHA_VANTAGE_RESERVED_CALLS: '25' }, 'ALPHA_VANTAGE_RESERVED_CALLS'],
    [{ METRICS_PORT: '10000' }, 'METRICS_PORT'],
    [{ REDIS_URL: 'http://redis:6379' }, 'REDIS_URL'],
    [{ REQUIRED_SCOPE: 'two scopes' }, 'REQUIRED_SCOPE'],
    [{ REQUIRED_SCOPE: 'news:write' }, 'REQUIRED_SCOPE'],
    [{ SCALEKIT_ENVIRONMENT_URL: 'acme.scalekit.com' }, 'SCALEKIT_ENVIRONMENT_URL'],
    [{ SCALEKIT_ENVIRONMENT_URL: 'http://acme.scalekit.com' }, 'SCALEKIT_ENVIRONMENT_URL'],
    [{ SCALEKIT_ENVIRONMENT_URL: 'https://acme.scalekit.com/resources/res_1' }, 'SCALEKIT_ENVIRONMENT_URL'],
    [{ SCALEKIT_RESOURCE_METADATA_URL: '/.well-known/x' }, 'SCALEKIT_RESOURCE_METADATA_URL'],
    [{ SCALEKIT_RESOURCE_DOCS_URL: 'docs' }, 'SCALEKIT_RESOURCE_DOCS_URL'],
    [{ SCALEKIT_RESOURCE_NAME: 'https://news.example.com/mcp?a=b' }, 'SCALEKIT_RESOURCE_NAME'],
    [{ SCALEKIT_RESOURCE_NAME: 'http://news.example.com/mcp' }, 'SCALEKIT_RESOURCE_NAME'],
    [
      { SCALEKIT_AUTHORIZATION_SERVERS: 'https://evil.example.com/resources/res_1' },
      'SCALEKIT_AUTHORIZATION_SERVERS'
    ],
    [
      { SCALEKIT_AUTHORIZATION_SERVERS: 'https://acme.scalekit.com.evil.com/resources/res_1' },
      'SCALEKIT_AUTHORIZATION_SERVERS'
    ],
    [
      { SCALEKIT_AUTHORIZATION_SERVERS: 'https://acme.scalekit.com/resources/other' },
      'SCALEKIT_AUTHORIZATION_SERVERS'
    ],
    [
      { SCALEKIT_AUTHORIZATION_SERVERS: 'https://acme.scalekit.com/resources/x/resources/res_1' },
      'SCALEKIT_AUTHORIZATION_SERVERS'
    ],
    [
      { SCALEKIT_AUTHORIZATION_SERVERS: 'https://acme.scalekit.com/resources/undefined' },
      'SCALEKIT_AUTHORIZATION_SERVERS'
    ],
    [{ SCALEKIT_AUTHORIZATION_SERVERS: ',' }, 'SCALEKIT_AUTHORIZATION_SERVERS'],
    [{ METADATA_JSON_RESPONSE: '{' }, 'METADATA_JSON_RESPONSE'],
    [{ METADATA_JSON_RESPONSE: '[]' }, 'METADATA_JSON_RESPONSE'],
    [{ METADATA_JSON_RESPONSE: 'null' }, 'METADATA_JSON_RESPONSE'],
    [withDashboard({ authorization_servers: [] }), 'METADATA_JSON_RESPONSE'],
    [withDashboard({ authorization_servers: 'https://acme.scalekit.com' }), 'METADATA_JSON_RESPONSE'],
    [
      withDashboard({ authorization_servers: ['https://evil.example.com/resources/res_1'] }),
      'METADATA_JSON_RESPONSE'
    ],
    [withDashboard({ resource: 'news' }), 'METADATA_JSON_RESPONSE'],
    [withDashboard({ resource: '' }), 'METADATA_JSON_RESPONSE'],
    [withDashboard({ resource_documentation: 'javascript:alert(1)' }), 'METADATA_JSON_RESPONSE'],
    [withDashboard({ scopes_supported: ['two scopes'] }), 'METADATA_JSON_RESPONSE']
  ]

  for (const [environment, name] of malformed) {
    t.same(Object.keys(findProblems({ ...production, ...environment })), [name], JSON.stringify(environment))
  }
})

t.test('error message: the description and an example of each setting, and no value', async (t) => {
  const secrets = {
    SCALEKIT_CLIENT_SECRET: 'secret-1',
    METADATA_JSON_RESPONSE: '{"secret-2',
    PORT: 'secret-3'
  }

  t.throws(() => readConfig(secrets), {
    code: 'SETTINGS_INVALID',
    message:
      /^4 settings need your attention:[\s\S]*PORT is not a whole number from 1 to 65535\.\n {4}The port to listen on\.\n {4}Example: PORT=10000/
  })
  try {
    readConfig(secrets)
  } catch (error) {
    t.notMatch(String(error), /secret-/)
  }
})

t.test('DENY_LIST set: the error names DENY_LIST_FILE and all other problems, but no entry', async (t) => {
  const settings = { DENY_LIST: 'usr_secret', PORT: 'http' }

  t.same(Object.keys(findProblems({ ...production, ...settings })), ['DENY_LIST', 'PORT'])
  t.same(findProblems({ ...production, DENY_LIST: ' ' }), {}, 'empty counts as absent')
  const local = { DENY_LIST: 'usr_secret', ...localSettings({}) }
  t.same(Object.keys(findProblems(local)), ['DENY_LIST'], 'in local mode too')
  t.throws(() => readConfig({ ...production, ...settings }), {
    message:
      /DENY_LIST is no longer supported\.\n {4}.* set DENY_LIST_FILE .*\n {4}Example: DENY_LIST_FILE=\/etc/
  })
  try {
    readConfig({ ...production, ...settings })
  } catch (error) {
    t.notMatch(String(error), 'usr_secret')
  }
})

t.test('resource with a trailing slash: served with the slash, and logged as a warning', async (t) => {
  const { log, url } = await startServer(t, { SCALEKIT_RESOURCE_NAME: 'http://localhost:10000/mcp/' })

  const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/mcp/`)
  const rejected = await fetch(`${url}/mcp/`, { method: 'POST' })

  t.match(await metadata.json(), { resource: 'http://localhost:10000/mcp/' })
  t.match(
    rejected.headers.get('www-authenticate'),
    'resource_metadata="http://localhost:10000/.well-known/oauth-protected-resource/mcp/"'
  )
  t.match(
    log.join(''),
    /"resource":"http:\/\/localhost:10000\/mcp\/","msg":"resource identifier ends in a slash/
  )
})

t.test('CONNECTION_IDLE_MS not more than SSE_KEEP_ALIVE_MS: the error names it', async (t) => {
  const settings = { ...production, CONNECTION_IDLE_MS: '15000', SSE_KEEP_ALIVE_MS: '15000' }
  t.match(findProblems(settings), { CONNECTION_IDLE_MS: /is not more than SSE_KEEP_ALIVE_MS/ })
})
