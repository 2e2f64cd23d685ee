import type { z } from 'zod'

/** Parses `text` as JSON. Returns `undefined` if it is missing, or does not match `schema`. */
export function parseJson<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined // not JSON
  }
}
