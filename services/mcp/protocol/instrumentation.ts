import {
  type Context,
  context as contexts,
  type Link,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace
} from '@opentelemetry/api'
import type { Caller } from '../../auth/caller.ts'
import type { CallOutcome, McpCall, RequestContext } from '../primitives/request-context.ts'

/** A tool call that has finished; `outcome` is `ok` or the code of the error. */
export interface FinishedToolCall {
  tool: string
  outcome: string
  durationMs: number
}

/** Observes MCP requests: a span for each, its outcome for the log, and metrics of tool calls. */
export class Instrument {
  readonly #isTraced: boolean
  readonly #onToolCall: (call: FinishedToolCall) => void

  /** `onToolCall` is called at the end of each tool call. */
  constructor({ isTraced, onToolCall }: { isTraced: boolean; onToolCall: (call: FinishedToolCall) => void }) {
    this.#isTraced = isTraced
    this.#onToolCall = onToolCall
  }

  /** Runs the handler of a request in a span, and records the outcome. */
  async run<Response extends { result: Record<string, unknown> }>(
    call: McpCall & { meta: unknown },
    context: RequestContext,
    handler: () => Response | Promise<Response>
  ): Promise<Response> {
    const { method, tool } = call
    const startedAt = performance.now()
    const recorded: CallOutcome = { method, tool }
    // Recorded before it runs: if the client disconnects, the HTTP request is logged before the handler ends.
    context.recordCall(recorded)
    let outcome = 'ok'
    return runInSpan(call, context.auth, async (span) => {
      try {
        const response = await handler()
        outcome = findCode(response.result._meta) ?? outcome
        return response
      } catch (error) {
        outcome = findCode(error) ?? 'INTERNAL_ERROR'
        throw error
      } finally {
        Object.assign(recorded, this.#finish(call, { outcome, startedAt }))
        if (outcome !== 'ok') {
          span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', outcome)
        }
        span.end()
      }
    })
  }

  /** Records a request that gets a cached response. It arrived at `startedAt` (`performance.now()`). */
  recordReuse(call: McpCall, request: { meta: unknown; caller: Caller; startedAt: number }): CallOutcome {
    const { meta, caller, startedAt } = request
    if (this.#isTraced) runInSpan({ ...call, meta }, caller, (span) => span.end())
    return this.#finish(call, { outcome: 'ok', startedAt })
  }

  #finish(
    { method, tool }: McpCall,
    { outcome, startedAt }: { outcome: string; startedAt: number }
  ): CallOutcome {
    const durationMs = performance.now() - startedAt
    if (tool !== undefined) this.#onToolCall({ tool, outcome, durationMs })
    return { method, tool, outcome, durationMs }
  }
}

const tracer = trace.getTracer('finance-news-mcp')

/** Runs `work` in a span named by OpenTelemetry's conventions for MCP. Costs nothing while tracing is off. */
function runInSpan<T>(
  { method, tool, meta }: McpCall & { meta: unknown },
  caller: Caller,
  work: (span: Span) => T
): T {
  const { parent, links } = extractParent(meta)
  const attributes = {
    'mcp.method.name': method,
    'enduser.id': caller.subject,
    ...(tool !== undefined && { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool })
  }
  const name = tool === undefined ? method : `${method} ${tool}`
  return tracer.startActiveSpan(name, { kind: SpanKind.SERVER, attributes, links }, parent, work)
}

/**
 * Finds the trace that a request belongs to. If its `_meta` names one (MCP 2026-07-28, SEP-414), it is that, with a
 * link to the span of the HTTP request, which may carry several MCP requests. Otherwise it is the HTTP request's.
 */
function extractParent(meta: unknown): { parent: Context; links: Link[] } {
  const active = contexts.active()
  const { traceparent, tracestate } = Object(meta) as Record<string, unknown>
  if (typeof traceparent !== 'string') return { parent: active, links: [] }
  const carrier = { traceparent, ...(typeof tracestate === 'string' && { tracestate }) }
  const httpSpan = trace.getSpanContext(active)
  const parent = propagation.extract(trace.deleteSpan(active), carrier)
  if (!trace.getSpanContext(parent)) return { parent: active, links: [] }
  return { parent, links: httpSpan ? [{ context: httpSpan }] : [] }
}

function findCode(value: unknown): string | undefined {
  const { code } = Object(value) as { code?: unknown }
  return code === undefined ? undefined : String(code)
}
