import type { z } from 'zod'
import { describeError } from '../../lib/logger.ts'
import { toIsoSeconds } from '../../lib/time.ts'
import { formatArgumentErrors, formatIgnored } from './argument-errors.ts'
import type { ContentBlock } from './content.ts'
import { internalErrorMessage, isPublicError, publicMessage } from './errors.ts'
import { readArguments } from './read-arguments.ts'
import type { BaseMetadata, RequestContext } from './request-context.ts'

/** A tool, independent of protocol revision, SDK and HTTP. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject>
  extends BaseMetadata {
  /** MCP's hints on the tool's effects. */
  annotations: {
    readOnlyHint: boolean
    destructiveHint: boolean
    idempotentHint: boolean
    openWorldHint: boolean
  }
  /** The scopes that a token needs besides the server's own. */
  scopes?: readonly string[]
  /** The `ui://` resource that renders the tool's answers in hosts with MCP Apps. */
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

/** The hints of a tool that reads from another system and changes nothing. */
export const readOnlyLookup = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true
} as const

/** A tool's answer: text for people, and the same as data. */
interface ToolAnswer<Output extends z.ZodObject> {
  /** CommonMark that also reads well as plain text. */
  text?: string
  /** Other content after the text. This server's own tools have none, because many clients read only text. */
  content?: ContentBlock[]
  structuredContent?: z.input<Output>
}

/** Makes the compiler check that the parts of a tool match. */
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
 * Calls `tool` with the client's arguments. An error becomes a result that says what to do (MCP 2025-11-25, Tools, Error
 * Handling): a model can act on that, while a protocol error would end its turn.
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
  const { values, unknownKeys } = readArguments(tool.inputSchema, rawArguments)
  const input = tool.inputSchema.safeParse(values, { reportInput: true })
  if (!input.success) {
    const called = { name: tool.name, schema: tool.inputSchema }
    return failure('INVALID_ARGUMENTS', formatArgumentErrors(called, input.error, unknownKeys))
  }
  try {
    const result = validateOutput(tool, await tool.handler(input.data, context))
    return addLine(result, formatIgnored(unknownKeys, Object.keys(tool.inputSchema.shape)))
  } catch (error) {
    if (signal.aborted) return failure('CANCELLED', 'The client disconnected or cancelled the call.')
    if (isPublicError(error)) {
      log.warn({ err: describeError(error), tool: tool.name }, 'tool call failed')
      return failure(error.code, publicMessage(error), error.retryAt)
    }
    log.error({ err: error, tool: tool.name }, 'tool call failed unexpectedly')
    return failure('INTERNAL_ERROR', internalErrorMessage)
  }
}

function validateOutput({ outputSchema }: Tool, answer: ToolAnswer<z.ZodObject>): CallToolResult {
  const { text, content = [], structuredContent } = answer
  return {
    content: text === undefined ? content : [{ type: 'text', text }, ...content],
    ...(outputSchema && { structuredContent: outputSchema.parse(structuredContent) })
  }
}

/** A copy of `result` with a line after its text. */
function addLine(result: CallToolResult, line: string | undefined): CallToolResult {
  if (line === undefined) return result
  const [first, ...others] = result.content
  const content: ContentBlock[] =
    first?.type === 'text'
      ? [{ ...first, text: `${first.text}\n\n${line}` }, ...others]
      : [...result.content, { type: 'text', text: line }]
  return { ...result, content }
}
