import t from 'tap'
import { compareLevels, computeSentiment } from '../../../services/analysis/level.ts'
import { articleWeight, halfLifeMs, scoreArticles } from '../../../services/analysis/weighting.ts'
import { dayMs, hourMs } from '../../../services/lib/time.ts'
import { newerArticle, read } from '../../support/feeds.ts'
import {
  checkProperty,
  hoursAgo,
  isClose,
  scoreAt,
  toWindow,
  windowEnd,
  workedExample
} from '../../support/scored-articles.ts'

t.test('three articles worked out by hand: level, uncertainty and breadth match', async (t) => {
  const { n, bullish, neutral, bearish, breadth, level } = computeSentiment(workedExample, toWindow(dayMs))

  t.same({ n, bullish, neutral, bearish }, { n: 3, bullish: 2, neutral: 0, bearish: 1 })
  t.ok(isClose(breadth ?? 0, 1 / 3))
  // S = (1·0.4 + ½·(−0.2) + ¼·0.8) / 1.75 = 0.5 / 1.75 = 2/7
  t.ok(isClose(level?.value ?? 0, 2 / 7))
  t.equal(level?.label, 'Somewhat-Bullish')
  // n' = 1.75² / (1 + ¼ + 1/16) = 3.0625 / 1.3125 = 7/3
  t.ok(isClose(level?.effectiveN ?? 0, 7 / 3))
  // Σ w·(s − S)² = 0.0130612 + 0.1179592 + 0.0661224 = 0.1971429; / 1.75 = 0.1126531; its root is 0.3356382
  t.ok(Math.abs((level?.dispersion ?? 0) - 0.3356382) < 1e-7)
  // 0.3356382 / √(7/3) = 0.2197268; · 1.96 = 0.4306645
  t.ok(Math.abs((level?.standardError ?? 0) - 0.2197268) < 1e-7)
  t.ok(Math.abs((level?.low ?? 0) - (2 / 7 - 0.4306645)) < 1e-6)
  t.ok(Math.abs((level?.high ?? 0) - (2 / 7 + 0.4306645)) < 1e-6)
  // A weighs 1 of 1.75, B ¾.
  t.equal(level?.largestSource.source, 'A')
  t.ok(isClose(level?.largestSource.share ?? 0, 1 / 1.75))
})

t.test('half-life: 12 hours for windows up to 24 hours, 3 days up to 7 days, 7 days beyond', async (t) => {
  t.same(
    [1, dayMs, dayMs + 1, 7 * dayMs, 7 * dayMs + 1, 90 * dayMs].map(
      (length) => halfLifeMs(toWindow(length)) / hourMs
    ),
    [12, 12, 72, 72, 168, 168]
  )
})

t.test('fewer than three articles: level is null, not 0', async (t) => {
  for (const some of [[], workedExample.slice(0, 1), workedExample.slice(0, 2)]) {
    t.equal(computeSentiment(some, toWindow(dayMs)).level, null)
  }
  t.equal(computeSentiment([], toWindow(dayMs)).breadth, null)
})

t.test('article without the ticker, or with relevance 0 for it: not scored', async (t) => {
  const articles = read(
    newerArticle({ at: hoursAgo(1), about: { MSFT: [1, 0.9] } }),
    newerArticle({ at: hoursAgo(1), about: { AAPL: [0, 0.9] } }),
    newerArticle({ at: hoursAgo(1), about: { AAPL: [0.02, 0.1] } })
  )

  t.same(
    scoreArticles(articles, 'AAPL').map(({ relevance, score }) => [relevance, score]),
    [[0.02, 0.1]]
  )
})

t.test("level label: follows Alpha Vantage's bands, including their bounds", async (t) => {
  const labelOfMean = (score: number) => {
    const same = [1, 2, 3].map((n) => newerArticle({ at: hoursAgo(n * 2.3), about: { AAPL: [0.7, score] } }))
    return computeSentiment(scoreArticles(read(...same), 'AAPL'), toWindow(dayMs)).level?.label
  }

  t.same([-1, -0.35, -0.34, -0.15, -0.14, 0, 0.14, 0.15, 0.34, 0.35, 1].map(labelOfMean), [
    'Bearish',
    'Bearish',
    'Somewhat-Bearish',
    'Somewhat-Bearish',
    'Neutral',
    'Neutral',
    'Neutral',
    'Somewhat-Bullish',
    'Somewhat-Bullish',
    'Bullish',
    'Bullish'
  ])
})

t.test('two levels: difference is certain above 1.96 · √(SE₁² + SE₂²)', async (t) => {
  const level = computeSentiment(workedExample, toWindow(dayMs)).level
  if (!level) throw new Error('no level')
  const one = { ...level, value: 0.5, standardError: 0.03 }
  // 1.96 · √(0.03² + 0.04²) = 1.96 · 0.05 = 0.098
  const other = { ...level, standardError: 0.04 }

  const near = compareLevels(one, { ...other, value: 0.403 })
  const far = compareLevels(one, { ...other, value: 0.401 })

  t.ok(isClose(near.uncertainty, 0.098))
  t.ok(isClose(near.difference, 0.097))
  t.equal(near.isCertain, false)
  t.equal(far.isCertain, true)
  t.equal(compareLevels({ ...one, value: 0.401 }, { ...other, value: 0.5 }).isCertain, true, 'either way')
})

t.test('equal levels without uncertainty: difference is not certain', async (t) => {
  const same = scoreAt([hoursAgo(1), 0.2], [hoursAgo(2), 0.2], [hoursAgo(3), 0.2])
  const { level } = computeSentiment(same, { from: windowEnd - dayMs, to: windowEnd })
  if (!level) throw new Error('no level')

  t.match(compareLevels(level, level), { difference: 0, uncertainty: 0, isCertain: false })
})

t.test('property: the order of the articles does not change level, uncertainty or breadth', async () => {
  checkProperty(({ window, scored }) => {
    const [one, other] = [computeSentiment(scored, window), computeSentiment(scored.toReversed(), window)]
    return (
      isClose(one.level?.value, other.level?.value) &&
      isClose(one.level?.standardError, other.level?.standardError) &&
      one.level?.largestSource.source === other.level?.largestSource.source &&
      one.breadth === other.breadth
    )
  })
})

t.test('property: duplicating every article keeps level, dispersion and breadth', async () => {
  checkProperty(({ window, scored }) => {
    const [once, twice] = [computeSentiment(scored, window), computeSentiment([...scored, ...scored], window)]
    if (!once.level) return true
    return (
      isClose(once.level.value, twice.level?.value) &&
      isClose(once.level.dispersion, twice.level?.dispersion) &&
      isClose(once.level.effectiveN * 2, twice.level?.effectiveN) &&
      once.breadth === twice.breadth
    )
  })
})

t.test("property: weights are positive, and the level is within the scores' range and its band", async () => {
  checkProperty(({ window, scored }) => {
    const { level } = computeSentiment(scored, window)
    const scores = scored.map(({ score }) => score)
    return (
      scored.every((one) => articleWeight(one, window) > 0) &&
      (!level ||
        (level.value >= Math.min(...scores) - 1e-9 &&
          level.value <= Math.max(...scores) + 1e-9 &&
          level.low <= level.value + 1e-9 &&
          level.high >= level.value - 1e-9 &&
          level.low >= -1 &&
          level.high <= 1 &&
          level.effectiveN <= scored.length + 1e-9))
    )
  })
})
