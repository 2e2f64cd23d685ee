/** The raw settings, before validation. */
export type Environment = Record<string, string | undefined>

/**
 * Returns the environment of the process, and adds the variables of `.env`. Variables that are already set win.
 * @throws if `.env` exists and cannot be read.
 */
export function readEnvironment(): Environment {
  try {
    process.loadEnvFile()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw error
  }
  return process.env
}

/** Returns the trimmed value of a setting; `undefined` if it is absent or empty. */
export function readSetting(environment: Environment, name: Uppercase<string>): string | undefined {
  return environment[name]?.trim() || undefined
}
