import t, { type Test } from 'tap'
import { errorResponses } from '../../../../local/alpha-vantage/error-bodies.ts'
import { sampleTickers } from '../../../../local/alpha-vantage/sample-news.ts'
import { connectClient, connectModernClient } from '../../../support/clients.ts'
import { newerArticle, olderArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, eras, parseEvents, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

const connect = { legacy: connectClient, modern: connectModernClient }

/** Ages of 0, 12 and 24 hours before noon, in both formats; the half-life of a day is 12 hours: weights 1, ½ and ¼. */
const asOf = '2026-10-21T12:00:00Z'
const day = { since: '24h', as_of: asOf }
const noon = olderArticle({
  at: asOf,
  about: { AAPL: [1, 0.4], MSFT: [0.2, 0.1] },
  source: 'A',
  topics: { earnings: 1 }
})
const midnight = newerArticle({
  at: '2026-10-21T00:00:00Z',
  about: { AAPL: [1, -0.2] },
  source: 'B',
  topics: { earnings: 0.3, technology: 0.1 }
})
const dayBefore = newerArticle({
  at: '2026-10-20T12:00:00Z',
  about: { AAPL: [1, 0.8] },
  source: 'B',
  topics: { technology: 1 }
})
const unscored = newerArticle({ at: '2026-10-21T06:00:00Z', about: { TSLA: [1, -0.9] } })
const tooEarly = newerArticle({ at: '2026-10-20T11:59:59Z', about: { AAPL: [1, -1] } })
const tooLate = newerArticle({ at: '2026-10-21T12:00:01Z', about: { AAPL: [1, -1] } })
const feed = toFeed(tooLate, noon, unscored, midnight, dayBefore, tooEarly)

/** S = (1·0.4 − ½·0.2 + ¼·0.8) / 1.75 = 2/7; the rest as worked out in sentiment.test.ts. */
const byHand = {
  status: 'ok',
  level: 0.2857,
  label: 'Somewhat-Bullish',
  low: -0.145,
  high: 0.7164,
  articles: 3,
  stories: 3,
  breadth: 0.3333,
  bullish: 2,
  neutral: 0,
  bearish: 1,
  articles_unscored: 1,
  effective_articles: 2.3333,
  dispersion: 0.3356,
  standard_error: 0.2197,
  largest_source: { source: 'A', share: 0.5714 }
}
const titleOf = ({ title }: { title?: unknown }) => title

async function startWith(t: Test, answer: unknown) {
  const server = await startServer(t)
  server.news.answer = () => answer
  return server
}

for (const era of eras) {
  t.test(`${era}: the client of the SDK finds every tool's answer true to its schema`, async (t) => {
    const server = await startServer(t)
    const client = (await connect[era](t, server.resource, server.token)) as Awaited<
      ReturnType<typeof connectModernClient>
    >

    const { tools } = await client.listTools() // from here on the client checks structuredContent

    t.same(
      tools.map(({ name }) => name),
      [
        'get_news_sentiment',
        'compare_news_sentiment',
        'get_sentiment_trend',
        'get_market_news',
        'explain_sentiment',
        'get_news_budget'
      ]
    )
    for (const { name, title, description, annotations, outputSchema } of tools) {
      t.ok(title && description && outputSchema, name)
      t.match(annotations, {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: name !== 'get_news_budget'
      })
    }
    const about: Record<string, Record<string, unknown>[]> = {
      get_news_sentiment: [
        { ticker: 'AAPL' },
        { ticker: 'AAPL', since: '1h' },
        { ticker: 'CRYPTO:BTC', limit: 50, since: '30d', sort: 'most_bearish', topics: ['blockchain'] }
      ],
      compare_news_sentiment: [
        { tickers: ['AAPL', 'NFLX', 'FOREX:USD'] },
        { tickers: ['AAPL', 'MSFT'], since: '1h' }
      ],
      get_news_budget: [{}],
      get_sentiment_trend: [{ ticker: 'TSLA' }, { ticker: 'TSLA', since: '90d', bucket: 'week' }],
      get_market_news: [{}, { topic: 'blockchain', since: '7d' }, { since: '1h' }],
      explain_sentiment: [
        { ticker: 'NVDA' },
        { ticker: 'NVDA', since: '1h' },
        { ticker: 'NVDA', since: '30d', limit: 20 }
      ]
    }
    for (const { name } of tools) {
      const isNews = name !== 'get_news_budget'
      const ofNews = isNews ? { sample_data: true, as_of: /Z$/, notice: /third-party/ } : { left_today: null }
      for (const args of about[name] ?? []) {
        const result = await client.callTool({ name, arguments: args })
        t.match(result, { isError: undefined, structuredContent: ofNews }, `${name} ${JSON.stringify(args)}`)
      }
    }
  })
}

t.test('get_news_sentiment: the level of a window, as worked out by hand, in both formats', async (t) => {
  const server = await startWith(t, feed)

  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 10, ...day })

  const { structuredContent } = result
  t.same(structuredContent?.sentiment, byHand)
  t.same(
    resultList(result, 'articles').map(titleOf),
    [noon, unscored, midnight, dayBefore].map(titleOf),
    'both ends of the window belong to it; nothing before, and nothing after'
  )
  t.match(structuredContent, {
    as_of: asOf,
    window: { from: '2026-10-20T12:00:00Z', to: asOf, truncated: false },
    articles_available: 4,
    next_cursor: null,
    upstream_calls: 1,
    data_source: 'Alpha Vantage NEWS_SENTIMENT',
    sample_data: false,
    method: /2\^\(-age \/ 12 h\)/
  })
  t.match(
    resultText(result),
    /^AAPL: Somewhat-Bullish, level \+0\.29 \(uncertainty band -0\.14 to \+0\.72\) from 3 articles\. One source has 57% of the weight:\n> A\n/
  )
  t.match(server.news.queries, [
    { tickers: 'AAPL', time_from: '20261020T0000', time_to: '20261022T0000', limit: '1000', sort: 'LATEST' }
  ])
})

t.test('as_of: what is published later changes nothing, in no tool', async (t) => {
  const later = [1, 60, 600].map((minutes) =>
    newerArticle({
      at: new Date(Date.parse(asOf) + minutes * 60_000).toISOString(),
      about: { AAPL: [1, -1], MSFT: [1, 1] },
      title: noon.title,
      summary: noon.summary
    })
  )
  const [before, after] = await Promise.all([
    startWith(t, feed),
    startWith(t, toFeed(...later, ...feed.feed))
  ])
  const known = { as_of: asOf, since: '7d' }

  for (const [name, args] of [
    ['get_news_sentiment', { ticker: 'AAPL', limit: 50, sort: 'most_bearish', ...known }],
    ['compare_news_sentiment', { tickers: ['AAPL', 'MSFT'], ...known }],
    ['get_sentiment_trend', { ticker: 'AAPL', ...known }],
    ['get_market_news', known],
    ['explain_sentiment', { ticker: 'AAPL', ...known }]
  ] as const) {
    const [one, other] = await Promise.all([callTool(before, name, args), callTool(after, name, args)])
    const same = { fetched_at: '', data_age_seconds: 0 }
    t.same({ ...other.structuredContent, ...same }, { ...one.structuredContent, ...same }, name)
    t.equal(other.structuredContent?.as_of, asOf)
    t.notOk(JSON.stringify(other).includes('2026-10-21T12:01:00Z'))
  }
})

t.test('below three articles: insufficient data, and never a 0', async (t) => {
  const server = await startWith(t, toFeed(noon, midnight))

  for (const [name, args] of [
    ['get_news_sentiment', { ticker: 'AAPL' }],
    ['get_sentiment_trend', { ticker: 'AAPL' }],
    ['explain_sentiment', { ticker: 'AAPL' }]
  ] as const) {
    const result = await callTool(server, name, { ...args, ...day })
    t.match(result.structuredContent?.sentiment, {
      status: 'insufficient_data',
      level: null,
      label: null,
      low: null,
      high: null,
      effective_articles: null,
      standard_error: null,
      largest_source: null,
      articles: 2
    })
    t.match(resultText(result), /AAPL: insufficient data, only 2 articles scored/)
    t.notMatch(resultText(result), /of the weight/, 'and nothing that tells it in other words')
  }
})

t.test('get_news_sentiment: topics, min_relevance and sort choose among what was fetched', async (t) => {
  const server = await startWith(t, feed)
  const titles = async (args: Record<string, unknown>) => {
    const all = { ticker: 'AAPL', limit: 50, ...day }
    return resultList(await callTool(server, 'get_news_sentiment', { ...all, ...args }), 'articles').map(
      titleOf
    )
  }

  t.same(await titles({ topics: ['earnings'] }), [noon, midnight].map(titleOf))
  t.same(await titles({ topics: ['earnings', 'technology'] }), [midnight.title], 'all of them')
  t.same(await titles({ min_relevance: 0.5 }), [noon, midnight, dayBefore].map(titleOf))
  t.same(await titles({ sort: 'earliest' }), [dayBefore, midnight, unscored, noon].map(titleOf))
  t.same(await titles({ sort: 'most_bullish' }), [dayBefore, noon, midnight, unscored].map(titleOf))
  t.same(await titles({ sort: 'most_bearish' }), [midnight, noon, dayBefore, unscored].map(titleOf))
  t.same((await titles({ sort: 'relevance' })).at(-1), unscored.title)
  t.equal(server.news.queries.length, 1)
  const { structuredContent } = await callTool(server, 'get_news_sentiment', {
    ticker: 'AAPL',
    topics: ['earnings'],
    ...day
  })
  t.match(structuredContent, {
    narrowed_to: { topics: ['earnings'], min_relevance: 0 },
    sentiment: { articles: 2, status: 'insufficient_data' },
    articles_available: 2
  })
})

t.test('get_news_sentiment: a cursor pages through what was fetched, without another call', async (t) => {
  const server = await startServer(t)
  const args = { ticker: 'MSFT', since: '30d', limit: 7, sort: 'relevance' }
  const all = await callTool(server, 'get_news_sentiment', { ...args, limit: 50 })

  const seen: unknown[] = []
  let cursor: unknown
  do {
    const page = await callTool(server, 'get_news_sentiment', { ...args, ...(cursor ? { cursor } : {}) })
    const { structuredContent } = page
    seen.push(...resultList(page, 'articles'))
    t.same(structuredContent?.sentiment, all.structuredContent?.sentiment, 'the level is of all of them')
    cursor = structuredContent?.next_cursor
  } while (cursor && seen.length < 200)

  t.equal(seen.length, all.structuredContent?.articles_available)
  t.same(seen.slice(0, 50), all.structuredContent?.articles)
  t.equal(server.news.queries.length, 1)
})

t.test(
  'get_news_sentiment: a cursor of another question, a made-up one, and one whose news has been replaced',
  async (t) => {
    const server = await startServer(t, { CACHE_TTL_MS: '1000', CACHE_SOFT_TIMEOUT_MS: '10000' })
    const ask = (args: Record<string, unknown>) =>
      callTool(server, 'get_news_sentiment', { ticker: 'MSFT', ...args })
    const { structuredContent } = await ask({})
    const cursor = structuredContent?.next_cursor
    const question = JSON.parse(Buffer.from(String(cursor), 'base64url').toString())
    const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

    t.match(await ask({ cursor }), { structuredContent: { upstream_calls: 0 } })
    t.match(await ask({ cursor, limit: 1 }), { structuredContent: { articles: { length: 1 } } })
    for (const args of [
      { cursor, sort: 'earliest' },
      { cursor, ticker: 'AAPL' },
      { cursor, since: '30d' },
      { cursor: 'x' },
      { cursor: '' },
      { cursor: forge() },
      { cursor: forge(question[0], question[1], question[2], 1e20, 0) },
      { cursor: forge(question[0], question[1], question[2], 4e12, 0) },
      { cursor: forge(...question.slice(0, 4), -1) },
      { cursor: forge(...question.slice(0, 4), '0') }
    ]) {
      t.match(await ask(args), { isError: true, _meta: { code: 'INVALID_ARGUMENTS' } }, JSON.stringify(args))
    }
    t.equal(server.news.queries.length, 1)
    t.match(await ask({ cursor: forge(question[0], 'AAPL 7d', ...question.slice(2)) }), {
      isError: true,
      _meta: { code: 'NEWS_CURSOR_EXPIRED' }
    })
    while (server.news.queries.length === 1) await ask({})
    t.match(await ask({ cursor }), {
      _meta: { code: 'NEWS_CURSOR_EXPIRED' },
      content: [{ text: /Repeat the call without a cursor/ }]
    })
    t.equal(server.news.queries.length, 2)
  }
)

t.test("all of a ticker's questions about a window are answered from one call", async (t) => {
  const server = await startServer(t)
  const spent: unknown[] = []
  const ask = async (name: string, args: Record<string, unknown>) => {
    const { structuredContent } = await callTool(server, name, { ticker: 'AAPL', ...args })
    spent.push(structuredContent?.upstream_calls)
  }

  await ask('get_sentiment_trend', { since: '30d' })
  await ask('get_news_sentiment', {})
  await ask('get_news_sentiment', { since: '24h', sort: 'relevance' })
  await ask('explain_sentiment', { since: '14d' })
  const tenDaysAgo = new Date(Date.now() - 10 * 86_400_000).toISOString()
  await ask('explain_sentiment', { as_of: tenDaysAgo })
  await ask('get_sentiment_trend', { since: '90d', bucket: 'week' })
  await ask('get_news_sentiment', { since: '60d', limit: 50 })

  t.same(spent, [1, 0, 0, 0, 0, 1, 0])
  t.equal(server.news.queries.length, 2)
})

t.test('a window of the past costs one call, however it is cut', async (t) => {
  const server = await startWith(t, feed)

  const spent = []
  for (const args of [
    day,
    { since: '2026-10-20', until: '2026-10-21' },
    { since: '2h', as_of: '2026-10-21T23:59:00Z' }
  ]) {
    const { structuredContent } = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...args })
    spent.push(structuredContent?.upstream_calls)
  }

  t.same(spent, [1, 0, 1], 'one day alone is another question than two')
})

t.test(
  'an old feed that is not what was asked for is listed, and counts for nothing, again and again',
  async (t) => {
    const server = await startWith(t, feed)

    for (const calls of [1, 0]) {
      const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 50 })
      t.match(result.structuredContent, {
        sentiment: { articles: 0 },
        articles_available: 6,
        upstream_calls: calls
      })
    }
    t.match(await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', since: '6d' }), {
      structuredContent: { articles_available: 0 }
    })
  }
)

t.test('a full feed: the window is told to be truncated, and how far back it goes', async (t) => {
  const articles = Array.from({ length: 50 }, (_, index) =>
    newerArticle({
      at: new Date(Date.parse(asOf) - index * 3_600_000).toISOString(),
      about: { AAPL: [0.5, 0.2] }
    })
  )
  const server = await startWith(t, toFeed(...articles))
  const ask = (name: string, since: string) => callTool(server, name, { ticker: 'AAPL', since, as_of: asOf })
  const covered = '2026-10-19T11:00:00Z' // 49 hours before

  const week = await ask('get_news_sentiment', '7d')
  const trend = await ask('get_sentiment_trend', '7d')
  const hours = await ask('get_news_sentiment', '24h')

  t.match(week.structuredContent, { window: { truncated: true, covered_from: covered } })
  t.match(resultText(week), /articles go back only to 2026-10-19 11:00 UTC/)
  t.match(hours.structuredContent, { window: { truncated: false, covered_from: undefined } })
  t.match(
    resultList(trend, 'points').map(({ date }) => date),
    ['2026-10-19', '2026-10-20', '2026-10-21'],
    'no points for what is not known'
  )
})

/** So many articles on a ticker, one every `everyMs` before `to`. */
const articlesBefore = (
  to: number,
  {
    count,
    everyMs,
    ticker = 'AAPL',
    score = 0.2
  }: { count: number; everyMs: number; ticker?: string; score?: number }
) =>
  Array.from({ length: count }, (_, index) =>
    newerArticle({ at: new Date(to - index * everyMs).toISOString(), about: { [ticker]: [0.5, score] } })
  )

t.test(
  'a feed that the time after the window fills: asked once more, up to the end of the window',
  async (t) => {
    const server = await startServer(t)
    const end = Date.parse('2026-10-21T23:59:00Z')
    const all = [
      ...articlesBefore(end, { count: 1200, everyMs: 10_000 }),
      ...articlesBefore(Date.parse(asOf), { count: 20, everyMs: 60_000, score: 0.5 })
    ]
    // As Alpha Vantage does it: the newest 1000 up to time_to.
    server.news.answer = (_reply, { time_to: to = '' }) =>
      toFeed(...all.filter(({ time_published: time }) => time <= `${to}59`).slice(0, 1000))

    const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
    const again = await callTool(server, 'explain_sentiment', { ticker: 'AAPL', ...day })

    t.match(result.structuredContent, {
      sentiment: { articles: 20, level: 0.5 },
      window: { truncated: false },
      upstream_calls: 2
    })
    t.match(again.structuredContent, { sentiment: { articles: 20 }, upstream_calls: 0 })
    t.same(
      server.news.queries.map(({ time_to }) => time_to),
      ['20261022T0000', '20261021T1201']
    )
  }
)

t.test(
  'nothing before the end of a window of the past, though much after it: an answer, in both formats',
  async (t) => {
    for (const nothing of [toFeed(), errorResponses.noArticles]) {
      const server = await startServer(t)
      const full = articlesBefore(Date.parse('2026-10-21T23:59:00Z'), { count: 50, everyMs: 60_000 })
      server.news.answer = (_reply, { time_to: to }) => (to === '20261022T0000' ? toFeed(...full) : nothing)

      const { structuredContent } = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })

      t.match(structuredContent, {
        sentiment: { status: 'insufficient_data', articles: 0 },
        upstream_calls: 2
      })
    }
  }
)

t.test('questions at the same time about different windows each get their own', async (t) => {
  const server = await startWith(t, feed)
  const ask = (since: string) =>
    callTool(server, 'get_news_sentiment', { ticker: 'AAPL', since, as_of: asOf, limit: 50 })

  const together = await Promise.all(['24h', '20h', '13h'].map(ask))
  const apart = await Promise.all(['24h', '20h', '13h'].map(ask))

  const told = (results: typeof apart) =>
    results.map((one) => [one.structuredContent?.sentiment, resultList(one, 'articles').length])
  t.same(told(together), told(apart))
  t.equal(server.news.queries.length, 1, 'the same days hold them all')
})

t.test(
  'that there is no news in a window of the past is an answer, which tells nothing of what came after',
  async (t) => {
    const [empty, before, after] = await Promise.all([
      startWith(t, toFeed()),
      startWith(t, errorResponses.noArticles),
      startWith(t, toFeed(tooLate))
    ])

    for (const name of ['get_news_sentiment', 'get_sentiment_trend', 'explain_sentiment']) {
      const [none, older, later] = await Promise.all(
        [empty, before, after].map((server) => callTool(server, name, { ticker: 'AAPL', ...day }))
      )
      const same = { fetched_at: '', data_age_seconds: 0 }
      t.match(none?.structuredContent, {
        sentiment: { status: 'insufficient_data', articles: 0, level: null },
        upstream_calls: name === 'get_news_sentiment' ? 1 : 0
      })
      t.same({ ...older?.structuredContent, ...same }, { ...none?.structuredContent, ...same }, name)
      t.match(later?.structuredContent, { sentiment: none?.structuredContent?.sentiment as object })
    }
  }
)

t.test('whether there is news does not depend on what is kept', async (t) => {
  const server = await startServer(t)
  const old = newerArticle({
    at: new Date(Date.now() - 3 * 86_400_000).toISOString(),
    about: { AAPL: [1, 0.4] }
  })
  server.news.answer = (_reply, { time_from: from = '' }) =>
    old.time_published >= from ? toFeed(old) : toFeed()
  const ask = (since: string) => callTool(server, 'get_news_sentiment', { ticker: 'AAPL', since })

  const before = await ask('24h')
  await ask('7d')
  const after = await ask('24h')

  t.match(before, { isError: true, _meta: { code: 'NEWS_NOT_FOUND', upstream_calls: 1 } })
  t.match(after, { isError: true, _meta: { code: 'NEWS_NOT_FOUND', upstream_calls: 0 } })
  t.match(resultText(after), /no news on AAPL in that time\. Try a longer window/)
})

t.test('news that does not fit into CACHE_ARTICLES is answered from disk', async (t) => {
  const server = await startServer(t, { CACHE_ARTICLES: '1500' })
  server.news.answer = (_reply, { tickers: ticker = '' }) =>
    toFeed(...articlesBefore(Date.parse(asOf), { count: 700, everyMs: 60_000, ticker }))
  const ask = async (ticker: string) => {
    const { structuredContent } = await callTool(server, 'get_news_sentiment', { ticker, ...day })
    return structuredContent?.upstream_calls
  }

  t.same([await ask('AAPL'), await ask('MSFT'), await ask('NVDA')], [1, 1, 1])
  t.same([await ask('AAPL'), await ask('MSFT'), await ask('NVDA')], [0, 0, 0])
})

t.test("a level's label is that of the number that is printed", async (t) => {
  const near = [1, 2, 3].map((hours) =>
    newerArticle({ at: `2026-10-21T0${hours}:00:00Z`, about: { AAPL: [1, 0.14998], MSFT: [1, 0.1496] } })
  )
  const server = await startWith(t, toFeed(...near))

  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
  const other = await callTool(server, 'get_news_sentiment', { ticker: 'MSFT', ...day })

  t.match(result.structuredContent?.sentiment, { level: 0.15, label: 'Somewhat-Bullish' })
  t.match(resultText(result), /^AAPL: Somewhat-Bullish, level \+0\.15 /)
  t.match(other.structuredContent?.sentiment, { level: 0.1496, label: 'Neutral' })
  t.match(resultText(other), /^MSFT: Neutral, level \+0\.1496 /, 'not 0.15, which has another label')
})

t.test('compare_news_sentiment: a ranking, and differences told from those that are not', async (t) => {
  const server = await startServer(t)
  const scores: Record<string, number[]> = {
    // Levels −0.4 ± 0, 0.5 ± 0.08 and 0.45 ± 0.08; of one article nothing can be told.
    TSLA: [-0.4, -0.4, -0.4, -0.4],
    AAPL: [0.4, 0.6, 0.4, 0.6],
    MSFT: [0.35, 0.55, 0.35, 0.55],
    XOM: [0.9]
  }
  server.news.answer = (_reply, { tickers = '' }) =>
    toFeed(
      ...(scores[tickers] ?? []).map((score, index) =>
        newerArticle({
          at: asOf,
          about: { [tickers]: [0.5, score] },
          title: ['Apples', 'Pears', 'Plums', 'Figs'][index] ?? '',
          summary: ''
        })
      )
    )

  const { structuredContent, content } = await callTool(server, 'compare_news_sentiment', {
    tickers: ['XOM', 'TSLA', 'msft', 'AAPL'],
    ...day
  })

  t.match(structuredContent?.ranking, [
    { ticker: 'AAPL', level: 0.5, label: 'Bullish', clearly_above: ['TSLA'], articles: 4 },
    { ticker: 'MSFT', level: 0.45, clearly_above: ['TSLA'] },
    { ticker: 'TSLA', level: -0.4, low: -0.4, high: -0.4, clearly_above: [] },
    { ticker: 'XOM', status: 'insufficient_data', level: null, articles: 1, clearly_above: [] }
  ])
  // Dispersion 0.1, four equal weights: SE = 0.05; 1.96 · √(0.05² + 0.05²) = 0.1386 and 1.96 · 0.05 = 0.098
  t.same(structuredContent?.differences, [
    { above: 'AAPL', below: 'MSFT', difference: 0.05, uncertainty: 0.1386, is_certain: false },
    { above: 'MSFT', below: 'TSLA', difference: 0.85, uncertainty: 0.098, is_certain: true }
  ])
  t.match(structuredContent, { upstream_calls: 4, unavailable: [], as_of: asOf })
  t.match(
    content[0]?.text,
    /1\. AAPL: .* Clearly above TSLA\.\n2\. MSFT: .* Clearly above TSLA\.\n3\. TSLA: [^C]*\n– XOM: insufficient data/
  )
  t.equal(content.filter(({ type }) => type === 'resource_link').length, 4)
})

t.test('compare_news_sentiment: all are compared over the time that is covered for each', async (t) => {
  const server = await startServer(t)
  const end = Date.parse(asOf)
  const feeds: Record<string, unknown[]> = {
    AAPL: articlesBefore(end, { count: 50, everyMs: 60_000, score: 0.9 }),
    MSFT: articlesBefore(end, { count: 40, everyMs: 600_000, ticker: 'MSFT', score: -0.9 })
  }
  server.news.answer = (_reply, { tickers = '' }) => toFeed(...(feeds[tickers] ?? []))

  const { structuredContent } = await callTool(server, 'compare_news_sentiment', {
    tickers: ['AAPL', 'MSFT'],
    ...day
  })

  t.match(structuredContent, {
    window: { from: '2026-10-20T12:00:00Z', truncated: true, covered_from: '2026-10-21T11:11:00Z' },
    cut_short_by: ['AAPL'],
    ranking: [
      { ticker: 'AAPL', articles: 50 },
      { ticker: 'MSFT', articles: 5 }
    ]
  })
})

t.test('compare_news_sentiment: copies of one story make no difference clear', async (t) => {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) =>
    toFeed(
      ...[1, 2, 3].map(() =>
        newerArticle({
          at: asOf,
          about: { [tickers]: [0.5, tickers === 'AAPL' ? 0.9 : -0.9] },
          title: 'The same',
          summary: ''
        })
      )
    )

  const { structuredContent } = await callTool(server, 'compare_news_sentiment', {
    tickers: ['AAPL', 'MSFT'],
    ...day
  })

  t.match(structuredContent, {
    ranking: [{ ticker: 'AAPL', articles: 3, stories: 1, clearly_above: [] }],
    differences: [{ difference: 1.8, uncertainty: 0, is_certain: false }]
  })
})

t.test('compare_news_sentiment: a caller who leaves costs no further call', async (t) => {
  const server = await startServer(t)
  const leaving = new AbortController()
  const asked = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  server.news.answer = async () => {
    asked.resolve()
    await gate.promise
    return feed
  }

  const params = { name: 'compare_news_sentiment', arguments: { tickers: ['AAPL', 'MSFT', 'NVDA'] } }
  const left = fetch(server.resource, {
    method: 'POST',
    signal: leaving.signal,
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  })
  await asked.promise
  leaving.abort()
  await t.rejects(left, { name: 'AbortError' })
  // Once a later request is answered, the server has seen the end of the first.
  await callTool(server, 'get_market_news', { topic: 'weather' })
  gate.resolve()
  t.match((await callTool(server, 'get_news_sentiment', { ticker: 'TSLA', ...day })).isError, undefined)

  t.same(
    server.news.queries.map(({ tickers }) => tickers),
    ['AAPL', 'TSLA']
  )
})

t.test('compare_news_sentiment: one ticker that fails leaves the others, and its call is told', async (t) => {
  const server = await startServer(t)

  const partly = await callTool(server, 'compare_news_sentiment', { tickers: ['AAPL', 'NFLX', 'MSFT'] })
  server.news.answer = () => errorResponses.dailyLimit
  const none = await callTool(server, 'compare_news_sentiment', { tickers: ['TSLA', 'NVDA'] })

  t.match(partly.structuredContent, {
    ranking: { length: 2 },
    unavailable: [{ ticker: 'NFLX', code: 'NEWS_TICKER_UNKNOWN', reason: /NFLX is not among them/ }],
    upstream_calls: 3
  })
  t.match(resultText(partly), /NFLX is missing: /)
  t.match(none, { isError: true, _meta: { code: 'NEWS_QUOTA_SPENT' } })
})

t.test('compare_news_sentiment: progress is told ticker by ticker', async (t) => {
  const { post } = await startServer(t)

  const response = await post(
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'compare_news_sentiment',
        arguments: { tickers: ['AAPL', 'MSFT', 'NVDA'] },
        _meta: { progressToken: 'p' }
      }
    },
    { accept: 'application/json, text/event-stream' }
  )

  const told = parseEvents(await response.text())
  t.match(told, [
    ...[0, 1, 2, 3].map((progress) => ({ params: { progressToken: 'p', progress, total: 3 } })),
    { id: 1, result: { structuredContent: { ranking: { length: 3 } } } }
  ])
})

t.test('get_sentiment_trend: days and weeks, nulls for days without news, and what moved most', async (t) => {
  const server = await startWith(t, feed)
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
  t.match(
    days.content.filter(({ type }) => type === 'resource_link').map(({ name }) => name),
    [noon.title, midnight.title]
  )
})

t.test(
  'get_sentiment_trend: a change within its uncertainty, and one beyond it; ends that are cut',
  async (t) => {
    const on = (date: string, ...scores: number[]) =>
      scores.map((score, index) =>
        newerArticle({ at: `${date}T1${index}:00:00Z`, about: { AAPL: [1, score] } })
      )
    const trend = async (...last: number[]) => {
      const server = await startWith(
        t,
        toFeed(...on('2026-10-20', 0.1, 0.2, 0.3), ...on('2026-10-21', ...last))
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

t.test('explain_sentiment: contributions add up to the level, and copies are one story', async (t) => {
  const copy = newerArticle({
    at: '2026-10-21T11:00:00Z',
    about: { AAPL: [1, 0.3], MSFT: [0.2, 0.1] },
    title: noon.title,
    summary: noon.summary,
    source: 'C'
  })
  const server = await startWith(t, toFeed(copy, ...feed.feed))

  const result = await callTool(server, 'explain_sentiment', { ticker: 'AAPL', limit: 2, ...day })

  const {
    sentiment,
    stories,
    other_stories,
    sources,
    other_sources,
    topics: byTopic,
    other_topics
  } = result.structuredContent as Record<string, { contribution: number; share: number }[]> &
    Record<string, never>
  t.match(sentiment, { articles: 4, stories: 3 })
  t.match(stories, [
    { title: noon.title, source: 'C', articles: 2, score: 0.3 },
    { title: dayBefore.title, articles: 1 }
  ])
  t.match(other_stories, { count: 1 })
  t.match(sources, [{ source: 'A' }, { source: 'C' }])
  t.match(byTopic, [{ topic: 'earnings' }, { topic: 'technology' }])
  for (const parts of [
    [...(stories ?? []), other_stories],
    [...(sources ?? []), other_sources],
    [...(byTopic ?? []), other_topics]
  ]) {
    const sum = (of: 'share' | 'contribution') => parts.reduce((total, part) => total + (part?.[of] ?? 0), 0)
    t.ok(Math.abs(sum('contribution') - Number((sentiment as { level: number } | undefined)?.level)) < 5e-4)
    t.ok(Math.abs(sum('share') - 1) < 5e-4)
  }
  t.match(
    resultText(result),
    /Largest contributions:\n\+0\.\d\d \(score \+0\.30, \d+% of the weight, 2 articles\)/
  )
})

t.test('get_market_news: the best and the worst spoken of, with evidence, from one call', async (t) => {
  const server = await startServer(t)
  const articles = [0.1, 0.2, 0.3].map((more) =>
    newerArticle({
      at: asOf,
      about: { UP: [0.5, 0.4 + more], MID: [0.5, 0.1], DOWN: [0.5, -more], RARE: [0.1, 0] },
      score: more
    })
  )
  const rare = newerArticle({ at: asOf, about: { NEW: [1, 1] }, score: -0.5 })
  server.news.answer = () => toFeed(...articles, rare)

  const all = await callTool(server, 'get_market_news', day)
  const topical = await callTool(server, 'get_market_news', {
    topic: 'earnings',
    limit: 1,
    min_articles: 4,
    ...day
  })

  t.match(all.structuredContent, {
    topic: null,
    market: { articles: 4, bullish: 2, neutral: 1, bearish: 1, breadth: 0.3333 },
    tickers_ranked: 4,
    most_bullish: [
      {
        ticker: 'UP',
        level: 0.6,
        label: 'Bullish',
        articles: 3,
        evidence: { title: articles[2]?.title, score: 0.7 }
      },
      { ticker: 'MID', level: 0.1, label: 'Neutral' }
    ],
    most_bearish: [{ ticker: 'DOWN', level: -0.2, evidence: { title: articles[2]?.title, score: -0.3 } }],
    upstream_calls: 1
  })
  t.equal(resultList(all, 'most_bullish').length, 2)
  t.equal(resultList(all, 'most_bearish').length, 1)
  t.match(topical.structuredContent, { topic: 'earnings', most_bullish: { length: 0 }, tickers_ranked: 0 })
  t.match(resultText(topical), /No ticker has enough articles/)
  t.match(server.news.queries, [
    { tickers: undefined, topics: undefined },
    { tickers: undefined, topics: 'earnings' }
  ])
})

t.test('arguments that do not fit are told, and cost no call', async (t) => {
  const server = await startServer(t)
  const ticker = 'AAPL'

  for (const [name, args, message] of [
    ['get_news_sentiment', { ticker, since: 'yesterday' }, /since.*|must be a duration/s],
    ['get_news_sentiment', { ticker, since: '91d' }, /must be a duration/],
    ['get_news_sentiment', { ticker, since: '2026-01-01' }, /longer than 90 days/],
    ['get_news_sentiment', { ticker, as_of: '0000-01-05' }, /must be an ISO 8601 time/],
    ['get_news_sentiment', { ticker, until: '2099-01-01' }, /until .* is later than/],
    ['get_news_sentiment', { ticker, as_of: '7d' }, /must be an ISO 8601 time/],
    ['get_news_sentiment', { ticker, as_of: '2099-01-01' }, /as_of .* is later than/],
    ['get_news_sentiment', { ticker, topics: ['weather'] }, /topics/],
    ['get_news_sentiment', { ticker, sort: 'best' }, /sort/],
    ['get_news_sentiment', { ticker, min_relevance: 2 }, /min_relevance/],
    ['compare_news_sentiment', { tickers: ['AAPL'] }, /tickers/],
    ['compare_news_sentiment', { tickers: ['AAPL', 'aapl'] }, /must not name a ticker twice/],
    ['compare_news_sentiment', { tickers: sampleTickers.slice(0, 11) }, /tickers/],
    ['get_sentiment_trend', { ticker, bucket: 'month' }, /bucket/],
    ['get_sentiment_trend', { ticker, since: '2026-11-01', until: '2026-10-01' }, /since .* must be earlier/],
    ['get_market_news', { topic: 'weather' }, /topic/],
    ['get_market_news', { min_articles: 1 }, /min_articles/],
    ['explain_sentiment', { ticker, limit: 21 }, /limit/],
    ['explain_sentiment', { ticker: 'Apple Inc' }, /must be one ticker/]
  ] as const) {
    const result = await callTool(server, name, args)
    t.match(result, { isError: true, _meta: { code: 'INVALID_ARGUMENTS' } }, JSON.stringify(args))
    t.match(resultText(result), message)
  }
  t.equal(server.news.queries.length, 0)
})

t.test(
  'articles are linked, and their links lead to all that is known of them, without a call',
  async (t) => {
    const server = await startWith(t, feed)
    const client = await connectClient(t, server.resource, server.token)
    const { content } = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 1, ...day })
    const link = content.find(({ type }) => type === 'resource_link')

    const { contents } = await client.readResource({ uri: String(link?.uri) })

    t.match(link, { uri: /^news:\/\/\/tickers\/AAPL\/articles\/[\w-]{12}$/, name: noon.title })
    const [read] = contents as { uri: string; mimeType: string; text: string }[]
    t.match(read, { uri: link?.uri, mimeType: 'application/json' })
    t.match(JSON.parse(read?.text ?? ''), {
      ticker: 'AAPL',
      title: noon.title,
      summary: noon.summary,
      source: 'A',
      domain: 'example.com',
      authors: ['A. Writer'],
      published_at: asOf,
      url: noon.url,
      topics: [{ topic: 'earnings', relevance_score: 1 }],
      overall_sentiment_score: 0.1,
      ticker_sentiment_score: 0.4,
      tickers: [{ ticker: 'AAPL', ticker_sentiment_score: 0.4 }, { ticker: 'MSFT' }],
      sample_data: false,
      notice: /third-party text/
    })
    t.equal(server.news.queries.length, 1)
  }
)

t.test(
  'the articles of news:///tickers/{ticker}/latest can be read, too, and its cursor leads on',
  async (t) => {
    const server = await startServer(t)
    server.news.answer = () => toFeed(...articlesBefore(Date.now() - 1000, { count: 60, everyMs: 60_000 }))
    const client = await connectClient(t, server.resource, server.token)
    const read = async (uri: string) => {
      const { contents } = await client.readResource({ uri })
      return JSON.parse((contents[0] as { text: string }).text)
    }

    const latest = await read('news:///tickers/AAPL/latest')
    const last = await read(`news:///tickers/AAPL/articles/${latest.articles[49].id}`)
    const next = await callTool(server, 'get_news_sentiment', {
      ticker: 'AAPL',
      cursor: latest.next_cursor,
      limit: 50
    })

    t.equal(last.title, latest.articles[49].title)
    t.equal(resultList(next, 'articles').length, 10)
    t.equal(server.news.queries.length, 1)
  }
)

t.test('a very long link stands in the resource of its article', async (t) => {
  const url = `https://example.com/${'long/'.repeat(60)}end`
  const long = newerArticle({ at: asOf, about: { AAPL: [1, 0.4] }, url })
  const server = await startWith(t, toFeed(long))
  const client = await connectClient(t, server.resource, server.token)

  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
  const [article] = resultList(result, 'articles')
  const { contents } = await client.readResource({ uri: String(article?.url) })

  t.match(article?.url, /^news:\/\/\/tickers\/AAPL\/articles\//)
  t.match(JSON.parse((contents[0] as { text: string }).text), { url })
})
