import { isLoopback } from '../lib/loopback.ts'
import { type Environment, readSetting } from './environment.ts'
import type { SettingName } from './settings.ts'

/** The names that decide between local mode and Scalekit: with none of them given, sign-in is local. */
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

/** Whether any of the settings that configure Scalekit is given. */
export function hasScalekitSettings(environment: Environment): boolean {
  return scalekitSettings.some((name) => readSetting(environment, name) !== undefined)
}

/** Whether this environment asks for local mode: no Scalekit setting is given and `HOST` is a loopback name. */
export function isLocalMode(environment: Environment): boolean {
  return isLoopback(readSetting(environment, 'HOST') ?? 'localhost') && !hasScalekitSettings(environment)
}
