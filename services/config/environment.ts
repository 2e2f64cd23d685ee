import type { SettingName } from './settings.ts'

/** The process's environment, with what `.env` adds to it; what is set already wins. */
export function readEnvironment(): NodeJS.ProcessEnv {
  try {
    process.loadEnvFile()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw error
  }
  return process.env
}
export type Environment = Record<string, string | undefined>

/** The setting's value, trimmed; `undefined` when it is absent or empty. */
export function readSetting(environment: Environment, name: SettingName): string | undefined {
  return environment[name]?.trim() || undefined
}
