import { z } from 'zod'
import { topics } from '../alpha-vantage/topics.ts'

export const subjectSchema = z.object({
  ticker: z.string().exactOptional(),
  topic: z.enum(topics).exactOptional()
})

/** Parses a JSON value from Redis. Returns `undefined` if it is missing, or does not match `schema`. */
export function parseStored<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined // not JSON
  }
}
