import t from 'tap'
import {
  type Bucket,
  buildTrend,
  compareHalves,
  findLargestChange
} from '../../../services/analysis/trend.ts'
import type { ScoredArticle } from '../../../services/analysis/weighting.ts'
import { scoreArticles } from '../../../services/analysis/weighting.ts'
import { dayMs } from '../../../services/lib/time.ts'
import { newerArticle, read } from '../../support/feeds.ts'
import { checkProperty, isClose, scoreAt, windowEnd } from '../../support/scored-articles.ts'

/** Articles on one ticker with relevance 1, each with a title of its own, an hour apart. */
const on = (date: string, ...scores: number[]): ScoredArticle[] =>
  scoreAt(...scores.map((score, hour): [string, number] => [`${date}T0${hour}:00:00Z`, score]))
const since = (date: string) => ({ from: Date.parse(`${date}T00:00:00Z`), to: windowEnd })
const isNear = (actual: number | undefined, expected: number) =>
  Math.abs((actual ?? Number.NaN) - expected) < 5e-5

t.test('daily trend: value is null on days without news, score is null below three stories', async (t) => {
  const scored = scoreArticles(
    read(
      newerArticle({ at: '2026-10-18T00:00:00Z', about: { AAPL: [0.5, 0.2] } }),
      newerArticle({ at: '2026-10-18T23:59:59Z', about: { AAPL: [1, -0.4] } }),
      newerArticle({ at: '2026-10-20T10:00:00Z', about: { AAPL: [0.4, 0.3] } }),
      newerArticle({ at: '2026-10-20T11:00:00Z', about: { AAPL: [0.4, 0.6] } }),
      newerArticle({ at: '2026-10-20T12:00:00Z', about: { AAPL: [0.2, 0.9] } })
    ),
    'AAPL'
  )

  const days = buildTrend(scored, since('2026-10-18'), 'day')

  t.same(
    days.map(({ from, value, score, articles }) => [
      new Date(from).toISOString().slice(0, 10),
      value,
      score !== null,
      articles
    ]),
    [
      // (0.5·0.2 − 1·0.4) / 1.5 = −0.2
      ['2026-10-18', -0.2, false, 2],
      ['2026-10-19', null, false, 0],
      // (0.4·0.3 + 0.4·0.6 + 0.2·0.9) / 1 = 0.54
      ['2026-10-20', 0.54, true, 3],
      ['2026-10-21', null, false, 0]
    ]
  )
  t.equal(findLargestChange(days), null, 'no neighbors with a score')
})

t.test('copies of a story on one day count once for that day', async (t) => {
  const title = 'one two three four five'
  const scored = scoreArticles(
    read(
      newerArticle({ at: '2026-10-20T10:00:00Z', about: { AAPL: [1, 0.2] }, title }),
      newerArticle({ at: '2026-10-20T11:00:00Z', about: { AAPL: [1, 0.4] }, title }),
      newerArticle({ at: '2026-10-20T12:00:00Z', about: { AAPL: [1, -0.1] } })
    ),
    'AAPL'
  )

  const [day] = buildTrend(scored, since('2026-10-20'), 'day')

  t.match(day, { articles: 3, score: null })
  // Stories with 0.3 and −0.1, of the same weight.
  t.ok(isClose(day?.value ?? 0, 0.1))
})

t.test('weekly trend: weeks begin on Monday', async (t) => {
  const weeks = buildTrend([], { from: Date.parse('2026-10-18T12:00:00Z'), to: windowEnd }, 'week')

  t.same(
    weeks.map(({ from, to: end }) => [from, end].map((time) => new Date(time).toISOString().slice(0, 10))),
    [
      ['2026-10-12', '2026-10-19'],
      ['2026-10-19', '2026-10-26']
    ]
  )
})

/** Two days of four stories each: D = 0.0707, s = 0.1414, SE = 0.0707 and ν = 5 on both. */
const step = [...on('2026-10-20', 0.1, 0, 0.2, 0.1), ...on('2026-10-21', 0.6, 0.5, 0.4, 0.5)]

t.test('largest change, worked out by hand: compared as one of all neighbors', async (t) => {
  const quiet = ['2026-10-15', '2026-10-16', '2026-10-17', '2026-10-18', '2026-10-19'].flatMap((date) =>
    on(date, 0.1, 0, 0.2, 0.1)
  )

  const change = findLargestChange(buildTrend([...quiet, ...step], since('2026-10-15'), 'day'))

  // m = 6: 3.2768 · 0.1
  t.ok(isClose(change?.difference, 0.4))
  t.ok(isNear(change?.uncertainty, 0.3277))
  t.equal(change?.isClear, true)
  t.ok(isNear(change?.before.score?.standardError, 0.0707))
  t.equal(change?.before.score?.degreesOfFreedom, 5)
  // A quarter of each score's distance from 0.1.
  t.same(
    change?.effects.map(({ effect }) => Number(effect.toFixed(6))),
    [0.125, 0.1, 0.1, 0.075]
  )
})

t.test('largest change: only between days that follow each other, and may be a fall', async (t) => {
  const scored = [
    ...on('2026-10-17', 0.9, 0.9, 0.9),
    ...on('2026-10-19', 0, 0.1, 0.2),
    ...on('2026-10-20', -0.1, -0.2, -0.3),
    ...on('2026-10-21', -0.1, -0.9)
  ]

  const change = findLargestChange(buildTrend(scored, since('2026-10-17'), 'day'))

  t.ok(isClose(change?.difference, -0.3))
  t.ok(isClose(change?.before.value ?? 0, 0.1))
  // Three stories each: D = .0816, s = .1581, SE = .0913 and ν = 4; 2.3060 · .1291 with ν = 8
  t.ok(isNear(change?.uncertainty, 0.2977))
  t.equal(findLargestChange(buildTrend(scored, since('2026-10-20'), 'day')), null)
})

t.test('halves, worked out by hand: the second day against the first', async (t) => {
  const halves = compareHalves(step, buildTrend(step, since('2026-10-20'), 'day'))

  // 2.2281 · 0.1
  t.ok(isClose(halves?.change?.difference, 0.4))
  t.ok(isNear(halves?.change?.uncertainty, 0.2228))
  t.equal(halves?.change?.isClear, true)
})

t.test(
  'halves: the middle of an odd number of days is left out, and copies are counted within a half',
  async (t) => {
    const title = 'one two three four five'
    const copy = (at: string) => newerArticle({ at, about: { AAPL: [1, 0.5] }, title })
    const scored = [
      ...scoreArticles(read(copy('2026-10-19T20:00:00Z'), copy('2026-10-20T02:00:00Z')), 'AAPL'),
      ...on('2026-10-18', 0.1, 0.2),
      ...on('2026-10-21', 0.3, 0.3, 0.3)
    ]

    const days = buildTrend(scored, since('2026-10-17'), 'day')
    const halves = compareHalves(scored, days)

    t.equal(days.length, 5)
    t.match(halves, {
      first: { from: days[0]?.from, to: days[1]?.to, articles: 2, score: null },
      second: { from: days[3]?.from, to: days[4]?.to, articles: 4 },
      change: null
    })
    t.equal(halves?.second.stories.length, 4, 'the copy of the middle day does not count')
    t.equal(compareHalves(scored, days.slice(0, 1)), null)
  }
)

t.test('window that ends at midnight: includes the day that begins then', async (t) => {
  const end = '2026-10-21T00:00:00Z'
  const days = buildTrend(
    scoreAt([end, 0.3], ['2026-10-20T10:00:00Z', 0.1]),
    { from: Date.parse(end) - dayMs, to: Date.parse(end) },
    'day'
  )
  t.same(
    days.map(({ value }) => value),
    [0.1, 0.3]
  )
})

t.test('property: every article is in exactly one day, and effects sum to the change', async () => {
  checkProperty(({ window, scored }) => {
    const days: Bucket[] = buildTrend(scored, window, 'day')
    const change = findLargestChange(days)
    return (
      days.reduce((sum, { articles }) => sum + articles, 0) === scored.length &&
      days.every(({ value, articles }) => (value === null) === (articles === 0)) &&
      (!change ||
        isClose(
          change.effects.reduce((sum, { effect }) => sum + effect, 0),
          change.difference
        ))
    )
  })
})
