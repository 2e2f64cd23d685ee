import type { z } from 'zod'
import { formatArgumentErrors } from './argument-errors.ts'
import type { Complete } from './completion.ts'
import type { ContentBlock } from './content.ts'
import { invalidParams, withRpcErrors } from './errors.ts'
import { readArguments } from './read-arguments.ts'
import type { BaseMetadata, RequestContext } from './request-context.ts'

/** A message that a prompt adds to the conversation. */
export interface PromptMessage {
  role: 'user' | 'assistant'
  content: ContentBlock
}

type PromptArguments = z.ZodObject<Record<string, z.ZodType<unknown, string | undefined>>>

/** A prompt, independent of protocol revision, SDK and HTTP. */
export interface Prompt<Arguments extends PromptArguments = PromptArguments> extends BaseMetadata {
  /** The scopes that a token needs besides the server's own. */
  scopes?: readonly string[]
  /** Clients send every argument as a string. */
  argumentsSchema: Arguments
  /** Suggests values for arguments. */
  complete?: { [name in keyof Arguments['shape']]?: Complete }
  messages(input: z.output<Arguments>, context: RequestContext): PromptMessage[] | Promise<PromptMessage[]>
}

/** Makes the compiler check that the parts of a prompt match. */
export function definePrompt<Arguments extends PromptArguments>(prompt: Prompt<Arguments>): Prompt {
  return prompt as unknown as Prompt
}

/** Describes a prompt's arguments for `prompts/list`. */
export function describeArguments({ argumentsSchema }: Prompt) {
  return Object.entries(argumentsSchema.shape).map(([name, schema]) => ({
    name,
    ...(schema.description !== undefined && { description: schema.description }),
    required: !schema.safeParse(undefined).success
  }))
}

/** Returns the result of `prompts/get`. @throws {RequestError} -32602 if the arguments are invalid. */
export function getPrompt(prompt: Prompt, rawArguments: unknown, context: RequestContext) {
  return withRpcErrors('prompt', context, async () => {
    const { name, argumentsSchema: schema } = prompt
    const { values, unknownKeys } = readArguments(schema, rawArguments)
    const input = schema.safeParse(values, { reportInput: true })
    if (!input.success) throw invalidParams(formatArgumentErrors({ name, schema }, input.error, unknownKeys))
    return { description: prompt.description, messages: await prompt.messages(input.data, context) }
  })
}
