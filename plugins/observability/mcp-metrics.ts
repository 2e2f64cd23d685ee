import { Counter, Gauge, type Registry } from '@prometheus-io/client'
import { addGauge } from './gauge.ts'

/** Counts exchanges by era, in all and those under way; what is returned takes note of a new one, and then of its end. */
export function countExchanges(registry: Registry, openSubscriptions: () => number) {
  const registers = [registry]
  const exchanges = new Counter({
    name: 'finance_news_mcp_exchanges_total',
    help: 'POSTs of MCP that were let in, by era: legacy (up to 2025-11-25) or modern (2026-07-28).',
    labelNames: ['era'],
    registers
  })
  const open = new Gauge({
    name: 'finance_news_mcp_open_exchanges',
    help: 'POSTs of MCP that are under way, subscriptions among them, by era.',
    labelNames: ['era'],
    registers
  })
  addGauge(registry, 'finance_news_mcp_open_subscriptions', 'Subscriptions that are open.', openSubscriptions)
  return (era: 'legacy' | 'modern') => {
    exchanges.inc({ era })
    open.inc({ era })
    return () => open.dec({ era })
  }
}
