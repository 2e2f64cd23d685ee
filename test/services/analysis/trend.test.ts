import t from 'tap'
import { buildTrend, findLargestChange } from '../../../services/analysis/trend.ts'
import { scoreArticles } from '../../../services/analysis/weighting.ts'
import { dayMs } from '../../../services/lib/time.ts'
import { newerArticle, read } from '../../support/feeds.ts'
import { checkProperty, isClose, scoreAt, toWindow, windowEnd } from '../../support/scored-articles.ts'

t.test('daily trend: value is null on days without news, level is null below three articles', async (t) => {
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

  const days = buildTrend(scored, { from: Date.parse('2026-10-18T00:00:00Z'), to: windowEnd }, 'day')

  t.same(
    days.map(({ from, value, level, scored: inside }) => [
      new Date(from).toISOString().slice(0, 10),
      value,
      level !== null,
      inside.length
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
  const largest = findLargestChange(days)
  t.ok(isClose(largest?.difference ?? 0, 0.74))
  t.equal(largest?.uncertainty, null)
  // Shares 0.4, 0.4 and 0.2 of the scores' distances from −0.2: 0.4·0.5, 0.4·0.8, 0.2·1.1
  t.same(
    largest?.effects.map(({ effect }) => Number(effect.toFixed(6))),
    [0.32, 0.22, 0.2]
  )
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

t.test(
  'largest change: prefers pairs with a level on both sides, null with fewer than two buckets',
  async (t) => {
    const on = (date: string, ...scores: number[]) =>
      scores.map((score, index) =>
        newerArticle({ at: `${date}T0${index}:00:00Z`, about: { AAPL: [1, score] } })
      )
    const scored = scoreArticles(
      read(
        ...on('2026-10-16', -0.9),
        ...on('2026-10-17', 0.9),
        ...on('2026-10-18', 0.2, 0.2, 0.2),
        ...on('2026-10-20', 0.5, 0.5, 0.5),
        ...on('2026-10-21', 0.4, 0.4, 0.4)
      ),
      'AAPL'
    )
    const from = Date.parse('2026-10-16T00:00:00Z')

    const change = findLargestChange(buildTrend(scored, { from, to: windowEnd }, 'day'))
    const onlyThin = findLargestChange(buildTrend(scored, { from, to: from + 2 * dayMs - 1 }, 'day'))

    t.match(change, { before: { value: 0.2 }, after: { value: 0.5 }, uncertainty: 0, isCertain: true })
    t.match(onlyThin, { before: { value: -0.9 }, after: { value: 0.9 }, uncertainty: null, isCertain: false })
    t.equal(findLargestChange(buildTrend(scored, { from, to: from + dayMs - 1 }, 'day')), null)
  }
)

t.test('largest change: may be a fall', async (t) => {
  const days = buildTrend(
    scoreAt(
      ['2026-10-18T10:00:00Z', 0.1],
      ['2026-10-19T10:00:00Z', -0.8],
      ['2026-10-20T10:00:00Z', 0],
      ['2026-10-20T11:00:00Z', -0.2]
    ),
    toWindow(4 * dayMs),
    'day'
  )

  t.match(findLargestChange(days), { before: { value: 0.1 }, after: { value: -0.8 }, difference: -0.9 })
})

t.test('effects of a change: sorted by size, positive or negative', async (t) => {
  const days = buildTrend(
    scoreAt(['2026-10-19T10:00:00Z', 0], ['2026-10-20T10:00:00Z', 0.2], ['2026-10-20T11:00:00Z', -0.8]),
    { from: windowEnd - 3 * dayMs, to: windowEnd },
    'day'
  )
  t.same(
    findLargestChange(days)?.effects.map(({ effect }) => Number(effect.toFixed(6))),
    [-0.4, 0.1]
  )
})

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
    const days = buildTrend(scored, window, 'day')
    const change = findLargestChange(days)
    return (
      days.reduce((sum, one) => sum + one.scored.length, 0) === scored.length &&
      days.every(({ value, scored: inside }) => (value === null) === (inside.length === 0)) &&
      (!change ||
        isClose(
          change.effects.reduce((sum, { effect }) => sum + effect, 0),
          change.difference
        ))
    )
  })
})
