import { newerArticle, olderArticle, toFeed } from './feeds.ts'

/** The end of the example's window. */
export const asOf = '2026-10-21T12:00:00Z'
/** The arguments that select its window: one day, both ends included. */
export const day = { since: '24h', as_of: asOf }

export const noon = olderArticle({
  at: asOf,
  about: { AAPL: [1, 0.4], MSFT: [0.2, 0.1] },
  title: 'Apple opens four new stores today',
  source: 'A',
  topics: { earnings: 1 }
})
export const midnight = newerArticle({
  at: '2026-10-21T00:00:00Z',
  about: { AAPL: [1, -0.2] },
  source: 'B',
  topics: { earnings: 0.3, technology: 0.1 }
})
export const dayBefore = newerArticle({
  at: '2026-10-20T12:00:00Z',
  about: { AAPL: [1, 0.8] },
  source: 'B',
  topics: { technology: 1 }
})
export const unscored = newerArticle({ at: '2026-10-21T06:00:00Z', about: { TSLA: [1, -0.9] } })
/** One second before the window. */
export const tooEarly = newerArticle({ at: '2026-10-20T11:59:59Z', about: { AAPL: [1, -1] } })
/** One second after the window. */
export const tooLate = newerArticle({ at: '2026-10-21T12:00:01Z', about: { AAPL: [1, -1] } })

/** Articles in both formats of Alpha Vantage, newest first. */
export const workedFeed = toFeed(tooLate, noon, unscored, midnight, dayBefore, tooEarly)

/**
 * The sentiment of AAPL in the example's window, worked out by hand. Three articles score the ticker, each a story of its
 * own, with ages of 0, 12 and 24 hours. The half-life for a day is 12 hours, so the weights u are 1, 1/2 and 1/4, and
 * Σ u = 1.75.
 *
 * - Score: S = (1·0.4 − 1/2·0.2 + 1/4·0.8) / 1.75 = 0.5 / 1.75 = 0.2857
 * - Effective stories: n' = 1.75² / (1 + 1/4 + 1/16) = 3.0625 / 1.3125 = 2.3333
 * - Dispersion: D² = (1·0.1143² + 1/2·0.4857² + 1/4·0.5143²) / 1.75 = 0.1971 / 1.75 = 0.1127; D = 0.3356
 * - Standard error: s² = (2·0.2² + 2.3333·0.1127) / 3.3333 = 0.3429 / 3.3333 = 0.1029; √(0.1029 / 2.3333) = 0.2100
 * - Interval: ν = 2.3333 + 1, rounded down: 3; t = 3.1824; 0.2857 ± 3.1824 · 0.20996 = 0.2857 ± 0.6682
 * - Breadth: (2 bullish − 1 bearish) / 3 = 0.3333; share of source A: 1 / 1.75 = 0.5714
 */
export const workedSentiment = {
  status: 'ok',
  score: 0.2857,
  low: -0.3825,
  high: 0.9539,
  label: 'Somewhat-Bullish',
  side: 'unclear',
  label_is_certain: false,
  articles: 3,
  stories: 3,
  effective_stories: 2.3333,
  degrees_of_freedom: 3,
  dispersion: 0.3356,
  standard_error: 0.21,
  bullish: 2,
  neutral: 0,
  bearish: 1,
  breadth: 0.3333,
  articles_unscored: 1,
  largest_source: { source: 'A', share: 0.5714 }
}

/** ISO 8601. */
export const minutesBefore = (minutes: number, end = asOf) =>
  new Date(Date.parse(end) - minutes * 60_000).toISOString()

/** For the option `about` of an article on AAPL alone. */
export const scoreApple = (score: number, relevance = 1) => ({
  AAPL: [relevance, score] as [relevance: number, score: number]
})

export const toTitle = ({ title }: { title?: unknown }) => title
