import t from 'tap'
import { articlesBefore, toFeed } from '../../../support/feeds.ts'
import { callTool } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { asOf, day } from '../../../support/worked-example.ts'

t.test('upstream query: requests ALPHA_VANTAGE_LIMIT articles', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_LIMIT: '50' })
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  t.match(server.news.queries, [{ limit: '50' }])
})

t.test('several queries on a ticker and window, by different tools: one call', async (t) => {
  const server = await startServer(t)
  const calls: unknown[] = []
  const ask = async (name: string, args: Record<string, unknown>) => {
    const { structuredContent } = await callTool(server, name, { ticker: 'AAPL', ...args })
    calls.push(structuredContent?.upstream_calls)
  }

  await ask('get_sentiment_trend', { since: '30d' })
  await ask('get_news_sentiment', {})
  await ask('get_news_sentiment', { since: '24h', sort: 'relevance' })
  await ask('explain_sentiment', { since: '14d' })
  const tenDaysAgo = new Date(Date.now() - 10 * 86_400_000).toISOString()
  await ask('explain_sentiment', { as_of: tenDaysAgo })
  await ask('get_sentiment_trend', { since: '90d', bucket: 'week' })
  await ask('get_news_sentiment', { since: '60d', limit: 50 })

  t.same(calls, [1, 0, 0, 0, 0, 1, 0])
  t.equal(server.news.queries.length, 2)
})

t.test('more news than CACHE_ARTICLES: answered from disk without a call', async (t) => {
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
