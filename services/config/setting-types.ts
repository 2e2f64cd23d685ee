import { z } from 'zod'

/** A whole number from `min` to `max`. Without `example`, the default is the example. */
export const integerSetting = (
  defaultValue: number,
  min: number,
  max: number,
  description: string,
  example = defaultValue
) =>
  wholeNumber(min, max)
    .default(defaultValue)
    .meta({ description, examples: [example] })

/** A whole number from `min` to `max`, or `undefined`. */
export const optionalIntegerSetting = (min: number, max: number, description: string, example: number) =>
  wholeNumber(min, max)
    .optional()
    .meta({ description, examples: [example] })

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max,
      `is not a whole number from ${min} to ${max}`
    )
    .transform(Number)

export const portSetting = (defaultValue: number, description: string) =>
  integerSetting(defaultValue, 1, 65_535, description)

/** A whole number from 0 to 1,000,000; 0 means no limit. */
export const limitSetting = (defaultValue: number, description: string) =>
  integerSetting(defaultValue, 0, 1_000_000, `${description} 0 means no limit.`)

/** An optional text. */
export const stringSetting = (description: string, example: string) =>
  z
    .string()
    .optional()
    .meta({ description, examples: [example] })

/** A text that matches `pattern`; `message` completes the sentence "NAME …". */
export const patternSetting = (pattern: RegExp, message = 'has characters that are not allowed in it') =>
  z.string().regex(pattern, message)

export const choiceSetting = <const Choices extends readonly string[]>(choices: Choices) =>
  z.enum(choices, `is not one of ${choices.join(', ')}`)

/** The scope-token of RFC 6749, section 3.3. */
export const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/

export const trustProxyMessage = 'is not true, false, a number of hops, or a list of addresses and networks'
