import type { Plan } from '../budget/plan.ts'
import { hourMs, minuteMs } from '../lib/time.ts'
import { isSecureUrl, secureUrlMessage, withoutTrailingSlash } from '../lib/url.ts'
import { type Environment, readSetting } from './environment.ts'
import { InvalidSettingsError, type Problem, type Report } from './invalid-settings.ts'
import { hasScalekitSettings } from './local-mode.ts'
import {
  type AllowOrigin,
  parseAllowedOrigins,
  parseTrustedProxies,
  type TrustProxy
} from './network-policy.ts'
import { type ProtectedResource, readProtectedResource } from './protected-resource.ts'
import { createUrlMapping, type ToOwnUrl } from './public-path.ts'
import { findUnsupportedSettings } from './removed-settings.ts'
import { type SettingName, type Settings, settingsSchema } from './settings.ts'
import { readTracesUrl } from './traces-url.ts'

/** The validated settings, and the configuration derived from them. Frozen. */
export type Config = Readonly<
  Settings & {
    ALPHA_VANTAGE_API_KEY: string
    CACHE_TTL_MS: number
    /** Options for `fastify.listen`. */
    listen: { host: string; port: number; backlog: number }
    /** The URL to which traces are sent; `undefined` if none are sent. */
    tracesUrl: string | undefined
    /** The limits of the Alpha Vantage plan. */
    plan: Plan
    isOriginAllowed: AllowOrigin
    isTrustedProxy: TrustProxy
    /** The path of the resource identifier, without a trailing slash. */
    publicPath: string
    toOwnUrl: ToOwnUrl
    protectedResource: ProtectedResource
  }
>

/**
 * Validates every setting, and derives the configuration.
 * @throws {InvalidSettingsError} naming every setting that is missing, malformed or removed.
 */
export function readConfig(environment: Environment): Config {
  const problems: Problem[] = []
  const report: Report = (name, reason) => void problems.push({ name, reason })

  for (const name of findUnsupportedSettings(environment)) report(name, 'is no longer supported')
  const settings = readSettings(environment, report)
  const protectedResource = readProtectedResource(settings, report)
  const { ALPHA_VANTAGE_API_KEY } = settings
  // `readSettings` has reported a malformed key.
  if (!readSetting(environment, 'ALPHA_VANTAGE_API_KEY')) report('ALPHA_VANTAGE_API_KEY', 'is missing')
  checkAcrossSettings(settings, report)
  const tracesUrl = readTracesUrl(settings, report)
  const isTrustedProxy = parseTrustedProxies(settings.TRUST_PROXY, report)
  const isOriginAllowed = parseAllowedOrigins(settings.ALLOWED_ORIGINS, protectedResource, report)

  if (problems.length > 0 || !protectedResource || !ALPHA_VANTAGE_API_KEY) {
    throw new InvalidSettingsError(problems, hasScalekitSettings(environment) ? undefined : localModeHint)
  }
  const publicPath = withoutTrailingSlash(new URL(protectedResource.metadata.resource).pathname)
  return deepFreeze({
    ...settings,
    ALPHA_VANTAGE_API_KEY,
    CACHE_TTL_MS:
      settings.CACHE_TTL_MS ?? (settings.ALPHA_VANTAGE_CALLS_PER_DAY > 0 ? hourMs : 15 * minuteMs),
    listen: {
      // `localhost` can resolve to two addresses, and Fastify would open a second server for the other address.
      host: settings.HOST === 'localhost' ? '127.0.0.1' : settings.HOST,
      port: settings.PORT,
      // The operating system resets connections that arrive while its queue is full.
      backlog: settings.MAX_CONNECTIONS
    },
    tracesUrl,
    plan: toPlan(settings),
    isOriginAllowed,
    isTrustedProxy,
    publicPath,
    toOwnUrl: createUrlMapping(publicPath),
    protectedResource
  })
}

const localModeHint =
  'To try this server on your own machine without Scalekit, leave HOST empty or set it to localhost.'

/** Converts each value to its type. Reports a malformed value, and uses the default instead. */
function readSettings(environment: Environment, report: Report): Settings {
  const values: Partial<Record<SettingName, unknown>> = {}
  for (const name of Object.keys(settingsSchema.shape) as SettingName[]) {
    const schema = settingsSchema.shape[name]
    const { data, error } = schema.safeParse(readSetting(environment, name))
    if (error) report(name, error.issues[0]?.message ?? '')
    values[name] = error ? schema.parse(undefined) : data
  }
  return values as Settings
}

/** Reports well-formed values that conflict with other settings. */
function checkAcrossSettings(settings: Settings, report: Report) {
  const { ALPHA_VANTAGE_CALLS_PER_DAY: callsPerDay, ALPHA_VANTAGE_RESERVED_CALLS: reserved } = settings
  if (!isSecureUrl(settings.ALPHA_VANTAGE_BASE_URL)) report('ALPHA_VANTAGE_BASE_URL', secureUrlMessage)
  if (callsPerDay > 0 && reserved >= callsPerDay) {
    report('ALPHA_VANTAGE_RESERVED_CALLS', 'is not less than ALPHA_VANTAGE_CALLS_PER_DAY')
  }
  if (settings.CONNECTION_IDLE_MS <= settings.SSE_KEEP_ALIVE_MS) {
    report(
      'CONNECTION_IDLE_MS',
      'is not more than SSE_KEEP_ALIVE_MS: idle streams would close between two keep-alive comments'
    )
  }
  if (settings.METRICS_PORT === settings.PORT) {
    report('METRICS_PORT', 'is the same as PORT: metrics have no authentication and need a port of their own')
  }
}

function toPlan(settings: Settings): Plan {
  const [hours = 0, minutes = 0] = settings.ALPHA_VANTAGE_DAY_BEGINS.split(':').map(Number)
  return {
    callsPerDay: settings.ALPHA_VANTAGE_CALLS_PER_DAY,
    callsPerMinute: settings.ALPHA_VANTAGE_CALLS_PER_MINUTE,
    callsPerSecond: settings.ALPHA_VANTAGE_CALLS_PER_SECOND,
    share: settings.ALPHA_VANTAGE_SHARE_PERCENT / 100,
    reserve: settings.ALPHA_VANTAGE_RESERVED_CALLS,
    dayBeginsMs: (hours * 60 + minutes) * minuteMs
  }
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part)
  return Object.freeze(value)
}
