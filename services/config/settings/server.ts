import {
  choiceSetting,
  integerSetting,
  patternSetting,
  portSetting,
  stringSetting,
  trustProxyMessage
} from '../setting-types.ts'

/** Listening, logging, accepted origins, hosts and proxies, and shutdown. */
export const serverSettings = {
  HOST: patternSetting(/^\S+$/)
    .default('localhost')
    .meta({
      description:
        'The name or address to listen on. Unless it is a loopback name, Scalekit must be configured.',
      examples: ['0.0.0.0']
    }),
  PORT: portSetting(10_000, 'The port to listen on.'),
  LOG_LEVEL: choiceSetting(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({
      description: 'The lowest level that is logged: fatal, error, warn, info, debug, trace or silent.',
      examples: ['warn']
    }),
  ALLOWED_ORIGINS: stringSetting(
    "The origins whose pages may call /mcp, separated by commas, or * for any. Apps and extensions have their own, such as chrome-extension://…; sandboxed pages have null. When absent: the server's own origin and loopback origins.",
    'https://app.example.com'
  ),
  ALLOWED_HOSTS: stringSetting(
    "The names that /mcp accepts in the Host header, separated by commas, besides the resource's own. When absent: any name, or only loopback names if HOST is one.",
    'news.example.com'
  ),
  TRUST_PROXY: patternSetting(/^(true|false|\d{1,3}|[0-9a-fA-F:./,\s]+)$/, trustProxyMessage)
    .optional()
    .meta({
      description:
        'The proxies whose X-Forwarded-For header is trusted: addresses or networks separated by commas, a number of hops, or true. When absent: none.',
      examples: ['10.0.0.0/8']
    }),
  SHUTDOWN_DELAY_MS: integerSetting(
    0,
    0,
    600_000,
    'How long the server still accepts requests after SIGTERM or SIGINT, in milliseconds. /readyz returns 503 during that time, so that load balancers stop sending requests.'
  ),
  SHUTDOWN_GRACE_MS: integerSetting(
    10_000,
    100,
    600_000,
    'How long open requests may take to finish after SIGTERM or SIGINT, in milliseconds.'
  )
}
