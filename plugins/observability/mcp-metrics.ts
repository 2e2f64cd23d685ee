import { Gauge, type Registry } from '@prometheus-io/client'
import type { FinishedToolCall } from '../../services/mcp/protocol/instrumentation.ts'
import type { Era } from '../../services/mcp/protocol/messages.ts'
import { FastCounter, FastHistogram } from './fast-metrics.ts'
import { addGauge } from './gauge.ts'

/** Registers the metrics of tool calls. Returns a function that records one. */
export function countToolCalls(registry: Registry, tools: readonly { name: string }[]) {
  const registers = [registry]
  const calls = new FastCounter({
    name: 'finance_news_tool_calls_total',
    help: 'Tool calls by tool and outcome: ok or the error code.',
    labelNames: ['tool', 'outcome'],
    registers
  })
  const durations = new FastHistogram({
    name: 'finance_news_tool_call_duration_seconds',
    help: 'Duration of tool calls by tool.',
    labelNames: ['tool'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers
  })
  // Start at 0, so that Prometheus sees the first error as an increase.
  for (const { name: tool } of tools) calls.inc({ tool, outcome: 'INTERNAL_ERROR' }, 0)

  const series = new Map(
    tools.map(({ name: tool }) => [
      tool,
      {
        countSuccess: calls.createSeries({ tool, outcome: 'ok' }),
        observeSeconds: durations.createSeries({ tool })
      }
    ])
  )
  return ({ tool, outcome, durationMs }: FinishedToolCall) => {
    const { countSuccess, observeSeconds } = series.get(tool) ?? {}
    if (outcome === 'ok') countSuccess?.()
    else calls.inc({ tool, outcome })
    observeSeconds?.(durationMs / 1000)
  }
}

/** Registers the metrics of exchanges. */
export function countExchanges(registry: Registry, openSubscriptions: () => number) {
  const registers = [registry]
  const exchanges = new FastCounter({
    name: 'finance_news_mcp_exchanges_total',
    help: 'Authorized MCP POSTs by era: legacy (up to 2025-11-25) or modern (2026-07-28).',
    labelNames: ['era'],
    registers
  })
  const open = new Gauge({
    name: 'finance_news_mcp_open_exchanges',
    help: 'Open MCP POSTs, including subscriptions, by era.',
    labelNames: ['era'],
    registers
  })
  addGauge(registry, 'finance_news_mcp_open_subscriptions', 'Open subscriptions.', openSubscriptions)
  const countByEra: Record<Era, () => void> = {
    legacy: exchanges.createSeries({ era: 'legacy' }),
    modern: exchanges.createSeries({ era: 'modern' })
  }
  const count = (era: Era) => countByEra[era]()
  return {
    /** Records an exchange that ends at once. */
    count,
    /** Records the start of an exchange. Returns what records its end. */
    start(era: Era) {
      count(era)
      open.inc({ era })
      return () => open.dec({ era })
    }
  }
}
