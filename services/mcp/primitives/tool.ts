import { z } from 'zod'
import { toIsoSeconds } from '../../lib/time.ts'
import type { ContentBlock } from './content.ts'
import { internalErrorMessage, isPublicError, publicMessage } from './errors.ts'
import type { BaseMetadata, RequestContext } from './request-context.ts'

/** A tool, without a word on protocol revisions, SDKs or HTTP. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject>
  extends BaseMetadata {
  /** MCP's hints on what the tool does to the world. */
  annotations: {
    readOnlyHint: boolean
    destructiveHint: boolean
    idempotentHint: boolean
    openWorldHint: boolean
  }
  /** What a token needs for this tool, besides the server's own scope. */
  scopes?: readonly string[]
  /** The `ui://` resource that draws its answers, in hosts of MCP Apps. */
  uiResourceUri?: string
  inputSchema: Input
  outputSchema?: Output
  example?: Example<z.input<Input>>
  handler(input: z.output<Input>, context: RequestContext): Promise<ToolAnswer<Output>>
}

/** A user's question and the arguments with which a model calls the tool to answer it. */
export interface Example<Arguments = Record<string, unknown>> {
  question: string
  arguments: Arguments
}

/** A tool with an example, as each of this server's own tools has. */
export type DocumentedTool = Tool & { example: Example }

/** The hints of a tool that looks things up elsewhere, and changes nothing. */
export const readOnlyLookup = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true
} as const

/** Text for people, further content after it, and the same as data. */
export interface ToolAnswer<Output extends z.ZodObject> {
  text?: string
  content?: ContentBlock[]
  structuredContent?: z.input<Output>
}

/** Checks that a tool's parts fit together. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output> & { example: Example<z.input<Input>> }
): DocumentedTool
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>
): Tool
export function defineTool(tool: object): Tool {
  return tool as Tool
}

/** The result of `tools/call`, the same in every revision of the protocol. */
export interface CallToolResult {
  content: ContentBlock[]
  structuredContent?: Record<string, unknown>
  isError?: true
  _meta?: { code: string; upstream_calls: number; retry_at?: string }
  [key: string]: unknown
}

/**
 * Calls `tool` with what the client sent. Whatever goes wrong becomes a result that says what to do (MCP 2025-11-25,
 * Tools, Error Handling): a model can act on it, where a protocol error would end its turn.
 */
export async function callTool(
  tool: Tool,
  rawArguments: unknown,
  context: RequestContext
): Promise<CallToolResult> {
  const { signal, log, cost } = context
  const failure = (code: string, text: string, retryAt?: number): CallToolResult => ({
    content: [{ type: 'text', text }],
    isError: true,
    _meta: {
      code,
      upstream_calls: cost.upstreamCalls,
      ...(retryAt !== undefined && { retry_at: toIsoSeconds(retryAt) })
    }
  })
  const input = tool.inputSchema.safeParse(rawArguments)
  if (!input.success) {
    return failure(
      'INVALID_ARGUMENTS',
      `The arguments of ${tool.name} do not fit:\n${z.prettifyError(input.error).slice(0, 1000)}\nIt takes ${Object.keys(tool.inputSchema.shape).join(', ')}.`
    )
  }
  try {
    return validateOutput(tool, await tool.handler(input.data, context))
  } catch (error) {
    if (signal.aborted) return failure('CANCELLED', 'The caller has left.')
    if (isPublicError(error)) {
      log.warn({ err: error, tool: tool.name }, 'tool call failed')
      return failure(error.code, publicMessage(error), error.retryAt)
    }
    log.error({ err: error, tool: tool.name }, 'tool call failed unexpectedly')
    return failure('INTERNAL_ERROR', internalErrorMessage)
  }
}

/** Answers that have been checked, and by which tool: a handler may give the same one again. */
const validatedAnswers = new WeakMap<ToolAnswer<z.ZodObject>, { tool: Tool; result: CallToolResult }>()

function validateOutput(tool: Tool, answer: ToolAnswer<z.ZodObject>): CallToolResult {
  const known = validatedAnswers.get(answer)
  if (known?.tool === tool) return known.result
  const { outputSchema } = tool
  const { text, content = [], structuredContent } = answer
  const result: CallToolResult = {
    content: text === undefined ? content : [{ type: 'text', text }, ...content],
    ...(outputSchema && { structuredContent: outputSchema.parse(structuredContent) })
  }
  validatedAnswers.set(answer, { tool, result })
  return result
}
