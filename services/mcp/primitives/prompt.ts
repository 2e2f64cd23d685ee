import { z } from 'zod'
import type { Complete } from './completion.ts'
import type { ContentBlock } from './content.ts'
import { invalidParams, withRpcErrors } from './errors.ts'
import type { BaseMetadata, RequestContext } from './request-context.ts'

/** A message that a prompt puts before the model. */
export interface PromptMessage {
  role: 'user' | 'assistant'
  content: ContentBlock
}

type PromptArguments = z.ZodObject<Record<string, z.ZodType<unknown, string | undefined>>>

/** A prompt, without a word on protocol revisions, SDKs or HTTP. */
export interface Prompt<Arguments extends PromptArguments = PromptArguments> extends BaseMetadata {
  /** What a token needs for this prompt, besides the server's own scope. */
  scopes?: readonly string[]
  /** Every argument is sent as a string; its description is the schema's. */
  argumentsSchema: Arguments
  /** Suggests values for arguments. */
  complete?: { [name in keyof Arguments['shape']]?: Complete }
  messages(input: z.output<Arguments>, context: RequestContext): PromptMessage[] | Promise<PromptMessage[]>
}

/** Checks that a prompt's parts fit together. */
export function definePrompt<Arguments extends PromptArguments>(prompt: Prompt<Arguments>): Prompt {
  return prompt as unknown as Prompt
}

/** The arguments of a prompt as lists tell them. */
export function describeArguments({ argumentsSchema }: Prompt) {
  return Object.entries(argumentsSchema.shape).map(([name, schema]) => ({
    name,
    ...(schema.description !== undefined && { description: schema.description }),
    required: !schema.safeParse(undefined).success
  }))
}

/** The result of `prompts/get`. @throws {RequestError} -32602 when the arguments do not fit. */
export function getPrompt(prompt: Prompt, sent: unknown, context: RequestContext) {
  return withRpcErrors('a prompt', context, async () => {
    const input = prompt.argumentsSchema.safeParse(sent)
    if (!input.success) {
      throw invalidParams(
        `The arguments of ${prompt.name} do not fit:\n${z.prettifyError(input.error).slice(0, 1000)}`
      )
    }
    return { description: prompt.description, messages: await prompt.messages(input.data, context) }
  })
}
