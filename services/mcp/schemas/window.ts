import { z } from 'zod'
import { isDuration, isInstant } from '../../news/window.ts'

const maxLength = 40

/** A date, or a date and a time of day, as Alpha Vantage and this server's own texts write them. */
const looseTime = /^(\d{4})-?(\d{2})-?(\d{2})(?:(?:T|\s+)(\d{2}):?(\d{2})(?::?(\d{2}))?\s*(Z|UTC)?)?$/i

/** Writes `20261120T0930` and `2026-11-20 09:30 UTC` as ISO 8601. Returns any other text unchanged. */
function toIso(text: string): string {
  const [, year, month, day, hour, minute, second = '00'] = looseTime.exec(text) ?? []
  const iso = `${year}-${month}-${day}${hour ? `T${hour}:${minute}:${second}Z` : ''}`
  return !isInstant(text) && isInstant(iso) ? iso : text
}

const instant = z
  .string()
  .trim()
  .max(maxLength)
  .overwrite(toIso)
  .refine(isInstant, 'must be an ISO 8601 time such as 2026-11-20 or 2026-11-20T09:30Z')
const instantOrDuration = z
  .string()
  .trim()
  .max(maxLength)
  .overwrite(toIso)
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
