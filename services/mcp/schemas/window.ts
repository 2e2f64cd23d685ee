import { z } from 'zod'
import { isDuration, isInstant } from '../../news/window.ts'

const maxLength = 40

const instant = z
  .string()
  .trim()
  .max(maxLength)
  .refine(isInstant, 'must be an ISO 8601 time such as 2026-11-20 or 2026-11-20T09:30Z')
const instantOrDuration = z
  .string()
  .trim()
  .max(maxLength)
  .refine(
    (text) => isDuration(text) || isInstant(text),
    'must be a duration such as 24h, 7d or 2w (90 days at most), or an ISO 8601 time such as 2026-11-20 or 2026-11-20T09:30Z'
  )

/** The inputs that select a time window. `since` is the default start. */
export function windowInput(since: string) {
  return {
    since: instantOrDuration
      .default(since)
      .describe(
        `Start: a duration back from the end (24h, 7d, 2w; 90d at most) or ISO 8601, UTC. ${since} by default.`
      ),
    until: instantOrDuration
      .optional()
      .describe('End: ISO 8601, or a duration back from as_of, the default.'),
    as_of: instant
      .optional()
      .describe('Ignore articles published after this time (ISO 8601). Now by default.')
  }
}
