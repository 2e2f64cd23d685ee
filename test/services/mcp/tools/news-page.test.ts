import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList } from '../../../support/rpc.ts'
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
    t.same(structuredContent?.sentiment, all.structuredContent?.sentiment, 'the level is that of all pages')
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
