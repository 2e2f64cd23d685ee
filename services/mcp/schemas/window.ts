import { z } from 'zod'
import { isDuration, isInstant } from '../../news/window.ts'

const maxLength = 40

/**
 * Writes the times of Alpha Vantage (`20261120T0930`), of this server's own texts (`2026-11-20 09:30 UTC`) and of Python
 * (`2026-11-20 09:30:00+00:00`) as ISO 8601. Returns any other text unchanged.
 */
function toIso(text: string): string {
  const iso = text
    .replace(/^(\d{4})(\d{2})(\d{2})(?=T|$)/i, '$1-$2-$3')
    .replace(
      /(?<=T\d{2})(\d{2})(\d{2})?(?=(Z|[+-][\d:]+)?$)/i,
      (_, minute, second = '00') => `:${minute}:${second}`
    )
    .replace(/(?<=-\d{2}) (?=\d)/, 'T')
    .replace(/(?<=T[\d:.]+[+-]\d{2})(\d{2})?$/i, (_, minutes = '00') => `:${minutes}`)
    .replace(/ ?UTC$/i, 'Z')
  return isInstant(iso) ? iso : text
}

const instant = z
  .string()
  .trim()
  .max(maxLength)
  .overwrite(toIso)
  .refine(isInstant, 'must be an ISO 8601 time, or one such as 2026-11-20 or 2026-11-20 09:30 UTC')
const instantOrDuration = z
  .string()
  .trim()
  .max(maxLength)
  .overwrite(toIso)
  .refine(
    (text) => isDuration(text) || isInstant(text),
    'must be a duration such as 24h, 7d or 2w (90 days at most), an ISO 8601 time, or one such as 2026-11-20 or 2026-11-20 09:30 UTC'
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
