import fc from 'fast-check'
import { topics } from '../../services/alpha-vantage/topics.ts'
import { type ScoredArticle, scoreArticles } from '../../services/analysis/weighting.ts'
import { dayMs, hourMs } from '../../services/lib/time.ts'
import type { Window } from '../../services/news/window.ts'
import { newerArticle, read } from './feeds.ts'

/** The end of the windows in tests of the arithmetic: milliseconds since 1970. */
export const windowEnd = Date.parse('2026-10-21T12:00:00Z')
export const toWindow = (lengthMs: number): Window => ({ from: windowEnd - lengthMs, to: windowEnd })
export const hoursAgo = (hours: number) => new Date(windowEnd - hours * hourMs).toISOString()

/** Whether two numbers differ by rounding only. */
export const isClose = (a: number | undefined, b: number | undefined) =>
  a === b || (a !== undefined && b !== undefined && Math.abs(a - b) < 1e-9)

/**
 * Three articles for the arithmetic worked out by hand. Ages of 0, 12 and 24 hours: with a half-life of 12 hours the
 * weights are 1, 1/2 and 1/4.
 */
export const workedExample = scoreArticles(
  read(
    newerArticle({ at: hoursAgo(0), about: { AAPL: [1, 0.4] }, source: 'A', topics: { earnings: 1 } }),
    newerArticle({
      at: hoursAgo(12),
      about: { AAPL: [1, -0.2] },
      source: 'B',
      topics: { earnings: 0.3, technology: 0.1 }
    }),
    newerArticle({ at: hoursAgo(24), about: { AAPL: [1, 0.8] }, source: 'B', topics: {} })
  ),
  'AAPL'
)

/** Articles about one ticker, with relevance 1. */
export const scoreAt = (...scores: [at: string, score: number][]) =>
  scoreArticles(
    read(...scores.map(([at, score]) => newerArticle({ at, about: { AAPL: [1, score] } }))),
    'AAPL'
  )

interface Sample {
  window: Window
  scored: ScoredArticle[]
}

/** Up to 12 articles in a window of up to 30 days. */
const samples = fc
  .record({
    length: fc.integer({ min: hourMs, max: 30 * dayMs }),
    articles: fc.array(
      fc.record({
        age: fc.double({ min: 0, max: 1, noNaN: true }),
        relevance: fc.double({ min: 0.0001, max: 1, noNaN: true }),
        score: fc.double({ min: -1, max: 1, noNaN: true }),
        source: fc.constantFrom('A', 'B', 'C'),
        topics: fc.dictionary(fc.constantFrom(...topics), fc.double({ min: 0.01, max: 1, noNaN: true }), {
          maxKeys: 3
        }),
        title: fc.constantFrom(
          'one two three four',
          'one two three four five',
          'six seven eight nine',
          'two words'
        )
      }),
      { maxLength: 12 }
    )
  })
  .map(({ length, articles }): Sample => {
    const parsed = articles.map(({ age, relevance, score, ...fields }) =>
      newerArticle({
        ...fields,
        at: new Date(windowEnd - Math.floor((age * length) / 1000) * 1000).toISOString(),
        about: { AAPL: [relevance, score] },
        summary: ''
      })
    )
    return { window: toWindow(length), scored: scoreArticles(read(...parsed), 'AAPL') }
  })

/** Fails if `property` does not hold for one of 300 random samples. */
export function checkProperty(property: (sample: Sample) => boolean) {
  fc.assert(fc.property(samples, property), { numRuns: 300 })
}
