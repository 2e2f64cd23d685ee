/** Settings as given, unchecked. */
export type Environment = Record<string, string | undefined>

/** The environment of the process, with the variables of `.env` added. Variables that are set already win. */
export function readEnvironment(): Environment {
  try {
    process.loadEnvFile()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw error
  }
  return process.env
}

/** The trimmed value of a setting; `undefined` when it is absent or empty. */
export function readSetting(environment: Environment, name: Uppercase<string>): string | undefined {
  return environment[name]?.trim() || undefined
}
