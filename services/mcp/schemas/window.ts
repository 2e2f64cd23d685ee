import { z } from 'zod'
import { isDuration, isInstant } from '../../news/window.ts'

const moment = z
  .string()
  .trim()
  .max(40)
  .refine(isInstant, 'must be a time of ISO 8601 such as 2026-11-20 or 2026-11-20T09:30Z')
const momentOrSpan = z
  .string()
  .trim()
  .max(40)
  .refine(
    (text) => isDuration(text) || isInstant(text),
    'must be a span back such as 24h, 7d or 2w (90 days at most), or a time of ISO 8601 such as 2026-11-20 or 2026-11-20T09:30Z'
  )

/** The inputs that say which news counts; `since` is what is meant without one. */
export function windowInput(since: string) {
  return {
    since: momentOrSpan
      .default(since)
      .describe('The beginning: a span back from the end (24h, 7d, 2w; 90d at most) or ISO 8601, UTC.'),
    until: momentOrSpan.optional().describe('The end: ISO 8601, or a span back; as_of when absent.'),
    as_of: moment
      .optional()
      .describe(
        'Answer as if it were this time: ISO 8601; nothing published later is looked at. Now when absent.'
      )
  }
}
