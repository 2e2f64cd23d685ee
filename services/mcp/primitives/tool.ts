import { z } from 'zod'
import { iso } from '../../lib/time.ts'
import type { ContentBlock } from './content.ts'
import { isForPeople, textOf, unforeseen } from './errors.ts'
import type { Described, RequestContext } from './request-context.ts'

/** A tool, without a word on protocol revisions, SDKs or HTTP. */
export interface Tool<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject>
  extends Described {
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
  pageUri?: string
  inputSchema: Input
  outputSchema?: Output
  example?: Example<z.input<Input>>
  handler(input: z.output<Input>, context: RequestContext): Promise<ToolAnswer<Output>>
}

/** A question as people put it, the call that a model makes of it, and the text that the call is answered with. */
export interface Example<Arguments = Record<string, unknown>> {
  question: string
  arguments: Arguments
  answer: string
}

/** A tool that says what it does by an example, too, as those that this server offers itself. */
export type ShownTool = Tool & { example: Example }

/** The hints of a tool that looks things up elsewhere, and changes nothing. */
export const looksUp = {
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
): ShownTool
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
export async function callTool(tool: Tool, sent: unknown, context: RequestContext): Promise<CallToolResult> {
  const { signal, log, spent } = context
  const failure = (code: string, text: string, retryAt?: number): CallToolResult => ({
    content: [{ type: 'text', text }],
    isError: true,
    _meta: {
      code,
      upstream_calls: spent.upstreamCalls,
      ...(retryAt !== undefined && { retry_at: iso(retryAt) })
    }
  })
  const input = tool.inputSchema.safeParse(sent)
  if (!input.success) {
    return failure(
      'INVALID_ARGUMENTS',
      `The arguments of ${tool.name} do not fit:\n${z.prettifyError(input.error).slice(0, 1000)}\nIt takes ${Object.keys(tool.inputSchema.shape).join(', ')}.`
    )
  }
  try {
    return check(tool, await tool.handler(input.data, context))
  } catch (error) {
    if (signal.aborted) return failure('CANCELLED', 'The caller has left.')
    if (isForPeople(error)) {
      log.warn({ err: error, tool: tool.name }, 'tool call failed')
      return failure(error.code, textOf(error), error.retryAt)
    }
    log.error({ err: error, tool: tool.name }, 'tool call failed unexpectedly')
    return failure('INTERNAL_ERROR', unforeseen)
  }
}

/** Answers that have been checked, and by which tool: a handler may give the same one again. */
const checked = new WeakMap<ToolAnswer<z.ZodObject>, { tool: Tool; result: CallToolResult }>()

function check(tool: Tool, answer: ToolAnswer<z.ZodObject>): CallToolResult {
  const known = checked.get(answer)
  if (known?.tool === tool) return known.result
  const { outputSchema } = tool
  const { text, content = [], structuredContent } = answer
  const result: CallToolResult = {
    content: text === undefined ? content : [{ type: 'text', text }, ...content],
    ...(outputSchema && { structuredContent: outputSchema.parse(structuredContent) })
  }
  checked.set(answer, { tool, result })
  return result
}
