import { createHash } from 'node:crypto'
import createError from '@fastify/error'
import { z } from 'zod'
import type { NewsSnapshot } from '../../news/snapshot.ts'

/** The cursor does not belong to the question. */
export const CursorError = createError(
  'INVALID_ARGUMENTS',
  'The cursor belongs to another question: repeat it with the same arguments, or ask without a cursor.',
  400
)
/** The news that the cursor leads through is not kept any more. */
export const CursorExpiredError = createError(
  'NEWS_CURSOR_EXPIRED',
  'The news that this cursor leads through is not kept any more: ask again without a cursor.',
  410
)

/** Where a cursor leads: a place in what one question has found in news that was fetched at one time. */
interface Place {
  news: Pick<NewsSnapshot, 'key' | 'fetchedAtMs'>
  /** When the question was asked first: milliseconds since 1970. */
  at: number
  /** How many articles come before it. */
  offset: number
}

const time = z.int().min(0).max(4e12)
const cursorSchema = z.tuple([z.string(), z.string(), time, time, z.int().min(0)])

/** The cursor to a place in the answer to `question`. */
export function encodeCursor(question: unknown, { news: { key, fetchedAtMs }, at, offset }: Place): string {
  const parts: z.output<typeof cursorSchema> = [queryFingerprint(question), key, fetchedAtMs, at, offset]
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** @throws {CursorError} if `cursor` is none of the question's. */
export function decodeCursor(cursor: string, question: unknown): Place {
  const parts = cursorSchema.safeParse(decoded(cursor)).data
  if (!parts || parts[0] !== queryFingerprint(question)) throw new CursorError()
  const [, key, fetchedAtMs, at, offset] = parts
  return { news: { key, fetchedAtMs }, at, offset }
}

function queryFingerprint(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('base64url').slice(0, 8)
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined // not one of ours
  }
}
