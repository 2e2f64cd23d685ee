import { z } from 'zod'
import { alphaVantageSettings } from './settings/alpha-vantage.ts'
import { cacheSettings } from './settings/cache.ts'
import { limitsSettings } from './settings/limits.ts'
import { localModeSettings } from './settings/local.ts'
import { scalekitSettings } from './settings/scalekit.ts'
import { serverSettings } from './settings/server.ts'
import { telemetrySettings } from './settings/telemetry.ts'

/** Every setting that this server reads: its type, default, description and an example. */
export const settingsSchema = z.object({
  ...serverSettings,
  ...scalekitSettings,
  ...alphaVantageSettings,
  ...cacheSettings,
  ...limitsSettings,
  ...telemetrySettings,
  ...localModeSettings
})

/** The settings, each with its type and its default. */
export type Settings = z.output<typeof settingsSchema>
export type SettingName = keyof Settings
