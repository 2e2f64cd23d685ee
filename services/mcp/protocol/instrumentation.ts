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
// biome-ignore lint/style/noRestrictedImports: the counters move to plugins/observability/mcp-metrics.ts
import { Counter, Histogram, type Registry } from '@prometheus-io/client'
import type { CallOutcome, McpCall, RequestContext } from '../primitives/request-context.ts'

/** Runs what answers a request of MCP. */
export type Instrument = ReturnType<typeof createInstrumentation>

/** Watches how requests of MCP go: measures the calls of tools, traces, and leaves a note for the log. */
export function createInstrumentation(registry: Registry, tools: readonly { name: string }[]) {
  const registers = [registry]
  const calls = new Counter({
    name: 'finance_news_tool_calls_total',
    help: 'Calls of tools by name and outcome: ok, or the code of the error.',
    labelNames: ['tool', 'outcome'],
    registers
  })
  const durations = new Histogram({
    name: 'finance_news_tool_call_duration_seconds',
    help: 'How long calls of tools took, by name.',
    labelNames: ['tool'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers
  })

  // From the start, so that the first one counts as an increase.
  for (const { name: tool } of tools) calls.inc({ tool, outcome: 'INTERNAL_ERROR' }, 0)

  return async function observe<Answered extends { result: Record<string, unknown> }>(
    asked: McpCall & { meta: unknown },
    context: RequestContext,
    run: () => Answered | Promise<Answered>
  ): Promise<Answered> {
    const { method, tool } = asked
    const startedAt = performance.now()
    const noted: CallOutcome = { method, tool }
    // At once: who leaves early is told of in the log before the request has ended.
    context.recordCall(noted)
    let outcome = 'ok'
    return inSpan(asked, context, async (span) => {
      try {
        const answered = await run()
        outcome = resultCode(answered.result._meta) ?? outcome
        return answered
      } catch (error) {
        outcome = resultCode(error) ?? 'INTERNAL_ERROR'
        throw error
      } finally {
        const durationMs = performance.now() - startedAt
        if (tool !== undefined) {
          calls.inc({ tool, outcome })
          durations.observe({ tool }, durationMs / 1000)
        }
        Object.assign(noted, { outcome, durationMs })
        if (outcome !== 'ok') {
          span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', outcome)
        }
        span.end()
      }
    })
  }
}

const tracer = trace.getTracer('finance-news-mcp')

/** Runs `work` in a span, named as OpenTelemetry's conventions for MCP have it; it costs nothing where nobody traces. */
function inSpan<T>(
  { method, tool, meta }: McpCall & { meta: unknown },
  { auth }: RequestContext,
  work: (span: Span) => Promise<T>
): Promise<T> {
  const { parent, links } = extractParent(meta)
  const attributes = {
    'mcp.method.name': method,
    'enduser.id': auth.subject,
    ...(tool !== undefined && { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool })
  }
  const name = tool === undefined ? method : `${method} ${tool}`
  return tracer.startActiveSpan(name, { kind: SpanKind.SERVER, attributes, links }, parent, work)
}

/**
 * The trace that a request belongs to: the one that its `_meta` names (MCP 2026-07-28, SEP-414), with a link to that
 * of the HTTP request, else the latter. An HTTP request may carry several of MCP.
 */
function extractParent(meta: unknown): { parent: Context; links: Link[] } {
  const active = contexts.active()
  const { traceparent, tracestate } = Object(meta) as Record<string, unknown>
  if (typeof traceparent !== 'string') return { parent: active, links: [] }
  const carrier = { traceparent, ...(typeof tracestate === 'string' && { tracestate }) }
  const around = trace.getSpanContext(active)
  const parent = propagation.extract(trace.deleteSpan(active), carrier)
  if (!trace.getSpanContext(parent)) return { parent: active, links: [] }
  return { parent, links: around ? [{ context: around }] : [] }
}

function resultCode(value: unknown): string | undefined {
  const { code } = Object(value) as { code?: unknown }
  return code === undefined ? undefined : String(code)
}
