import { isLoopback } from '../lib/loopback.ts'
import { type Environment, readSetting } from './environment.ts'
import type { SettingName } from './settings.ts'

/** The settings that select Scalekit over local mode. */
const scalekitSettings = [
  'SCALEKIT_ENVIRONMENT_URL',
  'METADATA_JSON_RESPONSE',
  'SCALEKIT_CLIENT_ID',
  'SCALEKIT_CLIENT_SECRET',
  'SCALEKIT_RESOURCE_NAME',
  'SCALEKIT_AUTHORIZATION_SERVERS',
  'SCALEKIT_AUDIENCE_NAME',
  'SCALEKIT_RESOURCE_METADATA_URL',
  'SCALEKIT_RESOURCE_DOCS_URL'
] as const satisfies readonly SettingName[]

/** Whether any setting that configures Scalekit has a value. */
export function hasScalekitSettings(environment: Environment): boolean {
  return scalekitSettings.some((name) => readSetting(environment, name) !== undefined)
}

/** Whether the server runs in local mode: no Scalekit setting has a value, and `HOST` is a loopback name or absent. */
export function isLocalMode(environment: Environment): boolean {
  return isLoopback(readSetting(environment, 'HOST') ?? 'localhost') && !hasScalekitSettings(environment)
}
