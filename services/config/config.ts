import type { Plan } from '../budget/plan.ts'
import { isSecureUrl, secureUrlMessage } from '../lib/url.ts'
import { type Environment, readSetting } from './environment.ts'
import { InvalidSettingsError, type Problem, type Report } from './invalid-settings.ts'
import { hasScalekitSettings } from './local-mode.ts'
import { parseAllowedOrigins, parseTrustedProxies } from './network-policy.ts'
import { type ProtectedResource, readProtectedResource } from './protected-resource.ts'
import { type SettingName, type Settings, settingsSchema } from './settings.ts'
import { readTracesUrl } from './traces-url.ts'

/** The checked settings, with what follows from them. Frozen. */
export type Config = Readonly<
  Settings & {
    ALPHA_VANTAGE_API_KEY: string
    CACHE_TTL_MS: number
    /**
     * Where to listen: `localhost` alone can mean two addresses, of which Fastify would treat the second as an extra. As
     * many may wait to be taken as may be open: of what it has no room for, the system resets some.
     */
    listen: { host: string; port: number; backlog: number }
    /** Where traces go; absent if none are sent. */
    tracesUrl: string | undefined
    /** What the Alpha Vantage plan allows. */
    plan: Plan
    /** Whether pages of this web origin may call the MCP endpoint. */
    isOriginAllowed(origin: string): boolean
    /** Whether the X-Forwarded-For header of `address`, the `hop`th from here, is believed. */
    isTrustedProxy(address: string, hop: number): boolean
    protectedResource: ProtectedResource
  }
>

/**
 * Checks every setting and derives what follows from them.
 * @throws {InvalidSettingsError} naming all that is missing or malformed, at once.
 */
export function readConfig(environment: Environment): Config {
  const problems: Problem[] = []
  const report: Report = (name, reason) => void problems.push({ name, reason })

  const settings = readValues(environment, report)
  const protectedResource = readProtectedResource(settings, report)
  const { ALPHA_VANTAGE_API_KEY } = settings
  // A key that is there but malformed has been reported already.
  if (!readSetting(environment, 'ALPHA_VANTAGE_API_KEY')) report('ALPHA_VANTAGE_API_KEY', 'is missing')
  if (!isSecureUrl(settings.ALPHA_VANTAGE_BASE_URL)) {
    report('ALPHA_VANTAGE_BASE_URL', secureUrlMessage)
  }
  const { ALPHA_VANTAGE_CALLS_PER_DAY: perDay, ALPHA_VANTAGE_RESERVED_CALLS: reserved } = settings
  if (perDay > 0 && reserved >= perDay) {
    report('ALPHA_VANTAGE_RESERVED_CALLS', 'is not less than ALPHA_VANTAGE_CALLS_PER_DAY')
  }
  if (settings.CONNECTION_IDLE_MS <= settings.SSE_KEEP_ALIVE_MS) {
    report(
      'CONNECTION_IDLE_MS',
      'is not more than SSE_KEEP_ALIVE_MS: streams would end between two signs of life'
    )
  }
  if (settings.METRICS_PORT === settings.PORT) {
    report('METRICS_PORT', 'is the same as PORT: metrics are not protected, and need a port of their own')
  }
  const tracesUrl = readTracesUrl(settings, report)
  const isTrustedProxy = parseTrustedProxies(settings.TRUST_PROXY, report)
  const isOriginAllowed = parseAllowedOrigins(settings.ALLOWED_ORIGINS, protectedResource, report)

  if (problems.length > 0 || !protectedResource || !ALPHA_VANTAGE_API_KEY) {
    throw new InvalidSettingsError(problems, hasScalekitSettings(environment) ? undefined : localModeHint)
  }
  return deepFreeze({
    ...settings,
    ALPHA_VANTAGE_API_KEY,
    CACHE_TTL_MS: settings.CACHE_TTL_MS ?? (settings.ALPHA_VANTAGE_CALLS_PER_DAY > 0 ? 3_600_000 : 900_000),
    listen: {
      host: settings.HOST === 'localhost' ? '127.0.0.1' : settings.HOST,
      port: settings.PORT,
      backlog: settings.MAX_CONNECTIONS
    },
    tracesUrl,
    plan: toPlan(settings),
    isOriginAllowed,
    isTrustedProxy,
    protectedResource
  })
}

function toPlan(settings: Settings): Plan {
  const [hours = 0, minutes = 0] = settings.ALPHA_VANTAGE_DAY_BEGINS.split(':').map(Number)
  return {
    callsPerDay: settings.ALPHA_VANTAGE_CALLS_PER_DAY,
    callsPerMinute: settings.ALPHA_VANTAGE_CALLS_PER_MINUTE,
    callsPerSecond: settings.ALPHA_VANTAGE_CALLS_PER_SECOND,
    share: settings.ALPHA_VANTAGE_SHARE_PERCENT / 100,
    reserve: settings.ALPHA_VANTAGE_RESERVED_CALLS,
    dayBeginsMs: (hours * 60 + minutes) * 60_000
  }
}

const localModeHint =
  'To try this server on your own machine without Scalekit, leave HOST empty or set it to localhost.'

/** Converts each value to its type; a value that does not fit is reported, and its default stands in. */
function readValues(environment: Environment, report: Report): Settings {
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const name of Object.keys(settingsSchema.shape) as SettingName[]) {
    const schema = settingsSchema.shape[name]
    const { data, error } = schema.safeParse(readSetting(environment, name))
    if (error) report(name, error.issues[0]?.message ?? '')
    values[name] = error ? schema.parse(undefined) : data
  }
  return values as Settings
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part)
  return Object.freeze(value)
}
