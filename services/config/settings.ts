import { z } from 'zod'
import {
  integer,
  limitSetting,
  oneOf,
  optionalInteger,
  patternSetting,
  port,
  scopeToken,
  stringSetting,
  trustProxyMessage
} from './setting-types.ts'

/** Every setting that this server reads: its type, default, meaning and an example. */
export const settingsSchema = z.object({
  HOST: patternSetting(/^\S+$/)
    .default('localhost')
    .meta({
      description:
        'The name or address to listen on; anything but a loopback name needs Scalekit configured.',
      examples: ['0.0.0.0']
    }),
  PORT: port(10000, 'The port to listen on.'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({
      description: 'The least level that is logged: fatal, error, warn, info, debug, trace or silent.',
      examples: ['warn']
    }),
  SCALEKIT_ENVIRONMENT_URL: stringSetting(
    "Your Scalekit environment's URL, from the dashboard under API credentials.",
    'https://acme.scalekit.com'
  ),
  METADATA_JSON_RESPONSE: stringSetting(
    "The metadata JSON that Scalekit's dashboard shows for this MCP server, on one line.",
    '{"resource":"https://news.example.com/mcp","authorization_servers":["https://acme.scalekit.com/resources/res_123"],"bearer_methods_supported":["header"],"resource_documentation":"https://news.example.com/mcp/docs","scopes_supported":["news:read"]}'
  ),
  SCALEKIT_CLIENT_ID: stringSetting(
    'The client id of the API credentials; checking tokens does not need it.',
    'skc_123'
  ),
  SCALEKIT_CLIENT_SECRET: stringSetting(
    'The secret of the API credentials; checking tokens does not need it.',
    'test_…'
  ),
  SCALEKIT_RESOURCE_NAME: stringSetting(
    'The resource identifier: the URL of this MCP server as clients know it and Scalekit has it registered.',
    'https://news.example.com/mcp'
  ),
  SCALEKIT_AUTHORIZATION_SERVERS: stringSetting(
    'The authorization servers of the resource: URLs, with commas between them.',
    'https://acme.scalekit.com/resources/res_123'
  ),
  SCALEKIT_AUDIENCE_NAME: stringSetting(
    'A further audience that tokens for this server may carry; the resource identifier when absent.',
    'https://news.example.com/mcp'
  ),
  SCALEKIT_RESOURCE_METADATA_URL: stringSetting(
    "The URL of this server's protected-resource metadata, which challenges name; derived from the resource when absent.",
    'https://news.example.com/.well-known/oauth-protected-resource/mcp'
  ),
  SCALEKIT_RESOURCE_DOCS_URL: stringSetting(
    'The URL of the documentation for people; the resource followed by /docs when absent.',
    'https://news.example.com/mcp/docs'
  ),
  SCALEKIT_TIMEOUT_MS: integer({
    default: 5000,
    minimum: 100,
    maximum: 60_000,
    description: 'How long a call to Scalekit may take, in milliseconds.'
  }),
  SCALEKIT_KEYS_MAX_AGE_MS: integer({
    default: 600_000,
    minimum: 100,
    maximum: 86_400_000,
    description: "How old Scalekit's signing keys get before they are read anew, in milliseconds."
  }),
  SCALEKIT_KEYS_COOLDOWN_MS: integer({
    default: 10_000,
    minimum: 10,
    maximum: 600_000,
    description:
      'How long keys are not asked for again after an unknown key id or a failure, in milliseconds.'
  }),
  SCALEKIT_KEYS_STALE_MS: integer({
    default: 3_600_000,
    minimum: 0,
    maximum: 86_400_000,
    description:
      'How long beyond their age the last good keys serve on while Scalekit is out of reach, in milliseconds.'
  }),
  TOKEN_STORE_TTL_MS: integer({
    default: 300_000,
    minimum: 0,
    maximum: 3_600_000,
    description:
      'How long a token that was found good is not checked again, in milliseconds; 0 checks each time.'
  }),
  TOKEN_STORE_SIZE: integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'How many tokens that were found good are remembered, at most.'
  }),
  DENY_LIST: stringSetting(
    'Token ids (jti), subjects (sub) and clients (client_id) that are refused, with commas between them.',
    'usr_123,m2m_456'
  ),
  DENY_LIST_FILE: stringSetting(
    'A file with more of them, one a line; it is read again when it changes.',
    '/etc/finance-news/deny-list'
  ),
  REQUIRED_SCOPE: patternSetting(scopeToken)
    .optional()
    .meta({
      description: 'The scope that a token needs; news:read, or the first of scopes_supported, when absent.',
      examples: ['news:read']
    }),
  ALPHA_VANTAGE_API_KEY: patternSetting(/^[\x21-\x7E]+$/)
    .optional()
    .meta({
      description: 'Your Alpha Vantage API key, from https://www.alphavantage.co/support/#api-key.',
      examples: ['ABCDEFGH12345678']
    }),
  ALPHA_VANTAGE_BASE_URL: z
    .string()
    .default('https://www.alphavantage.co')
    .meta({
      description: 'Where Alpha Vantage answers; used only together with a key. The client adds /query.',
      examples: ['https://www.alphavantage.co']
    }),
  ALPHA_VANTAGE_TIMEOUT_MS: integer({
    default: 10_000,
    minimum: 100,
    maximum: 30_000,
    description: 'How long a call to Alpha Vantage may take, in milliseconds.'
  }),
  ALPHA_VANTAGE_CALLS_PER_DAY: limitSetting({
    default: 25,
    description: 'How many calls a day your Alpha Vantage plan allows.'
  }),
  ALPHA_VANTAGE_CALLS_PER_MINUTE: limitSetting({
    default: 0,
    description: 'How many calls a minute your Alpha Vantage plan allows.'
  }),
  ALPHA_VANTAGE_CALLS_PER_SECOND: limitSetting({
    default: 1,
    description: 'How many calls a second your Alpha Vantage plan allows; more wait for their turn.'
  }),
  ALPHA_VANTAGE_DAY_BEGINS: patternSetting(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time of day such as 05:00')
    .default('00:00')
    .meta({
      description: 'When a day of your Alpha Vantage plan begins, in UTC.',
      examples: ['05:00']
    }),
  ALPHA_VANTAGE_SHARE_PERCENT: integer({
    default: 50,
    minimum: 1,
    maximum: 100,
    description:
      "How much of the day's remaining calls one subject can take while others ask, too, in percent."
  }),
  ALPHA_VANTAGE_RESERVED_CALLS: integer({
    default: 0,
    minimum: 0,
    maximum: 1_000_000,
    description: "How many of the day's calls are kept for subjects who have had none that day.",
    example: 5
  }),
  ALPHA_VANTAGE_LEASED_CALLS: integer({
    default: 1,
    minimum: 0,
    maximum: 1000,
    description: 'With Redis: how many calls each replica sets aside, for when Redis is out of reach.'
  }),
  ALPHA_VANTAGE_DEADLINE_MS: integer({
    default: 15_000,
    minimum: 0,
    maximum: 300_000,
    description:
      'How long after a question a call for it may begin, with its wait for its turn and another try, in milliseconds.'
  }),
  ALPHA_VANTAGE_RETRIES: integer({
    default: 1,
    minimum: 0,
    maximum: 5,
    description:
      'How often a call is tried again whose connection broke or that was answered with a status of 5xx; each try costs a call.'
  }),
  ALPHA_VANTAGE_PAUSE_MS: integer({
    default: 30_000,
    minimum: 10,
    maximum: 3_600_000,
    description:
      'How long Alpha Vantage is left alone after three faults in a row, in milliseconds; up to 30 times that if they go on.'
  }),
  ALPHA_VANTAGE_LIMIT: oneOf(['50', '1000'])
    .default('1000')
    .meta({
      description:
        'How many articles one call to Alpha Vantage asks for: 50 or 1000, for it gives no other number.',
      examples: ['1000']
    }),
  CACHE_TTL_MS: optionalInteger({
    minimum: 1,
    maximum: 86_400_000,
    description:
      'How long news counts as fresh and is answered again without a call, in milliseconds; a quarter of an hour when absent, or an hour where the calls of a day are limited.',
    example: 900_000
  }),
  CACHE_SOFT_TIMEOUT_MS: integer({
    default: 1000,
    minimum: 0,
    maximum: 60_000,
    description:
      'How long somebody waits for newer news when what is kept is not fresh any more, in milliseconds.'
  }),
  CACHE_GRACE_MS: integer({
    default: 86_400_000,
    minimum: 0,
    maximum: 2_592_000_000,
    description:
      'How old news may get that is answered with when there is no newer, because Alpha Vantage is out of order or no call is left, in milliseconds.'
  }),
  CACHE_NO_NEWS_TTL_MS: integer({
    default: 300_000,
    minimum: 1000,
    maximum: 86_400_000,
    description: 'How long it is believed that there is no news on something, in milliseconds.'
  }),
  CACHE_UNKNOWN_TTL_MS: integer({
    default: 3_600_000,
    minimum: 1000,
    maximum: 86_400_000,
    description: 'How long it is believed that there is no such ticker, in milliseconds.'
  }),
  CACHE_ARTICLES: integer({
    default: 30_000,
    minimum: 1001,
    maximum: 10_000_000,
    description: 'How many articles are kept in memory, of all news together; each takes about 3 kB.'
  }),
  CACHE_DISK_BYTES: integer({
    default: 268_435_456,
    minimum: 1_048_576,
    maximum: 1_099_511_627_776,
    description: 'How much news is kept on disk, in bytes.'
  }),
  REDIS_URL: patternSetting(/^rediss?:\/\/\S+$/, 'is not a redis:// or rediss:// URL')
    .optional()
    .meta({
      description:
        'The Redis that replicas share: for news, the count of calls, rate limits and the deny list. DATA_DIR has them when absent, for one machine.',
      examples: ['redis://:password@redis.example.com:6379/0']
    }),
  REDIS_TIMEOUT_MS: integer({
    default: 1000,
    minimum: 10,
    maximum: 60_000,
    description: 'How long Redis may take to answer before a replica goes on without it, in milliseconds.'
  }),
  ALLOWED_ORIGINS: stringSetting(
    "The web origins whose pages may call /mcp, with commas between them, or * for any; this server's own and loopback ones when absent.",
    'https://app.example.com'
  ),
  ALLOWED_HOSTS: stringSetting(
    "The names in the Host header that /mcp answers to, besides the resource's, with commas between them; any when absent, but on a loopback HOST only loopback names.",
    'news.example.com'
  ),
  TRUST_PROXY: patternSetting(/^(true|false|\d{1,3}|[0-9a-fA-F:./,\s]+)$/, trustProxyMessage)
    .optional()
    .meta({
      description:
        'Whose X-Forwarded-For headers are believed: addresses or networks with commas between them, a number of hops, or true; nobody when absent.',
      examples: ['10.0.0.0/8']
    }),
  RATE_LIMIT_PER_MINUTE: limitSetting({
    default: 120,
    description: 'How many requests a minute one subject may make.'
  }),
  RATE_LIMIT_ADDRESS_PER_MINUTE: limitSetting({
    default: 600,
    description: 'How many requests a minute one address may make at /mcp, whoever it is.'
  }),
  RATE_LIMIT_FAILURES_PER_MINUTE: limitSetting({
    default: 30,
    description:
      'After how many bad tokens a minute an address has only those of its tokens answered that were found good before.'
  }),
  REQUEST_TIMEOUT_MS: integer({
    default: 30_000,
    minimum: 100,
    maximum: 600_000,
    description: 'How long a request may take to arrive, headers and body, in milliseconds.'
  }),
  BODY_LIMIT_BYTES: integer({
    default: 131_072,
    minimum: 1024,
    maximum: 16_777_216,
    description: 'The largest request body that is read, in bytes.'
  }),
  SSE_KEEP_ALIVE_MS: integer({
    default: 15_000,
    minimum: 10,
    maximum: 600_000,
    description: 'How often an open stream gets a comment, so that proxies keep it open, in milliseconds.'
  }),
  SUBSCRIPTIONS_PER_SUBJECT: integer({
    default: 10,
    minimum: 1,
    maximum: 1024,
    description: 'How many subscriptions (subscriptions/listen) one subject may have open.'
  }),
  SUBSCRIPTION_MAX_MS: integer({
    default: 3_600_000,
    minimum: 100,
    maximum: 86_400_000,
    description:
      'How long a subscription stays open, in milliseconds, or until its token ends if that is sooner.'
  }),
  SUBSCRIPTIONS: limitSetting({
    default: 1000,
    description: 'How many subscriptions may be open, of all subjects together.'
  }),
  SHUTDOWN_DELAY_MS: integer({
    default: 0,
    minimum: 0,
    maximum: 600_000,
    description:
      'How long requests are still taken after SIGTERM or SIGINT while /readyz says 503, so that load balancers notice, in milliseconds.'
  }),
  MAX_CONNECTIONS: integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'How many connections may be open; more are not taken.'
  }),
  CONNECTION_IDLE_MS: integer({
    default: 120_000,
    minimum: 100,
    maximum: 3_600_000,
    description:
      'How long nothing may move on a connection, in milliseconds, be it that no request comes or that the answer is not taken; more than SSE_KEEP_ALIVE_MS.'
  }),
  OVERLOAD_EVENT_LOOP_DELAY_MS: limitSetting({
    default: 1000,
    description: 'From which mean delay of the event loop on requests are refused, in milliseconds.'
  }),
  OVERLOAD_HEAP_BYTES: optionalInteger({
    minimum: 0,
    maximum: 1_099_511_627_776,
    description:
      "From which use of its heap on the server refuses requests, in bytes; three quarters of V8's limit when absent. 0 is no limit.",
    example: 400_000_000
  }),
  SHUTDOWN_GRACE_MS: integer({
    default: 10_000,
    minimum: 100,
    maximum: 600_000,
    description: 'How long open requests may take to finish after SIGTERM or SIGINT, in milliseconds.'
  }),
  DATA_DIR: z
    .string()
    .default('.data')
    .meta({
      description: 'The folder for what has to survive a restart: news, and the count of calls.',
      examples: ['.data']
    }),
  METRICS_PORT: optionalInteger({
    minimum: 1,
    maximum: 65535,
    description: 'The port of /metrics, for Prometheus; there is none when absent.',
    example: 9464
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: stringSetting(
    'Where OpenTelemetry traces go; /v1/traces is added to it. None are sent without it.',
    'http://localhost:4318'
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: stringSetting(
    'The same for traces alone, as it is.',
    'http://localhost:4318/v1/traces'
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: stringSetting(
    'How they are sent: http/protobuf, and nothing else here.',
    'http/protobuf'
  ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: stringSetting('The same for traces alone.', 'http/protobuf'),
  OTEL_TRACES_EXPORTER: stringSetting('otlp, or none for no traces.', 'otlp'),
  OTEL_SDK_DISABLED: stringSetting('true for no traces.', 'true'),
  LOCAL_SCALEKIT_PORT: port(10001, 'Local mode: the port of the practice Scalekit.'),
  LOCAL_NEWS_PORT: port(10002, 'Local mode: the port of the sample news.')
})

/** The settings as given, each of its type. */
export type Settings = z.output<typeof settingsSchema>
export type SettingName = keyof Settings
