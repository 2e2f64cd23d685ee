import { z } from 'zod'
import { parseJson } from '../lib/json.ts'
import type { Ledger } from './ledger.ts'

const tally = z.array(z.tuple([z.string(), z.int().min(0)]))

/** The stored ledger. It keeps the key names of the previous release, whose replicas read it during a rolling update. */
const storedLedgerSchema = z.object({
  version: z.int().min(0),
  day: z.int(),
  made: tally,
  subjects: tally,
  turns: z.array(z.tuple([z.int(), z.string()])),
  askers: z.array(z.tuple([z.string(), z.int()])).max(2),
  refused: z
    .object({
      // The previous release wrote NEWS_BUDGET_AWAY after Redis had lost the count.
      code: z.enum(['NEWS_QUOTA_SPENT', 'NEWS_MINUTE_SPENT', 'NEWS_RATE_LIMITED', 'NEWS_BUDGET_AWAY']),
      until: z.int()
    })
    .nullable(),
  // Calls that replicas of the previous release have reserved. Only they use these keys; the next release can drop them.
  leases: z.array(z.unknown()),
  lapsed: z.int().min(0)
})

/** Formats a ledger as JSON to store. */
export function formatLedger({
  version,
  dayStart,
  calls,
  callsBySubject,
  scheduledCalls,
  requesters,
  upstreamLimit,
  leases,
  lapsed
}: Ledger): string {
  const stored: z.input<typeof storedLedgerSchema> = {
    version,
    day: dayStart,
    made: calls,
    subjects: callsBySubject,
    turns: scheduledCalls,
    askers: requesters,
    refused: upstreamLimit,
    leases,
    lapsed
  }
  return JSON.stringify(stored)
}

/** Parses a stored ledger. Returns `undefined` if `text` is not one, for example because it was truncated. */
export function parseLedger(text: string): Ledger | undefined {
  const stored = storedLedgerSchema.safeParse(parseJson(text)).data
  if (!stored) return undefined
  const { day, made, subjects, turns, askers, refused, ...rest } = stored
  return {
    ...rest,
    dayStart: day,
    calls: made,
    callsBySubject: subjects,
    scheduledCalls: turns,
    requesters: askers,
    upstreamLimit:
      refused && refused.code !== 'NEWS_BUDGET_AWAY' ? { code: refused.code, until: refused.until } : null
  }
}
