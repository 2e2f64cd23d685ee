import { z } from 'zod'

/** A whole number. Its default is the example, unless another is given. */
interface IntegerOptions {
  minimum: number
  maximum: number
  description: string
  example?: number
}

const wholeNumber = ({ minimum, maximum }: IntegerOptions) =>
  z
    .string()
    .refine(
      (text) => /^\d+$/.test(text) && Number(text) >= minimum && Number(text) <= maximum,
      `is not a whole number from ${minimum} to ${maximum}`
    )
    .transform(Number)

export const integer = ({ default: value, ...options }: IntegerOptions & { default: number }) =>
  wholeNumber(options)
    .default(value)
    .meta({ description: options.description, examples: [options.example ?? value] })

export const optionalInteger = (options: IntegerOptions & { example: number }) =>
  wholeNumber(options)
    .optional()
    .meta({ description: options.description, examples: [options.example] })

export const port = (defaultPort: number, description: string) =>
  integer({ minimum: 1, maximum: 65535, default: defaultPort, description })

/** A number of requests; 0 is no limit. */
export const limitSetting = (options: { default: number; description: string }) =>
  integer({
    ...options,
    description: `${options.description} 0 is no limit.`,
    minimum: 0,
    maximum: 1_000_000
  })

export const patternSetting = (pattern: RegExp, otherwise = 'has characters that cannot be in it') =>
  z.string().regex(pattern, otherwise)

export const stringSetting = (description: string, example: string) =>
  z
    .string()
    .optional()
    .meta({ description, examples: [example] })

export const oneOf = <const Choices extends readonly string[]>(choices: Choices) =>
  z.enum(choices, `is not one of ${choices.join(', ')}`)

/** A scope, as RFC 6749, section 3.3, has it. */
export const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/

/** What TRUST_PROXY has to be. */
export const trustProxyMessage = 'is neither true, a number of hops, nor a list of addresses and networks'
