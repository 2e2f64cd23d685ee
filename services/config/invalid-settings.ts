import { type UnsupportedSettingName, unsupportedSettings } from './removed-settings.ts'
import { type SettingName, settingsSchema } from './settings.ts'

/** A problem with one setting. It never contains a value that may be a secret. */
export interface Problem {
  name: SettingName | UnsupportedSettingName
  /** Completes the sentence "NAME …", without a period. */
  reason: string
}

/** Records a problem, so that one error can report all of them. */
export type Report = (name: Problem['name'], reason: string) => void

/** Settings are missing, malformed or removed. The message lists each with its description and an example. */
export class InvalidSettingsError extends Error {
  readonly code = 'SETTINGS_INVALID'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], hint = '') {
    const count = problems.length === 1 ? 'One setting needs' : `${problems.length} settings need`
    super([`${count} your attention:`, ...problems.map(formatProblem), ...(hint ? [hint] : [])].join('\n\n'))
    this.problems = problems
  }
}

function formatProblem({ name, reason }: Problem): string {
  const { description, example } = isUnsupported(name) ? unsupportedSettings[name] : describeSetting(name)
  return `  ${name} ${reason}.\n    ${description}\n    Example: ${example}`
}

function isUnsupported(name: Problem['name']): name is UnsupportedSettingName {
  return name in unsupportedSettings
}

function describeSetting(name: SettingName) {
  const { description, examples } = settingsSchema.shape[name].meta() ?? {}
  return { description, example: `${name}=${examples}` }
}
