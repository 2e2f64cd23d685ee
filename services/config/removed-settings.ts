import { type Environment, readSetting } from './environment.ts'

/** Settings of earlier versions that must not be ignored: the server refuses to start while one has a value. */
export const refusedSettings = {
  // Ignoring the entries would give denied callers access after an upgrade.
  DENY_LIST: {
    description: 'Put its entries into a file, one per line, and set DENY_LIST_FILE to the path of the file.',
    example: 'DENY_LIST_FILE=/etc/finance-news/deny-list'
  }
} as const

/** Settings of earlier versions that have no effect. */
const ignoredSettings = ['ALPHA_VANTAGE_LEASED_CALLS'] as const

export type RefusedSettingName = keyof typeof refusedSettings
export type RemovedSettingName = RefusedSettingName | (typeof ignoredSettings)[number]

const refusedNames = Object.keys(refusedSettings) as RefusedSettingName[]
export const removedSettingNames: readonly RemovedSettingName[] = [...refusedNames, ...ignoredSettings]

/** The names of refused settings that have a value. */
export function findRefusedSettings(environment: Environment): RefusedSettingName[] {
  return refusedNames.filter((name) => readSetting(environment, name) !== undefined)
}

/** The names of settings that have a value and no effect. */
export function findIgnoredSettings(environment: Environment): RemovedSettingName[] {
  return ignoredSettings.filter((name) => readSetting(environment, name) !== undefined)
}
