import fc from 'fast-check'
import t from 'tap'
import type { Article } from '../../../services/alpha-vantage/article.ts'
import { topics } from '../../../services/alpha-vantage/topics.ts'
import { computeContributions, sourceShares, topicShares } from '../../../services/analysis/contributions.ts'
import { compareLevels, computeSentiment } from '../../../services/analysis/level.ts'
import { groupStories } from '../../../services/analysis/stories.ts'
import { buildTrend, findLargestChange } from '../../../services/analysis/trend.ts'
import {
  articleWeight,
  halfLifeMs,
  type ScoredArticle,
  scoreArticles
} from '../../../services/analysis/weighting.ts'
import type { Window } from '../../../services/news/window.ts'
import { newerArticle, read } from '../../support/feeds.ts'

const hour = 3_600_000
const day = 24 * hour
const to = Date.parse('2026-10-21T12:00:00Z')
const window = (length: number): Window => ({ from: to - length, to })
const hoursAgo = (hours: number) => new Date(to - hours * hour).toISOString()
const close = (a: number, b: number) => Math.abs(a - b) < 1e-9

/** Ages of 0, 12 and 24 hours; with a half-life of 12 hours the weights are 1, 1/2 and 1/4. */
const three = [
  newerArticle({ at: hoursAgo(0), about: { AAPL: [1, 0.4] }, source: 'A', topics: { earnings: 1 } }),
  newerArticle({
    at: hoursAgo(12),
    about: { AAPL: [1, -0.2] },
    source: 'B',
    topics: { earnings: 0.3, technology: 0.1 }
  }),
  newerArticle({ at: hoursAgo(24), about: { AAPL: [1, 0.8] }, source: 'B', topics: {} })
]
const scoredThree = scoreArticles(read(...three), 'AAPL')

t.test('the level, its certainty and breadth, as worked out by hand', async (t) => {
  const { n, bullish, neutral, bearish, breadth, level } = computeSentiment(scoredThree, window(day))

  t.same({ n, bullish, neutral, bearish }, { n: 3, bullish: 2, neutral: 0, bearish: 1 })
  t.ok(close(breadth ?? 0, 1 / 3))
  // S = (1·0.4 + ½·(−0.2) + ¼·0.8) / 1.75 = 0.5 / 1.75 = 2/7
  t.ok(close(level?.value ?? 0, 2 / 7))
  t.equal(level?.label, 'Somewhat-Bullish')
  // n' = 1.75² / (1 + ¼ + 1/16) = 3.0625 / 1.3125 = 7/3
  t.ok(close(level?.effectiveN ?? 0, 7 / 3))
  // Σ w·(s − S)² = 0.0130612 + 0.1179592 + 0.0661224 = 0.1971429; / 1.75 = 0.1126531; its root is 0.3356382
  t.ok(Math.abs((level?.dispersion ?? 0) - 0.3356382) < 1e-7)
  // 0.3356382 / √(7/3) = 0.2197268; · 1.96 = 0.4306645
  t.ok(Math.abs((level?.standardError ?? 0) - 0.2197268) < 1e-7)
  t.ok(Math.abs((level?.low ?? 0) - (2 / 7 - 0.4306645)) < 1e-6)
  t.ok(Math.abs((level?.high ?? 0) - (2 / 7 + 0.4306645)) < 1e-6)
  // A weighs 1 of 1.75, B ¾.
  t.equal(level?.largestSource.source, 'A')
  t.ok(close(level?.largestSource.share ?? 0, 1 / 1.75))
})

t.test('the half-life is 12 hours up to 24 hours, 3 days up to 7 days, 7 days beyond', async (t) => {
  t.same(
    [1, day, day + 1, 7 * day, 7 * day + 1, 90 * day].map((length) => halfLifeMs(window(length)) / hour),
    [12, 12, 72, 72, 168, 168]
  )
})

t.test('below three articles there is no level, and never a 0', async (t) => {
  for (const some of [[], scoredThree.slice(0, 1), scoredThree.slice(0, 2)]) {
    t.equal(computeSentiment(some, window(day)).level, null)
  }
  t.equal(computeSentiment([], window(day)).breadth, null)
})

t.test('an article that does not list the ticker, or has no relevance for it, is not scored', async (t) => {
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

t.test("levels are named by Alpha Vantage's bands, their bounds too", async (t) => {
  const labelOfMean = (score: number) => {
    const same = [1, 2, 3].map((n) => newerArticle({ at: hoursAgo(n * 2.3), about: { AAPL: [0.7, score] } }))
    return computeSentiment(scoreArticles(read(...same), 'AAPL'), window(day)).level?.label
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

t.test('two levels differ if it is by more than 1.96 · √(SE₁² + SE₂²)', async (t) => {
  const level = computeSentiment(scoredThree, window(day)).level
  if (!level) throw new Error('no level')
  const one = { ...level, value: 0.5, standardError: 0.03 }
  // 1.96 · √(0.03² + 0.04²) = 1.96 · 0.05 = 0.098
  const other = { ...level, standardError: 0.04 }

  const near = compareLevels(one, { ...other, value: 0.403 })
  const far = compareLevels(one, { ...other, value: 0.401 })

  t.ok(close(near.uncertainty, 0.098))
  t.ok(close(near.difference, 0.097))
  t.equal(near.isCertain, false)
  t.equal(far.isCertain, true)
  t.equal(compareLevels({ ...one, value: 0.401 }, { ...other, value: 0.5 }).isCertain, true, 'either way')
})

t.test('contributions of articles, sources and topics, as worked out by hand', async (t) => {
  // Shares are 4/7, 2/7 and 1/7; times 0.4, −0.2 and 0.8.
  t.same(
    computeContributions(scoredThree, window(day)).map(({ share, contribution }) => [
      (share * 7).toFixed(6),
      (contribution * 7).toFixed(6)
    ]),
    [
      ['4.000000', '1.600000'],
      ['1.000000', '0.800000'],
      ['2.000000', '-0.400000']
    ]
  )
  const sevenths = (
    parts: { name: string | null; articles: number; share: number; contribution: number }[]
  ) =>
    parts.map(({ name, articles, share, contribution }) => [
      name,
      articles,
      Number((share * 7).toFixed(6)),
      Number((contribution * 7).toFixed(6))
    ])
  t.same(sevenths(sourceShares(scoredThree, window(day))), [
    ['A', 1, 4, 1.6],
    ['B', 2, 3, 0.4]
  ])
  // The second article is three quarters on earnings and one on technology.
  t.same(sevenths(topicShares(scoredThree, window(day))), [
    ['earnings', 2, 5.5, 1.3],
    [null, 1, 1, 0.8],
    ['technology', 1, 0.5, -0.1]
  ])
})

t.test(
  'a trend has a level a day, null where there is no news, and no band below three articles',
  async (t) => {
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

    const days = buildTrend(scored, { from: Date.parse('2026-10-18T00:00:00Z'), to }, 'day')

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
    t.ok(close(largest?.difference ?? 0, 0.74))
    t.equal(largest?.uncertainty, null)
    // Shares 0.4, 0.4 and 0.2 of the scores' distances from −0.2: 0.4·0.5, 0.4·0.8, 0.2·1.1
    t.same(
      largest?.effects.map(({ effect }) => Number(effect.toFixed(6))),
      [0.32, 0.22, 0.2]
    )
  }
)

t.test('weeks begin on Monday', async (t) => {
  const weeks = buildTrend([], { from: Date.parse('2026-10-18T12:00:00Z'), to }, 'week')

  t.same(
    weeks.map(({ from, to: end }) => [from, end].map((time) => new Date(time).toISOString().slice(0, 10))),
    [
      ['2026-10-12', '2026-10-19'],
      ['2026-10-19', '2026-10-26']
    ]
  )
})

t.test('the largest change is between neighbours with a level, where there are such', async (t) => {
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

  const change = findLargestChange(buildTrend(scored, { from, to }, 'day'))
  const onlyThin = findLargestChange(buildTrend(scored, { from, to: from + 2 * day - 1 }, 'day'))

  t.match(change, { before: { value: 0.2 }, after: { value: 0.5 }, uncertainty: 0, isCertain: true })
  t.match(onlyThin, { before: { value: -0.9 }, after: { value: 0.9 }, uncertainty: null, isCertain: false })
  t.equal(findLargestChange(buildTrend(scored, { from, to: from + day - 1 }, 'day')), null)
})

t.test('copies of a story are put together, different stories are not', async (t) => {
  const story = 'Chipmakers rally after the government approves exports of advanced processors to allies'
  const copy = 'Government approves exports of advanced processors to allies and chipmakers gain'
  const two = { NVDA: [0.9, 0.3], AMD: [0.8, 0.3] } as Record<string, [number, number]>
  const one = { AAPL: [0.9, 0.1] } as Record<string, [number, number]>
  const named = {
    first: newerArticle({ at: hoursAgo(5), about: two, title: story, summary: '' }),
    copy: newerArticle({ at: hoursAgo(4), about: two, title: copy, summary: '' }),
    'copy of the copy': newerArticle({ at: hoursAgo(2.5), about: two, title: copy, summary: 'Again.' }),
    'too late': newerArticle({ at: hoursAgo(0.4), about: two, title: story, summary: '' }),
    'other tickers': newerArticle({
      at: hoursAgo(4),
      about: { NVDA: [0.9, 0.3] },
      title: story,
      summary: ''
    }),
    'other words': newerArticle({
      at: hoursAgo(4),
      about: two,
      title: 'Something else entirely',
      summary: ''
    }),
    // Two automated notes on one ticker share a lot of words, and are not copies.
    note: newerArticle({
      at: hoursAgo(3),
      about: one,
      title: 'Example Capital LLC has $4.2 million stake in Apple',
      summary: ''
    }),
    'other note': newerArticle({
      at: hoursAgo(3),
      about: one,
      title: 'Sample Advisors Inc. sells 1,200 shares, stake in Apple now $9 million',
      summary: ''
    })
  }
  const names = Object.keys(named)
  const articles = Object.values(named).map((article) => ({ article: read(article)[0] as Article }))
  const nameOf = new Map(articles.map(({ article }, index) => [article.id, names[index]]))

  const stories = groupStories(articles).map((story) => story.map(({ article }) => nameOf.get(article.id)))

  t.same(stories.toSorted((a, b) => b.length - a.length)[0], ['copy of the copy', 'copy', 'first'])
  t.equal(stories.length, 6)
})

t.test(
  'how much two articles must share to be copies: half of their words on one ticker, a quarter on several',
  async (t) => {
    // Of 8 different words in all, so many are in both.
    const copies = (shared: number, tickers: string[]) => {
      const about = Object.fromEntries(tickers.map((ticker) => [ticker, [0.5, 0.1] as [number, number]]))
      const words = ['ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op']
      const own = (8 - shared) / 2
      const titles = [words.slice(0, shared + own), [...words.slice(0, shared), ...words.slice(shared + own)]]
      const articles = titles.map((title, index) =>
        newerArticle({ at: hoursAgo(index), about, title: title.join(' '), summary: '' })
      )
      return groupStories(scoreArticles(read(...articles), tickers[0] ?? '')).length
    }

    t.same([copies(4, ['AAPL']), copies(2, ['AAPL'])], [1, 2])
    t.same([copies(2, ['AAPL', 'MSFT']), copies(0, ['AAPL', 'MSFT'])], [1, 2])
  }
)

const scoredOn = (...scores: [at: string, score: number][]) =>
  scoreArticles(
    read(...scores.map(([at, score]) => newerArticle({ at, about: { AAPL: [1, score] } }))),
    'AAPL'
  )

t.test('two levels that are the same do not differ, however certain they are', async (t) => {
  const same = scoredOn([hoursAgo(1), 0.2], [hoursAgo(2), 0.2], [hoursAgo(3), 0.2])
  const { level } = computeSentiment(same, { from: to - day, to })
  if (!level) throw new Error('no level')

  t.match(compareLevels(level, level), { difference: 0, uncertainty: 0, isCertain: false })
})

t.test('what pulls most comes first, whichever way it pulls', async (t) => {
  const scored = scoredOn([hoursAgo(0), 0.2], [hoursAgo(0), -0.9], [hoursAgo(0), 0.5])
  const days = buildTrend(
    scoredOn(
      ['2026-10-18T10:00:00Z', 0.1],
      ['2026-10-19T10:00:00Z', -0.8],
      ['2026-10-20T10:00:00Z', 0],
      ['2026-10-20T11:00:00Z', -0.2]
    ),
    { from: to - 4 * day, to },
    'day'
  )

  t.same(
    computeContributions(scored, { from: to - day, to }).map(({ score }) => score),
    [-0.9, 0.5, 0.2]
  )
  t.match(
    findLargestChange(days),
    { before: { value: 0.1 }, after: { value: -0.8 }, difference: -0.9 },
    'a fall, too'
  )
})

t.test('effects: the largest first, whichever way', async (t) => {
  const days = buildTrend(
    scoredOn(['2026-10-19T10:00:00Z', 0], ['2026-10-20T10:00:00Z', 0.2], ['2026-10-20T11:00:00Z', -0.8]),
    { from: to - 3 * day, to },
    'day'
  )
  t.same(
    findLargestChange(days)?.effects.map(({ effect }) => Number(effect.toFixed(6))),
    [-0.4, 0.1]
  )
})

t.test('a window that ends with midnight has the day that begins then', async (t) => {
  const end = '2026-10-21T00:00:00Z'
  const days = buildTrend(
    scoredOn([end, 0.3], ['2026-10-20T10:00:00Z', 0.1]),
    { from: Date.parse(end) - day, to: Date.parse(end) },
    'day'
  )
  t.same(
    days.map(({ value }) => value),
    [0.1, 0.3]
  )
})

const titled = (
  hours: number,
  title: string,
  about: Record<string, [number, number]> = { NVDA: [1, 0], AMD: [1, 0] }
) => ({
  article: read(newerArticle({ at: hoursAgo(hours), about, title, summary: '' }))[0] as Article
})
const sizes = (...some: { article: Article }[]) => groupStories(some).map(({ length }) => length)
const one = { AAPL: [1, 0] } as Record<string, [number, number]>

t.test('how many words copies share: a quarter, or half of them on one ticker', async (t) => {
  // 4 of 10 words are shared, then 2 of 10, and 6 of 10; case does not count.
  const text = 'a b c d e f g'
  t.same(sizes(titled(1, text), titled(1, 'A B C D x y z')), [2])
  t.same(sizes(titled(1, text, one), titled(1, 'A B C D x y z', one)), [1, 1])
  t.same(sizes(titled(1, 'a b c d e f'), titled(1, 'a b u v w x')), [1, 1])
  t.same(sizes(titled(1, 'a b c d e f g h', one), titled(1, 'A B C D E F x y', one)), [2])
})

t.test(
  'copies come within two hours, list their tickers in any order, and join what they are copies of',
  async (t) => {
    const text = 'a b c d e f'
    t.same(sizes(titled(3, text), titled(1, text)), [2])
    t.same(sizes(titled(3.001, text), titled(1, text)), [1, 1])
    t.same(sizes(titled(1, text, { AMD: [1, 0], NVDA: [1, 0] }), titled(1, text)), [2])
    // The two later ones share nothing with each other, but both half of their words with the first.
    t.same(sizes(titled(2, 'a b c x y z'), titled(1.5, 'a b c'), titled(1, 'x y z')), [3])
  }
)

t.test('an article is compared with the 30 that came right after it', async (t) => {
  const others = (count: number) =>
    Array.from({ length: count }, (_, index) => titled(2 - (index + 1) / 100, `other${index}`))
  const [first, copy] = [titled(2, 'a b c'), titled(1.5, 'a b c')]
  const largest = (...some: { article: Article }[]) => Math.max(...sizes(...some))
  t.equal(largest(first, ...others(29), copy), 2)
  t.equal(largest(first, ...others(30), copy), 1)
  t.equal(largest(first, titled(1.999, 'a b c'), ...others(40)), 2)
})

/** Any articles of a window of up to 30 days, with the window. */
const anything = fc
  .record({
    length: fc.integer({ min: hour, max: 30 * day }),
    articles: fc.array(
      fc.record({
        age: fc.double({ min: 0, max: 1, noNaN: true }),
        relevance: fc.double({ min: 0.0001, max: 1, noNaN: true }),
        score: fc.double({ min: -1, max: 1, noNaN: true }),
        source: fc.constantFrom('A', 'B', 'C'),
        topics: fc.dictionary(fc.constantFrom(...topics), fc.double({ min: 0.01, max: 1, noNaN: true }), {
          maxKeys: 3
        }),
        title: fc.constantFrom('one two three', 'one two four', 'five six')
      }),
      { maxLength: 12 }
    )
  })
  .map(({ length, articles }) => {
    const some = articles.map(({ age, relevance, score, ...told }) =>
      newerArticle({
        ...told,
        at: new Date(to - Math.floor((age * length) / 1000) * 1000).toISOString(),
        about: { AAPL: [relevance, score] },
        summary: ''
      })
    )
    return { window: window(length), scored: scoreArticles(read(...some), 'AAPL') }
  })

interface Some {
  window: Window
  scored: ScoredArticle[]
}

function always(property: (some: Some) => boolean) {
  fc.assert(fc.property(anything, property), { numRuns: 300 })
}

const alike = (a: number | undefined, b: number | undefined) =>
  a === b || (a !== undefined && b !== undefined && Math.abs(a - b) < 1e-9)

t.test('property: the order of the articles does not matter', async () => {
  always(({ window, scored }) => {
    const all = (some: ScoredArticle[]) => ({
      ...computeSentiment(some, window),
      stories: groupStories(some).map((story) => story.map(({ article }) => article.id))
    })
    const [one, other] = [all(scored), all(scored.toReversed())]
    return (
      alike(one.level?.value, other.level?.value) &&
      alike(one.level?.standardError, other.level?.standardError) &&
      one.level?.largestSource.source === other.level?.largestSource.source &&
      one.breadth === other.breadth &&
      JSON.stringify(one.stories) === JSON.stringify(other.stories)
    )
  })
})

t.test('property: with every article twice the level, its label and breadth stay', async () => {
  always(({ window, scored }) => {
    const [once, twice] = [computeSentiment(scored, window), computeSentiment([...scored, ...scored], window)]
    if (!once.level) return true
    return (
      alike(once.level.value, twice.level?.value) &&
      alike(once.level.dispersion, twice.level?.dispersion) &&
      alike(once.level.effectiveN * 2, twice.level?.effectiveN) &&
      once.breadth === twice.breadth
    )
  })
})

t.test(
  "property: no weight is negative, and the level is within the scores' range and its band",
  async () => {
    always(({ window, scored }) => {
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
  }
)

t.test(
  'property: contributions of articles, sources and topics add up to the level, shares to 1',
  async () => {
    always(({ window, scored }) => {
      const { level } = computeSentiment(scored, window)
      if (!level) return true
      return [
        computeContributions(scored, window),
        sourceShares(scored, window),
        topicShares(scored, window)
      ].every(
        (parts: { share: number; contribution: number }[]) =>
          alike(
            parts.reduce((sum, { contribution }) => sum + contribution, 0),
            level.value
          ) &&
          alike(
            parts.reduce((sum, { share }) => sum + share, 0),
            1
          )
      )
    })
  }
)

t.test('property: every article is in one day of the trend, and effects add up to the change', async () => {
  always(({ window, scored }) => {
    const days = buildTrend(scored, window, 'day')
    const change = findLargestChange(days)
    return (
      days.reduce((sum, one) => sum + one.scored.length, 0) === scored.length &&
      days.every(({ value, scored: inside }) => (value === null) === (inside.length === 0)) &&
      (!change ||
        alike(
          change.effects.reduce((sum, { effect }) => sum + effect, 0),
          change.difference
        ))
    )
  })
})

t.test('property: every article is in one story', async () => {
  always(({ scored }) => {
    const stories = groupStories(scored)
    return stories.flat().length === scored.length && new Set(stories.flat()).size === scored.length
  })
})
