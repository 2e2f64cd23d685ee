import { Counter, Gauge, type Registry } from '@prometheus-io/client'
import type { NewsSentiment } from '../../services/news/news-sentiment.ts'
import { addGauge } from './gauge.ts'

/** What alerts look at. */
const watched = [
  'ok',
  'NEWS_KEY_REFUSED',
  'NEWS_DEMO_KEY',
  'NEWS_PREMIUM_ONLY',
  'NEWS_CALL_REFUSED',
  'NEWS_UPSTREAM_FAULT',
  'NEWS_UPSTREAM_TIMEOUT'
]

export type NewsMetrics = ReturnType<typeof createNewsMetrics>

/** What is counted of questions about news and of what they cost. */
export function createNewsMetrics(registry: Registry) {
  const registers = [registry]
  const questions = new Counter({
    name: 'finance_news_questions_total',
    help: 'Questions about news, by how their news was found: hit, miss, stale or error.',
    labelNames: ['cache'],
    registers
  })
  const calls = new Counter({
    name: 'finance_news_upstream_calls_total',
    help: 'Calls to Alpha Vantage, by outcome: ok, or the code of the error.',
    labelNames: ['outcome'],
    registers
  })

  // From the start, so that the first one counts as an increase.
  for (const outcome of watched) calls.inc({ outcome }, 0)

  return {
    onAnswer: (cache: string) => questions.inc({ cache }),
    onCall: (outcome: string) => calls.inc({ outcome }),
    /** Measures `newsSentiment` whenever somebody asks. */
    watch(newsSentiment: NewsSentiment) {
      new Gauge({
        name: 'finance_news_budget_calls',
        help: 'Calls to Alpha Vantage: spent today; left today, +Inf without a limit; waiting for their turn.',
        labelNames: ['state'],
        registers,
        async collect() {
          const { spent, left, waiting, upstreamLimit } = await newsSentiment.state('')
          // Alpha Vantage knows better: somebody else may use the key.
          const isSpent = upstreamLimit?.code === 'NEWS_QUOTA_SPENT'
          this.set({ state: 'spent' }, spent)
          this.set({ state: 'left' }, isSpent ? 0 : (left ?? Number.POSITIVE_INFINITY))
          this.set({ state: 'waiting' }, waiting)
        }
      })
      addGauge(
        registry,
        'finance_news_upstream_circuit_open',
        'Whether Alpha Vantage is left alone after faults: 1 or 0.',
        () => newsSentiment.health().circuitOpenUntil !== undefined
      )
      addGauge(
        registry,
        'finance_news_store_up',
        'Whether the store, on disk or in Redis, is in reach: 1 or 0.',
        () => !newsSentiment.health().storeIsAway
      )
    }
  }
}
