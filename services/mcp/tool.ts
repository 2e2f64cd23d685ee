import { z } from 'zod'
import type { Caller } from '../access-tokens.ts'
import type { Logger } from '../logger.ts'

/** What a tool's handler knows of the call besides its input. */
export interface CallContext {
  auth: Caller
  /** Aborted when the caller has left. */
  signal: AbortSignal
  /** Tells a caller who asked for it how far the call is. */
  reportProgress(progress: { progress: number; total: number; message: string }): Promise<void>
  log: Logger
}

/** A tool, without a word on protocol revisions, SDKs or HTTP. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  name: string
  title: string
  /** For the model that decides whether to call it. */
  description: string
  /** MCP's hints on what the tool does to the world. */
  annotations: {
    readOnlyHint: boolean
    destructiveHint: boolean
    idempotentHint: boolean
    openWorldHint: boolean
  }
  /** What a token needs for this tool, besides the server's own scope. */
  scopes?: readonly string[]
  inputSchema: Input
  outputSchema: Output
  /** Answers with text for people, and with the same as data. */
  handler(
    input: z.output<Input>,
    context: CallContext
  ): Promise<{ text: string; structuredContent: z.output<Output> }>
}

/** Checks that a tool's parts fit together. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  tool: Tool<Input, Output>
): Tool {
  return tool as unknown as Tool
}

/** The result of `tools/call`, the same in every revision of the protocol. */
export interface CallToolResult {
  content: { type: 'text'; text: string }[]
  structuredContent?: Record<string, unknown>
  isError?: true
  _meta?: { code: string }
  [key: string]: unknown
}

/**
 * Calls `tool` with what the client sent. Whatever goes wrong becomes a result that says what to do (MCP 2025-11-25,
 * Tools, Error Handling): a model can act on it, where a protocol error would end its turn.
 */
export async function callTool(tool: Tool, sent: unknown, context: CallContext): Promise<CallToolResult> {
  const input = tool.inputSchema.safeParse(sent)
  if (!input.success) {
    return failure(
      'INVALID_ARGUMENTS',
      `The arguments of ${tool.name} do not fit:\n${z.prettifyError(input.error).slice(0, 1000)}`
    )
  }
  try {
    const { text, structuredContent } = await tool.handler(input.data, context)
    return {
      content: [{ type: 'text', text }],
      structuredContent: tool.outputSchema.parse(structuredContent)
    }
  } catch (error) {
    if (context.signal.aborted) return failure('CANCELLED', 'The caller has left.')
    if (isForPeople(error)) {
      context.log.warn({ err: error, tool: tool.name }, 'tool call failed')
      return failure(error.code, error.message)
    }
    context.log.error({ err: error, tool: tool.name }, 'tool call failed unexpectedly')
    return failure(
      'INTERNAL_ERROR',
      'Something went wrong in this server. The operator finds the reason in its log.'
    )
  }
}

/** Errors with a code and a status, as `@fastify/error` makes them, carry messages that are meant for the caller. */
function isForPeople(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && 'statusCode' in error
}

function failure(code: string, text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true, _meta: { code } }
}
