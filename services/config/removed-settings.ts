import { type Environment, readSetting } from './environment.ts'

/** Settings of earlier versions that are not safe to ignore. The server does not start while one has a value. */
export const unsupportedSettings = {
  // Ignoring the entries would give denied callers access after an upgrade.
  DENY_LIST: {
    description: 'Put its entries into a file, one per line, and set DENY_LIST_FILE to the path of the file.',
    example: 'DENY_LIST_FILE=/etc/finance-news/deny-list'
  }
} as const

/** Settings of earlier versions that have no effect. */
const ignoredSettings = ['ALPHA_VANTAGE_LEASED_CALLS'] as const

export type UnsupportedSettingName = keyof typeof unsupportedSettings
export type RemovedSettingName = UnsupportedSettingName | (typeof ignoredSettings)[number]

const unsupportedNames = Object.keys(unsupportedSettings) as UnsupportedSettingName[]
export const removedSettingNames: readonly RemovedSettingName[] = [...unsupportedNames, ...ignoredSettings]

/** Finds the names of unsupported settings that have a value. */
export function findUnsupportedSettings(environment: Environment): UnsupportedSettingName[] {
  return unsupportedNames.filter((name) => readSetting(environment, name) !== undefined)
}

/** Finds the names of settings that have a value and no effect. */
export function findIgnoredSettings(environment: Environment): RemovedSettingName[] {
  return ignoredSettings.filter((name) => readSetting(environment, name) !== undefined)
}
