import { type SettingName, settingsSchema } from './settings.ts'

/** What is wrong with one setting. Never holds the setting's value: it may be a secret. */
export interface Problem {
  name: SettingName
  reason: string
}

/** Takes note of a problem, so that all of them can be told at once. */
export type Report = (name: SettingName, reason: string) => void

/** Thrown when settings are missing or malformed; the message names each, its meaning and an example. */
export class InvalidSettingsError extends Error {
  readonly code = 'SETTINGS_INVALID'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], hint = '') {
    const count = problems.length === 1 ? 'One setting needs' : `${problems.length} settings need`
    super([`${count} your attention:`, ...problems.map(describe), ...(hint ? [hint] : [])].join('\n\n'))
    this.problems = problems
  }
}

function describe({ name, reason }: Problem): string {
  const { description, examples } = settingsSchema.shape[name].meta() ?? {}
  return `  ${name} ${reason}.\n    ${description}\n    Example: ${name}=${examples}`
}
