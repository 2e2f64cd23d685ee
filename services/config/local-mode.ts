import { isLoopback } from '../lib/loopback.ts'
import { type Environment, given } from './environment.ts'
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
export function mentionsScalekit(environment: Environment): boolean {
  return scalekitSettings.some((name) => given(environment, name) !== undefined)
}

/** Whether this environment asks for local mode: no Scalekit setting is given and `HOST` is a loopback name. */
export function asksForLocalMode(environment: Environment): boolean {
  return isLoopback(given(environment, 'HOST') ?? 'localhost') && !mentionsScalekit(environment)
}
