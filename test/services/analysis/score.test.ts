import t from 'tap'
import { compareScores, computeSentiment, type Score } from '../../../services/analysis/score.ts'
import { articleWeight, halfLifeMs, scoreArticles } from '../../../services/analysis/weighting.ts'
import { dayMs, hourMs } from '../../../services/lib/time.ts'
import { newerArticle, read } from '../../support/feeds.ts'
import {
  checkProperty,
  hoursAgo,
  isClose,
  scoreAt,
  toWindow,
  workedExample
} from '../../support/scored-articles.ts'

/** Whether `actual` is `expected` in its last given decimal. */
const isNear = (actual: number | undefined, expected: number) =>
  Math.abs((actual ?? Number.NaN) - expected) < 5e-5

t.test(
  'stories of different ages, one with a copy, worked out by hand: score and interval match',
  async (t) => {
    const title = 'one two three four five'
    const articles = read(
      newerArticle({ at: hoursAgo(0), about: { AAPL: [0.9, 0.3] }, source: 'A' }),
      newerArticle({ at: hoursAgo(0), about: { AAPL: [0.6, 0.1] }, source: 'B' }),
      newerArticle({ at: hoursAgo(72), about: { AAPL: [0.8, -0.2] }, source: 'B' }),
      newerArticle({ at: hoursAgo(24), about: { AAPL: [0.5, 0.25] }, title, source: 'C' }),
      newerArticle({ at: hoursAgo(26), about: { AAPL: [0.4, 0.21] }, title, source: 'C' })
    )

    const {
      articles: count,
      stories,
      score,
      ...breadth
    } = computeSentiment(scoreArticles(articles, 'AAPL'), toWindow(7 * dayMs))

    t.equal(count, 5)
    t.same(
      stories.map(({ weight, score }) => [weight.toFixed(4), score.toFixed(4)]).sort(),
      [
        ['0.3541', '0.2324'],
        ['0.4000', '-0.2000'],
        ['0.6000', '0.1000'],
        ['0.9000', '0.3000']
      ],
      'a half-life of 72 h'
    )
    // S = .3323 / 2.2541
    t.ok(isNear(score?.value, 0.1474))
    // n' = 5.0812 / 1.4554
    t.ok(isNear(score?.effectiveStories, 3.4912))
    t.ok(isNear(score?.dispersion, 0.1801))
    // s = √((2 · 0.2² + 3.4912 · .1801²) / 4.4912) = .2074, over √3.4912
    t.ok(isNear(score?.standardError, 0.111))
    t.equal(score?.degreesOfFreedom, 4)
    // .1474 ± 2.7764 · .1110
    t.ok(isNear(score?.low, -0.1608))
    t.ok(isNear(score?.high, 0.4557))
    t.match(score, { label: 'Neutral', labelIsCertain: false, side: 'unclear' })
    // Stories: .3 and .2324 are bullish, .1 is neutral, −.2 is bearish.
    t.match(breadth, { bullish: 2, neutral: 1, bearish: 1 })
    t.ok(isClose(breadth.breadth ?? 0, 1 / 3))
    // B weighs .6 + .4 of 2.2541.
    t.equal(score?.largestSource.source, 'B')
    t.ok(isNear(score?.largestSource.share, 0.4436))
  }
)

t.test('three stories of equal weight and score: the interval is not of zero width', async (t) => {
  const { score } = computeSentiment(
    scoreAt([hoursAgo(0), 0.2], [hoursAgo(0), 0.2], [hoursAgo(0), 0.2]),
    toWindow(dayMs)
  )

  t.match(score, { dispersion: 0, degreesOfFreedom: 4 })
  t.ok(isNear(score?.standardError, 0.0816))
  t.ok(isNear(score?.low, -0.0267))
  t.ok(isNear(score?.high, 0.4267))
})

t.test('half-life: 12 hours for windows up to 24 hours, 3 days up to 7 days, 7 days beyond', async (t) => {
  t.same(
    [1, dayMs, dayMs + 1, 7 * dayMs, 7 * dayMs + 1, 90 * dayMs].map(
      (length) => halfLifeMs(toWindow(length)) / hourMs
    ),
    [12, 12, 72, 72, 168, 168]
  )
})

t.test('fewer than three stories: score is null, not 0', async (t) => {
  for (const some of [[], workedExample.slice(0, 1), workedExample.slice(0, 2)]) {
    t.equal(computeSentiment(some, toWindow(dayMs)).score, null)
  }
  const title = 'one two three four five'
  const copies = [1, 2, 3, 4].map((hours) =>
    newerArticle({ at: hoursAgo(hours), about: { AAPL: [1, 0.5] }, title })
  )
  t.match(computeSentiment(scoreArticles(read(...copies), 'AAPL'), toWindow(dayMs)), {
    articles: 4,
    score: null,
    bullish: 1
  })
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

/** Many stories with the same score: a narrow interval. */
const agreeing = (score: number, count = 60) =>
  computeSentiment(
    scoreAt(...Array.from({ length: count }, (): [string, number] => [hoursAgo(0), score])),
    toWindow(dayMs)
  ).score

t.test("score label: follows Alpha Vantage's bands, including their bounds", async (t) => {
  t.same(
    [-1, -0.35, -0.34, -0.15, -0.14, 0, 0.14, 0.15, 0.34, 0.35, 1].map((score) => agreeing(score, 3)?.label),
    [
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
    ]
  )
})

t.test('side and certainty: only if the whole interval is on one side, or in one band', async (t) => {
  t.match(agreeing(0.25), { side: 'bullish', label: 'Somewhat-Bullish', labelIsCertain: true })
  t.match(agreeing(0.152), { side: 'bullish', label: 'Somewhat-Bullish', labelIsCertain: false })
  t.match(agreeing(0), { side: 'unclear', label: 'Neutral', labelIsCertain: true })
  t.match(agreeing(-0.5), { side: 'bearish', label: 'Bearish', labelIsCertain: true })
  t.match(agreeing(-0.1, 3), { side: 'unclear', label: 'Neutral', labelIsCertain: false })
})

t.test(
  'two scores: compared with the degrees of freedom of both, and with the number of pairs',
  async (t) => {
    const base = agreeing(0) as Score
    const one = { ...base, value: 0.32, standardError: 0.06, degreesOfFreedom: 9 }
    const other = { ...base, value: 0.05, standardError: 0.08, degreesOfFreedom: 6 }

    // SE = .1, ν = 12: 2.1788 · .1, 2.7795 · .1 and 4.2582 · .1
    for (const [pairs, uncertainty, isClear] of [
      [1, 0.2179, true],
      [3, 0.2779, false],
      [45, 0.4258, false]
    ] as const) {
      const comparison = compareScores(one, other, pairs)
      t.ok(isClose(comparison.difference, 0.27))
      t.ok(isNear(comparison.uncertainty, uncertainty), `${pairs} pairs: ${comparison.uncertainty}`)
      t.equal(comparison.isClear, isClear)
    }
    t.match(compareScores(other, one, 1), { isClear: true }, 'either way')
  }
)

t.test('property: the order of the articles does not change score, interval or breadth', async () => {
  checkProperty(({ window, scored }) => {
    const [one, other] = [computeSentiment(scored, window), computeSentiment(scored.toReversed(), window)]
    return (
      isClose(one.score?.value, other.score?.value) &&
      isClose(one.score?.standardError, other.score?.standardError) &&
      one.score?.largestSource.source === other.score?.largestSource.source &&
      one.breadth === other.breadth
    )
  })
})

t.test('property: another scale of all relevances changes neither score nor interval', async () => {
  checkProperty(({ window, scored }) => {
    const halved = scored.map((one) => ({ ...one, relevance: one.relevance / 2 }))
    const [one, other] = [computeSentiment(scored, window), computeSentiment(halved, window)]
    return isClose(one.score?.value, other.score?.value) && isClose(one.score?.low, other.score?.low)
  })
})

t.test(
  'property: an exact copy of every article changes neither score nor interval nor breadth',
  async () => {
    checkProperty(({ window, scored }) => {
      const copied = scored.flatMap((one) => [
        one,
        { ...one, article: { ...one.article, id: `${one.article.id}'` } }
      ])
      const [once, twice] = [computeSentiment(scored, window), computeSentiment(copied, window)]
      // Titles of fewer than four words are no copies.
      if (twice.stories.length > once.stories.length) return true
      return (
        isClose(once.score?.value, twice.score?.value) &&
        isClose(once.score?.low, twice.score?.low) &&
        once.breadth === twice.breadth
      )
    })
  }
)

t.test(
  "property: weights are positive, and the score is within the scores' range and its interval",
  async () => {
    checkProperty(({ window, scored }) => {
      const { score, stories } = computeSentiment(scored, window)
      const scores = scored.map(({ score }) => score)
      return (
        scored.every((one) => articleWeight(one, window) > 0) &&
        (!score ||
          (score.value >= Math.min(...scores) - 1e-9 &&
            score.value <= Math.max(...scores) + 1e-9 &&
            score.low <= score.value + 1e-9 &&
            score.high >= score.value - 1e-9 &&
            score.low >= -1 &&
            score.high <= 1 &&
            score.degreesOfFreedom >= 2 &&
            score.effectiveStories <= stories.length + 1e-9))
      )
    })
  }
)
