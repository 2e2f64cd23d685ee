import { Counter, Gauge, type Registry } from '@prometheus-io/client'
import type { NewsSentiment } from '../../services/news/news-sentiment.ts'
import { FastCounter } from './fast-metrics.ts'
import { addGauge } from './gauge.ts'

/** The outcomes of upstream calls that alerts watch (deploy/alerts.yml). */
const alertedOutcomes = [
  'ok',
  'NEWS_KEY_REFUSED',
  'NEWS_DEMO_KEY',
  'NEWS_PREMIUM_ONLY',
  'NEWS_CALL_REFUSED',
  'NEWS_UPSTREAM_FAULT',
  'NEWS_UPSTREAM_TIMEOUT'
]

export type NewsMetrics = ReturnType<typeof createNewsMetrics>

/** Counts requests for news and the upstream calls that they cost. */
export function createNewsMetrics(registry: Registry) {
  const registers = [registry]
  const questions = new FastCounter({
    name: 'finance_news_questions_total',
    help: 'Requests for news by cache result: hit, miss, stale or error.',
    labelNames: ['cache'],
    registers
  })
  const countHit = questions.createSeries({ cache: 'hit' })
  const calls = new Counter({
    name: 'finance_news_upstream_calls_total',
    help: 'Calls to Alpha Vantage by outcome: ok or the error code.',
    labelNames: ['outcome'],
    registers
  })

  // Start at 0, because Prometheus sees no increase in the first value of a series.
  for (const outcome of alertedOutcomes) calls.inc({ outcome }, 0)

  return {
    onAnswer: (cache: string) => (cache === 'hit' ? countHit() : questions.inc({ cache })),
    onCall: (outcome: string) => calls.inc({ outcome }),
    /** Adds gauges that read the state of `newsSentiment` when metrics are collected. */
    observe(newsSentiment: NewsSentiment) {
      new Gauge({
        name: 'finance_news_budget_calls',
        help: 'Calls to Alpha Vantage by state: spent today, left today (+Inf without a limit), waiting for their turn.',
        labelNames: ['state'],
        registers,
        async collect() {
          const { spent, left, waiting, upstreamLimit } = await newsSentiment.state('')
          // Alpha Vantage may count more calls than this server, because others can use the same key.
          const isQuotaSpent = upstreamLimit?.code === 'NEWS_QUOTA_SPENT'
          this.set({ state: 'spent' }, spent)
          this.set({ state: 'left' }, isQuotaSpent ? 0 : (left ?? Number.POSITIVE_INFINITY))
          this.set({ state: 'waiting' }, waiting)
        }
      })
      addGauge(
        registry,
        'finance_news_upstream_circuit_open',
        'Whether calls to Alpha Vantage are paused after repeated failures: 1 or 0.',
        () => newsSentiment.health().circuitOpenUntil !== undefined
      )
      addGauge(
        registry,
        'finance_news_store_up',
        'Whether the store (disk or Redis) is available: 1 or 0.',
        () => !newsSentiment.health().storeIsAway
      )
    }
  }
}
