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
  'get_sentiment_trend: points by day and week, null without news, and the largest change',
  async (t) => {
    const server = await startFeedServer(t, workedFeed)
    const ask = (args: object) =>
      callTool(server, 'get_sentiment_trend', { ticker: 'AAPL', as_of: asOf, ...args })

    const days = await ask({ since: '2026-10-18' })
    const weeks = await ask({ since: '2026-10-12', bucket: 'week' })

    const empty = { level: null, low: null, high: null, articles: 0, headlines: [] }
    t.same(days.structuredContent?.points, [
      { date: '2026-10-18', ...empty },
      { date: '2026-10-19', ...empty },
      // (0.8 − 1) / 2, and (0.4 − 0.2) / 2
      {
        date: '2026-10-20',
        level: -0.1,
        low: null,
        high: null,
        articles: 2,
        headlines: [dayBefore.title, tooEarly.title]
      },
      {
        date: '2026-10-21',
        level: 0.1,
        low: null,
        high: null,
        articles: 2,
        headlines: [noon.title, midnight.title],
        partial: true
      }
    ])
    t.match(days.structuredContent?.largest_change, {
      from: '2026-10-20',
      to: '2026-10-21',
      change: 0.2,
      uncertainty: null,
      is_certain: false,
      moved_by: [
        { title: noon.title, effect: 0.25, score: 0.4, url: noon.url }, // ½ · (0.4 + 0.1)
        { title: midnight.title, effect: -0.05 } // ½ · (−0.2 + 0.1)
      ]
    })
    t.match(weeks.structuredContent?.points, [
      { date: '2026-10-12', level: null },
      { date: '2026-10-19', level: 0, articles: 4, partial: true }
    ])
    t.match(
      resultText(days),
      /Largest change: \+0\.20 from 2026-10-20 to 2026-10-21, with too few articles to estimate its uncertainty/
    )
  }
)

t.test(
  'get_sentiment_trend: is_certain compares the change with its uncertainty; a cut first day is partial',
  async (t) => {
    const on = (date: string, ...scores: number[]) =>
      scores.map((score, index) =>
        newerArticle({ at: `${date}T1${index}:00:00Z`, about: { AAPL: [1, score] } })
      )
    const trend = async (...lastScores: number[]) => {
      const server = await startFeedServer(
        t,
        toFeed(...on('2026-10-20', 0.1, 0.2, 0.3), ...on('2026-10-21', ...lastScores))
      )
      const { structuredContent } = await callTool(server, 'get_sentiment_trend', {
        ticker: 'AAPL',
        since: '2026-10-20T05:00Z',
        until: '2026-10-21'
      })
      return structuredContent
    }

    // Dispersion √(2/300) = 0.0816, three equal weights: SE = 0.0471; 1.96 · √2 · 0.0471 = 0.1307
    t.match(await trend(0.2, 0.3, 0.4), {
      largest_change: { change: 0.1, uncertainty: 0.1307, is_certain: false },
      points: [{ partial: true }, { partial: undefined }]
    })
    t.match(await trend(0.3, 0.4, 0.5), {
      largest_change: { change: 0.2, uncertainty: 0.1307, is_certain: true }
    })
  }
)

t.test('get_sentiment_trend: the text says whether the change exceeds its uncertainty', async (t) => {
  const on = (date: string, ...scores: number[]) =>
    scores.map((score, index) => newerArticle({ at: `${date}T0${index}:00:00Z`, about: scoreApple(score) }))
  const server = await startFeedServer(
    t,
    toFeed(...on('2026-10-18', 0.1, 0.1, 0.1), ...on('2026-10-19', 0.5, 0.5, 0.5))
  )
  const trend = { ticker: 'AAPL', since: '2026-10-18', until: '2026-10-19' }
  t.match(
    resultText(await callTool(server, 'get_sentiment_trend', trend)),
    /Largest change: \+0\.40 from 2026-10-18 to 2026-10-19, more than its uncertainty of 0\.00/
  )
  server.news.answer = () => toFeed(...on('2026-10-18', -0.9, 0.1, 0.9), ...on('2026-10-19', -0.5, 0.5, 0.9))
  t.match(
    resultText(
      await callTool(server, 'get_sentiment_trend', { ...trend, ticker: 'AAPL', since: '2026-10-17' })
    ),
    /within its uncertainty of/
  )
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
