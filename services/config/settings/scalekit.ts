import { integerSetting, patternSetting, scopeToken, stringSetting } from '../setting-types.ts'

/** The protected resource as registered with Scalekit, and how its access tokens are verified. */
export const scalekitSettings = {
  SCALEKIT_ENVIRONMENT_URL: stringSetting(
    'The URL of your Scalekit environment. The dashboard shows it under API credentials.',
    'https://acme.scalekit.com'
  ),
  METADATA_JSON_RESPONSE: stringSetting(
    'The metadata JSON that the Scalekit dashboard shows for this MCP server, on one line.',
    '{"resource":"https://news.example.com/mcp","authorization_servers":["https://acme.scalekit.com/resources/res_123"],"bearer_methods_supported":["header"],"resource_documentation":"https://news.example.com/mcp/docs","scopes_supported":["news:read"]}'
  ),
  SCALEKIT_CLIENT_ID: stringSetting(
    'The client ID of the API credentials. Token verification does not need it.',
    'skc_123'
  ),
  SCALEKIT_CLIENT_SECRET: stringSetting(
    'The client secret of the API credentials. Token verification does not need it.',
    'test_…'
  ),
  SCALEKIT_RESOURCE_NAME: stringSetting(
    'The resource identifier: the URL of this MCP server, as registered with Scalekit and used by clients.',
    'https://news.example.com/mcp'
  ),
  SCALEKIT_AUTHORIZATION_SERVERS: stringSetting(
    'The URLs of the authorization servers of the resource, separated by commas.',
    'https://acme.scalekit.com/resources/res_123'
  ),
  SCALEKIT_AUDIENCE_NAME: stringSetting(
    'An audience to accept besides the resource identifier and its res_… ID.',
    'https://news.example.com/mcp'
  ),
  SCALEKIT_RESOURCE_METADATA_URL: stringSetting(
    "The URL of this server's protected-resource metadata, for challenges. When absent: derived from the resource identifier.",
    'https://news.example.com/.well-known/oauth-protected-resource/mcp'
  ),
  SCALEKIT_RESOURCE_DOCS_URL: stringSetting(
    'The URL of the documentation page. When absent: the resource identifier followed by /docs.',
    'https://news.example.com/mcp/docs'
  ),
  SCALEKIT_TIMEOUT_MS: integerSetting(5000, 100, 60_000, 'Timeout of a call to Scalekit, in milliseconds.'),
  SCALEKIT_KEYS_MAX_AGE_MS: integerSetting(
    600_000,
    100,
    86_400_000,
    'The age at which the signing keys and the metadata of Scalekit are fetched again, in milliseconds.'
  ),
  SCALEKIT_KEYS_COOLDOWN_MS: integerSetting(
    10_000,
    10,
    600_000,
    'The pause before the signing keys or the metadata are fetched again after a failure or an unknown key ID, in milliseconds.'
  ),
  SCALEKIT_KEYS_STALE_MS: integerSetting(
    3_600_000,
    0,
    86_400_000,
    'How long signing keys and metadata are still used beyond their age while Scalekit is unavailable, in milliseconds.'
  ),
  TOKEN_STORE_TTL_MS: integerSetting(
    300_000,
    0,
    3_600_000,
    'How long a verified token is cached, in milliseconds. 0 verifies it on each request.'
  ),
  TOKEN_STORE_SIZE: integerSetting(
    10_000,
    1,
    1_000_000,
    'The maximum number of verified tokens in the cache.'
  ),
  DENY_LIST_FILE: stringSetting(
    'A file of token IDs (jti), subjects (sub) and clients (client_id) to deny, one per line. The server reads it again when it changes.',
    '/etc/finance-news/deny-list'
  ),
  REQUIRED_SCOPE: patternSetting(scopeToken)
    .optional()
    .meta({
      description:
        'The scope that each access token needs. When absent: news:read, or the first of scopes_supported.',
      examples: ['news:read']
    })
}
