import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import {
  day,
  dayBefore,
  midnight,
  minutesBefore,
  noon,
  scoreApple,
  toTitle,
  unscored,
  workedFeed
} from '../../../support/worked-example.ts'

t.test('get_news_sentiment: topics, min_relevance and sort select from the fetched articles', async (t) => {
  const server = await startFeedServer(t, workedFeed)
  const titles = async (args: Record<string, unknown>) => {
    const all = { ticker: 'AAPL', limit: 50, ...day }
    return resultList(await callTool(server, 'get_news_sentiment', { ...all, ...args }), 'articles').map(
      toTitle
    )
  }

  t.same(await titles({ topics: ['earnings'] }), [noon, midnight].map(toTitle))
  t.same(await titles({ topics: ['earnings', 'technology'] }), [midnight.title], 'on all of the topics')
  t.same(await titles({ min_relevance: 0.5 }), [noon, midnight, dayBefore].map(toTitle))
  t.same(await titles({ sort: 'earliest' }), [dayBefore, midnight, unscored, noon].map(toTitle))
  t.same(await titles({ sort: 'most_bullish' }), [dayBefore, noon, midnight, unscored].map(toTitle))
  t.same(await titles({ sort: 'most_bearish' }), [midnight, noon, dayBefore, unscored].map(toTitle))
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

t.test('get_news_sentiment: a cursor pages through the fetched articles without another call', async (t) => {
  const server = await startServer(t)
  const args = { ticker: 'MSFT', since: '30d', limit: 7, sort: 'relevance' }
  const all = await callTool(server, 'get_news_sentiment', { ...args, limit: 50 })

  const listed: unknown[] = []
  let cursor: unknown
  do {
    const page = await callTool(server, 'get_news_sentiment', { ...args, ...(cursor ? { cursor } : {}) })
    const { structuredContent } = page
    listed.push(...resultList(page, 'articles'))
    t.same(structuredContent?.sentiment, all.structuredContent?.sentiment, 'the score is that of all pages')
    cursor = structuredContent?.next_cursor
  } while (cursor && listed.length < 200)

  t.equal(listed.length, all.structuredContent?.articles_available)
  t.same(listed.slice(0, 50), all.structuredContent?.articles)
  t.equal(server.news.queries.length, 1)
})

t.test(
  'get_news_sentiment: rejects a cursor of another query, a forged cursor, and a cursor to replaced news',
  async (t) => {
    const server = await startServer(t, { CACHE_TTL_MS: '1000', CACHE_SOFT_TIMEOUT_MS: '10000' })
    const ask = (args: Record<string, unknown>) =>
      callTool(server, 'get_news_sentiment', { ticker: 'MSFT', ...args })
    const { structuredContent } = await ask({})
    const cursor = structuredContent?.next_cursor
    const position = JSON.parse(Buffer.from(String(cursor), 'base64url').toString())
    const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

    t.match(await ask({ cursor }), { structuredContent: { upstream_calls: 0 } })
    t.match(await ask({ cursor, limit: 1 }), { structuredContent: { articles: { length: 1 } } })
    for (const args of [
      { cursor, sort: 'earliest' },
      { cursor, ticker: 'AAPL' },
      { cursor, since: '30d' },
      { cursor: 'x' },
      { cursor: forge() },
      { cursor: forge(position[0], position[1], position[2], 1e20, 0) },
      { cursor: forge(position[0], position[1], position[2], 4e12, 0) },
      { cursor: forge(...position.slice(0, 4), -1) },
      { cursor: forge(...position.slice(0, 4), '0') }
    ]) {
      t.match(await ask(args), { isError: true, _meta: { code: 'INVALID_ARGUMENTS' } }, JSON.stringify(args))
    }
    t.equal(server.news.queries.length, 1)
    t.match(await ask({ cursor: forge(position[0], 'AAPL 7d', ...position.slice(2)) }), {
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

t.test(
  'get_news_sentiment: a cursor is valid for its own ticker and fetch time; the last page has no cursor',
  async (t) => {
    const server = await startServer(t)
    const ask = (args: Record<string, unknown>) =>
      callTool(server, 'get_news_sentiment', { ticker: 'MSFT', ...args })
    const readCursor = async (args: Record<string, unknown>) =>
      JSON.parse(
        Buffer.from(String((await ask(args)).structuredContent?.next_cursor), 'base64url').toString()
      )
    const [, , otherTime] = await readCursor({ ticker: 'AAPL' })
    const [fingerprint, key, fetchedAtMs, at, offset] = await readCursor({})
    const forge = (...parts: unknown[]) =>
      Buffer.from(JSON.stringify([fingerprint, ...parts])).toString('base64url')

    t.match(await ask({ cursor: forge('AAPL 7d', otherTime, at, offset) }), {
      isError: true,
      _meta: { code: 'INVALID_ARGUMENTS' }
    })
    t.match(await ask({ cursor: forge(key, fetchedAtMs - 1, at, offset) }), {
      isError: true,
      _meta: { code: 'NEWS_CURSOR_EXPIRED' }
    })

    const three = Array.from({ length: 3 }, (_, index) =>
      newerArticle({ at: minutesBefore(index), about: scoreApple(0.1) })
    )
    server.news.answer = () => toFeed(...three)
    const all = await ask({ ticker: 'AAPL', limit: 3, ...day })
    t.match(all.structuredContent, { articles: { length: 3 }, next_cursor: null })
  }
)

/** Five stories on AAPL, one of them in two articles, in a window of a day: the half-life is 12 hours. */
const copied = { title: 'Apple delays its home hub again' }
const copy12HoursAgo = newerArticle({ at: minutesBefore(720), about: scoreApple(0.3, 0.9), ...copied })
const copyNow = newerArticle({ at: minutesBefore(0), about: scoreApple(-0.1, 0.5), ...copied })
const relevant = newerArticle({ at: minutesBefore(2 / 60), about: scoreApple(0.2, 0.7) })
const lessRelevant = newerArticle({ at: minutesBefore(1 / 60), about: scoreApple(0.1, 0.4) })
const older = newerArticle({ at: minutesBefore(360), about: scoreApple(0, 0.5) })
const mention = newerArticle({ at: minutesBefore(0), about: scoreApple(0.4, 0.04) })
const copiedFeed = toFeed(mention, copyNow, lessRelevant, relevant, copy12HoursAgo, older)

t.test(
  'get_news_sentiment: the stories with the most weight come first, and a passing mention comes last',
  async (t) => {
    const server = await startFeedServer(t, copiedFeed)

    const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 50, ...day })
    const three = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })

    // Weights u: 0.7; the story of two articles (0.9/2 + 0.5) / 2 = 0.475; 0.4; 0.5/√2 = 0.354; 0.04.
    t.match(resultList(result, 'articles'), [
      { title: relevant.title, copies: 1 },
      { title: copied.title, copies: 2, relevance_score: 0.9, ticker_sentiment_score: 0.3 },
      { title: lessRelevant.title, copies: 1 },
      { title: older.title, copies: 1 },
      { title: mention.title, copies: 1 }
    ])
    t.match(result.structuredContent, {
      articles_available: 5,
      next_cursor: null,
      sentiment: { articles: 6, stories: 5 }
    })
    t.same(resultList(three, 'articles'), resultList(result, 'articles').slice(0, 3), 'the default')
    t.match(resultText(three), /^3 of 5 stories; more with next_cursor:$/m)
    t.match(resultText(three), /^ {3}Published: .+ Sentiment: .+\. 2 articles on this story\.$/m)
  }
)

t.test('get_news_sentiment: one entry for each story in every order, page by page', async (t) => {
  const server = await startFeedServer(t, copiedFeed)
  for (const [sort, titles] of [
    ['weight', [relevant, copied, lessRelevant, older, mention]],
    ['earliest', [copied, older, relevant, lessRelevant, mention]],
    ['relevance', [copied, relevant, older, lessRelevant, mention]],
    ['most_bullish', [mention, copied, relevant, lessRelevant, older]],
    ['most_bearish', [older, lessRelevant, relevant, copied, mention]],
    ['latest', [mention, lessRelevant, relevant, older, copied]]
  ] as const) {
    const ask = (args: object) =>
      callTool(server, 'get_news_sentiment', { ticker: 'AAPL', sort, ...day, ...args })
    const all = await ask({ limit: 50 })
    const first = await ask({ limit: 2 })
    const second = await ask({ limit: 3, cursor: first.structuredContent?.next_cursor })

    const entries = resultList(all, 'articles')
    t.same(entries.map(toTitle), titles.map(toTitle), sort)
    t.match(
      entries.find(({ title }) => title === copied.title),
      { copies: 2, relevance_score: 0.9 }
    )
    t.same([...resultList(first, 'articles'), ...resultList(second, 'articles')], entries, sort)
    t.match(first.structuredContent, { articles_available: 5 })
    t.equal(second.structuredContent?.next_cursor, null)
  }
})

t.test(
  'get_news_sentiment: copies that a filter excludes count neither as copies nor in the weight',
  async (t) => {
    const server = await startFeedServer(t, copiedFeed)

    const result = await callTool(server, 'get_news_sentiment', {
      ticker: 'AAPL',
      min_relevance: 0.55,
      ...day
    })

    // 0.7; the remaining copy 0.9/2 = 0.45.
    t.match(resultList(result, 'articles'), [{ title: relevant.title }, { title: copied.title, copies: 1 }])
    t.match(result.structuredContent, { articles_available: 2, sentiment: { articles: 2, stories: 2 } })
  }
)

t.test(
  'get_news_sentiment: an article that does not score the ticker is no copy of one that does, and joins no two stories',
  async (t) => {
    const about = { MSFT: [0.2, 0] as [number, number] }
    const toArticle = (title: string, score?: number) =>
      newerArticle({ at: minutesBefore(0), about: { ...about, ...(score && scoreApple(score)) }, title })
    // 6 of 7 words in common, 6 of 8, and 5 of 8 between the first and the last.
    const first = toArticle('alpha bravo charlie delta echo foxtrot', 0.3)
    const between = toArticle('alpha bravo charlie delta echo foxtrot golf')
    const last = toArticle('bravo charlie delta echo foxtrot golf hotel', 0.2)
    const server = await startFeedServer(t, toFeed(first, between, last))

    const result = await callTool(server, 'get_news_sentiment', {
      ticker: 'AAPL',
      sort: 'most_bullish',
      ...day
    })

    t.match(resultList(result, 'articles'), [
      { title: first.title, copies: 1 },
      { title: last.title, copies: 1 },
      { title: between.title, copies: 1, relevance_score: null }
    ])
    t.match(result.structuredContent, {
      articles_available: 3,
      sentiment: { articles: 2, stories: 2, articles_unscored: 1 }
    })
  }
)
