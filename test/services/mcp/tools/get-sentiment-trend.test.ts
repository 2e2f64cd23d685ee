import type { Test } from 'tap'
import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList, resultText } from '../../../support/rpc.ts'
import {
  asOf,
  dayBefore,
  midnight,
  minutesBefore,
  noon,
  scoreApple,
  tooEarly,
  workedFeed
} from '../../../support/worked-example.ts'

t.test(
  'get_sentiment_trend: points by day and week, null without news, and no change below three stories a day',
  async (t) => {
    const server = await startFeedServer(t, workedFeed)
    const ask = (args: object) =>
      callTool(server, 'get_sentiment_trend', { ticker: 'AAPL', as_of: asOf, ...args })

    const days = await ask({ since: '2026-10-18' })
    const weeks = await ask({ since: '2026-10-12', bucket: 'week' })

    const noInterval = { low: null, high: null }
    const empty = { score: null, ...noInterval, articles: 0, stories: 0, headlines: [] }
    t.same(days.structuredContent?.points, [
      { date: '2026-10-18', ...empty },
      { date: '2026-10-19', ...empty },
      // (0.8 − 1) / 2, and (0.4 − 0.2) / 2
      {
        date: '2026-10-20',
        ...{ score: -0.1, ...noInterval, articles: 2, stories: 2 },
        headlines: [dayBefore.title, tooEarly.title]
      },
      {
        date: '2026-10-21',
        ...{ score: 0.1, ...noInterval, articles: 2, stories: 2 },
        headlines: [noon.title, midnight.title],
        partial: true
      }
    ])
    // Four stories: (0.8 − 1 + 0.4 − 0.2) / 4 = 0. D = √((.64 + 1 + .16 + .04) / 4) = .6782,
    // s² = (.08 + 4 · .46) / 5 = .384, SE = .3098, ν = 5: ± 2.5706 · .3098 = .7965.
    t.match(weeks.structuredContent?.points, [
      { date: '2026-10-12', score: null },
      { date: '2026-10-19', score: 0, low: -0.7965, high: 0.7965, articles: 4, partial: true }
    ])
    t.match(days.structuredContent, {
      largest_change: null,
      halves: {
        first: { from: '2026-10-18', to: '2026-10-19', score: null, ...noInterval, articles: 0, stories: 0 },
        second: { from: '2026-10-20', to: '2026-10-21', score: 0, low: -0.7965, articles: 4, stories: 4 },
        ...{ change: null, uncertainty: null, is_certain: null }
      }
    })
    const lines = resultText(days).split('\n')
    for (const line of [
      '- 2026-10-19 no news',
      '- 2026-10-21 +0.10 (2), partial',
      'First half (2026-10-18 to 2026-10-19): no news. Second half (2026-10-20 to 2026-10-21): 0.00 from 4 stories. No comparison: each half needs 3 stories.',
      'Largest change: none, because no two neighboring days have 3 stories each.'
    ]) {
      t.ok(lines.includes(line), line)
    }
    t.match(resultText(weeks), 'no two neighboring weeks have 3 stories each')
  }
)

/** Articles on AAPL on one day, an hour apart, with relevance 1. */
const on = (date: string, ...scores: number[]) =>
  scores.map((score, hour) => newerArticle({ at: `${date}T1${hour}:00:00Z`, about: scoreApple(score) }))

/** The trend of a feed from `since` to the end of `until`. */
async function fetchTrend(t: Test, feed: unknown[], { since, until }: { since: string; until: string }) {
  const server = await startFeedServer(t, toFeed(...feed))
  return callTool(server, 'get_sentiment_trend', { ticker: 'AAPL', since, until })
}

const calm = [0.1, 0, 0.2, 0.1]
const better = [0.6, 0.5, 0.4, 0.5]

t.test(
  'get_sentiment_trend: a step of 0.4 after six days without a change is a clear rise, as one of six',
  async (t) => {
    const dates = [15, 16, 17, 18, 19, 20].map((dayOfMonth) => `2026-10-${dayOfMonth}`)
    const trend = await fetchTrend(
      t,
      [...dates.flatMap((date) => on(date, ...calm)), ...on('2026-10-21', ...better)],
      { since: '2026-10-15', until: '2026-10-21' }
    )

    // Both days: D = .0707, s = .1414, SE = .0707, ν = 5. The change: SE = .1, ν = 10; 3.2768 · .1 = .3277.
    t.match(trend.structuredContent?.largest_change, {
      ...{ from: '2026-10-20', to: '2026-10-21', change: 0.4, uncertainty: 0.3277, is_certain: true },
      // A quarter of each score's distance from 0.1: 0.5, and twice 0.4.
      moved_by: [
        { score: 0.6, effect: 0.125 },
        { score: 0.5, effect: 0.1 },
        { score: 0.5, effect: 0.1 }
      ]
    })
    // The 18th is the middle. First: D = .0707, s² = (.08 + 12 · .005) / 13 = .0108, SE = .0300.
    // Second: scores of (8 · 0.1 + 4 · 0.5) / 12 = .2333.
    t.match(trend.structuredContent?.halves, {
      first: { from: '2026-10-15', to: '2026-10-17', score: 0.1, stories: 12 },
      second: { from: '2026-10-19', to: '2026-10-21', score: 0.2333, stories: 12 },
      change: 0.1333
    })
    t.match(
      resultText(trend),
      '\nLargest change, from 2026-10-20 to 2026-10-21: +0.40 ± 0.33, a clear rise. Moved most by:\n'
    )
  }
)

t.test('get_sentiment_trend: the second of two days is compared with the first as a half', async (t) => {
  const window = { since: '2026-10-20', until: '2026-10-21' }

  const rise = await fetchTrend(t, [...on('2026-10-20', ...calm), ...on('2026-10-21', ...better)], window)
  const fall = await fetchTrend(t, [...on('2026-10-20', ...better), ...on('2026-10-21', ...calm)], window)

  // SE = .0707 and ν = 5 on both days: 2.5706 · .0707 = .1818. The change: SE = .1, ν = 10; 2.2281 · .1 = .2228.
  t.same(rise.structuredContent?.halves, {
    first: {
      ...{ from: '2026-10-20', to: '2026-10-20' },
      ...{ score: 0.1, low: -0.0818, high: 0.2818, articles: 4, stories: 4 }
    },
    second: {
      ...{ from: '2026-10-21', to: '2026-10-21' },
      ...{ score: 0.5, low: 0.3182, high: 0.6818, articles: 4, stories: 4 }
    },
    ...{ change: 0.4, uncertainty: 0.2228, is_certain: true }
  })
  t.match(
    resultText(rise),
    '\nFirst half (2026-10-20): +0.10 from 4 stories. Second half (2026-10-21): +0.50 from 4 stories. Change: +0.40 ± 0.22, a clear rise.\n'
  )
  t.match(resultText(fall), 'Change: -0.40 ± 0.22, a clear fall.')
})

t.test('get_sentiment_trend: a change within its uncertainty is no clear change', async (t) => {
  const trend = await fetchTrend(
    t,
    [...on('2026-10-20', 0.1, 0.2, 0.3), ...on('2026-10-21', 0.2, 0.3, 0.4)],
    {
      since: '2026-10-20T05:00Z',
      until: '2026-10-21'
    }
  )

  // Three stories each: D² = .0067, s² = (.08 + .02) / 4 = .025, SE = √(.025 / 3) = .0913, ν = 4.
  // The change: SE = .1291, ν = 8; 2.3060 · .1291 = .2977.
  t.match(trend.structuredContent, {
    largest_change: { change: 0.1, uncertainty: 0.2977, is_certain: false },
    halves: { change: 0.1, uncertainty: 0.2977, is_certain: false },
    points: [{ partial: true }, { partial: undefined }]
  })
  t.match(resultText(trend), ': +0.10 ± 0.30, no clear change. Moved most by:')
  t.match(resultText(trend), 'Change: +0.10 ± 0.30, no clear change.')
})

t.test('get_sentiment_trend, one day: no halves', async (t) => {
  const trend = await fetchTrend(t, on('2026-10-20', ...calm), { since: '2026-10-20', until: '2026-10-20' })

  t.equal(trend.structuredContent?.halves, null)
  t.notMatch(resultText(trend), 'half')
})

t.test('get_sentiment_trend: a story published three times moves the score once, by its mean', async (t) => {
  const copies = [0.3, 0.5, 0.7].map((score, index) =>
    newerArticle({
      at: `2026-10-21T1${index}:00:00Z`,
      about: scoreApple(score, score),
      title: `Apple delays its home hub - Wire ${index}`,
      source: `Wire ${index}`
    })
  )
  const trend = await fetchTrend(
    t,
    [...on('2026-10-20', 0, 0, 0), ...copies, ...on('2026-10-21', 0.1, 0.2)],
    {
      since: '2026-10-20',
      until: '2026-10-21'
    }
  )

  // The story: weight (.3 + .5 + .7) / 3 = .5, score (.3² + .5² + .7²) / 1.5 = .5533. Σ u = 2.5.
  t.match(trend.structuredContent, {
    points: [{ stories: 3 }, { articles: 5, stories: 3 }],
    largest_change: {
      change: 0.2307, // (.5 · .5533 + .1 + .2) / 2.5
      moved_by: [
        { title: copies[2]?.title, score: 0.5533, effect: 0.1107 },
        { score: 0.2, effect: 0.08 },
        { score: 0.1, effect: 0.04 }
      ]
    }
  })
})

t.test(
  'get_sentiment_trend: headlines by relevance, fewer in longer trends; days that extend beyond the window are partial',
  async (t) => {
    const articles = [0.2, 0.9, 0.5, 0.7].map((relevance, index) =>
      newerArticle({
        at: minutesBefore(index, '2026-10-19T12:00:00Z'),
        about: scoreApple(0.1, relevance),
        title: `Relevance ${relevance} ${'long '.repeat(20)}`
      })
    )
    const server = await startFeedServer(t, toFeed(...articles))
    const points = async (since: string, until: string) =>
      resultList(await callTool(server, 'get_sentiment_trend', { ticker: 'AAPL', since, until }), 'points')
    const whole = await points('2026-10-18', '2026-10-19')
    t.same(
      whole.map(({ partial }) => partial),
      [undefined, undefined],
      'whole days are not partial'
    )
    const headlines = (whole[1]?.headlines ?? []) as string[]
    t.same(
      headlines.map((one) => one.slice(0, 13)),
      ['Relevance 0.9', 'Relevance 0.7', 'Relevance 0.5']
    )
    t.ok(headlines.every((title) => Buffer.byteLength(title) <= 50 && title.endsWith('…')))
    t.same(
      (await points('2026-10-18T00:01Z', '2026-10-19T23:58Z')).map(({ partial }) => partial),
      [true, true]
    )
    const countHeadlines = async (since: string) =>
      (await points(since, '2026-10-19')).map(({ headlines }) => (headlines as string[]).length).at(-1)
    t.same(
      [
        await countHeadlines('2026-10-15'),
        await countHeadlines('2026-10-12'),
        await countHeadlines('2026-10-03')
      ],
      [3, 2, 1]
    )
  }
)

t.test('get_sentiment_trend, full feed: the first covered day is partial', async (t) => {
  const server = await startFeedServer(
    t,
    toFeed(
      ...Array.from({ length: 50 }, (_, index) =>
        newerArticle({ at: minutesBefore(index * 60), about: scoreApple(0.1) })
      )
    )
  )
  const trend = await callTool(server, 'get_sentiment_trend', {
    ticker: 'AAPL',
    since: '2026-10-15',
    until: '2026-10-21'
  })
  t.same(
    resultList(trend, 'points').map(({ date, partial }) => [date, partial]),
    [
      ['2026-10-19', true],
      ['2026-10-20', undefined],
      ['2026-10-21', undefined]
    ]
  )
})
