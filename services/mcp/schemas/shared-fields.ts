import type { z } from 'zod'

/**
 * Marks fields that several tools return. `news:///method` describes them once; the published schemas do not describe
 * them, because hosts send those to the model in each conversation.
 */
export function defineSharedFields<Shape extends Record<string, z.ZodType>>(shape: Shape): Shape {
  const fields = Object.entries(shape).map(([name, field]) => [name, field.meta({ isShared: true })])
  return Object.fromEntries(fields)
}
