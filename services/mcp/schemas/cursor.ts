import { createHash } from 'node:crypto'
import createError from '@fastify/error'
import { z } from 'zod'
import { parseJson } from '../../lib/json.ts'
import type { NewsSnapshot } from '../../news/snapshot.ts'

/** The cursor was not made for this query. */
export const CursorError = createError(
  'INVALID_ARGUMENTS',
  'The cursor belongs to another query. Repeat the call with the arguments of the first page, or without a cursor.',
  400
)
/** The snapshot that the cursor refers to is no longer cached. */
export const CursorExpiredError = createError(
  'NEWS_CURSOR_EXPIRED',
  'The cursor has expired: its news is no longer cached. Repeat the call without a cursor.',
  410
)

/** A position in the results of one query on one snapshot. */
interface Position {
  news: Pick<NewsSnapshot, 'key' | 'fetchedAtMs'>
  /** When the first page was requested: milliseconds since 1970. */
  queriedAtMs: number
  /** The number of articles on earlier pages. */
  offset: number
}

const timestamp = z.int().min(0).max(4e12)
const cursorSchema = z.tuple([z.string(), z.string(), timestamp, timestamp, z.int().min(0)])

/** Encodes a position in the results of `query`. */
export function encodeCursor(query: unknown, { news, queriedAtMs, offset }: Position): string {
  const { key, fetchedAtMs } = news
  const parts: z.output<typeof cursorSchema> = [
    queryFingerprint(query),
    key,
    fetchedAtMs,
    queriedAtMs,
    offset
  ]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** @throws {CursorError} if `cursor` is malformed or belongs to another query. */
export function decodeCursor(cursor: string, query: unknown): Position {
  const parts = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString())).data
  if (!parts || parts[0] !== queryFingerprint(query)) throw new CursorError()
  const [, key, fetchedAtMs, queriedAtMs, offset] = parts
  return { news: { key, fetchedAtMs }, queriedAtMs, offset }
}

function queryFingerprint(query: unknown): string {
  return createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 8)
}
