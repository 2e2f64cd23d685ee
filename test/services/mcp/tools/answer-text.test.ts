import t from 'tap'
import { errorResponses } from '../../../../local/alpha-vantage/error-bodies.ts'
import { findTextFault } from '../../../support/answer-text.ts'
import { articlesBefore, toFeed } from '../../../support/feeds.ts'
import { renderMarkdown } from '../../../support/markdown.ts'
import { callTool, resultList, resultText, type ToolResult } from '../../../support/rpc.ts'
import { startServer, type TestServer } from '../../../support/server.ts'
import { asOf } from '../../../support/worked-example.ts'

/** Asks `server` for every kind of answer. */
async function collectAnswers(server: TestServer) {
  const ask = (name: string, args: Record<string, unknown> = {}) => callTool(server, name, args)
  const answers: Record<string, ToolResult> = {}
  const ticker = 'AAPL'
  for (const { name, example } of server.app.mcp.catalog.tools) {
    answers[`${name} of sample news`] = await ask(name, example?.arguments)
  }
  const page = await ask('get_news_sentiment', { ticker, limit: 2 })
  const cursor = page.structuredContent?.next_cursor
  answers['next page'] = await ask('get_news_sentiment', { ticker, limit: 2, cursor })
  answers['no articles'] = await ask('get_news_sentiment', { ticker, min_relevance: 1 })
  answers['many articles'] = await ask('get_news_sentiment', { ticker, limit: 50, since: '30d' })
  answers['filtered articles'] = await ask('get_news_sentiment', {
    ticker,
    topics: ['technology'],
    min_relevance: 0.1
  })
  answers['long trend'] = await ask('get_sentiment_trend', { ticker, since: '90d' })
  answers['no ticker ranked'] = await ask('get_market_news', { min_articles: 100 })
  answers['ticker missing'] = await ask('compare_news_sentiment', { tickers: [ticker, 'NFLX', 'MSFT'] })
  answers['unknown ticker'] = await ask('get_news_sentiment', { ticker: 'NFLX' })
  answers['ignored argument'] = await ask('get_news_sentiment', { ticker, limits: 5 })
  answers['invalid arguments'] = await ask('get_news_sentiment', {
    ticker: '<img src=x> `a` [b](c)\n# d',
    sort: '![](e)',
    limit: '**f**'
  })
  const before = { since: '7d', as_of: asOf }
  server.news.answer = () => toFeed(...articlesBefore(Date.parse(asOf), { count: 1, everyMs: 1 }))
  answers['insufficient data'] = await ask('explain_sentiment', { ticker, ...before })
  answers['nothing ranked'] = await ask('compare_news_sentiment', { tickers: [ticker, 'MSFT'], ...before })
  server.news.answer = () =>
    toFeed(...articlesBefore(Date.parse(asOf), { count: 50, everyMs: 1, ticker: 'TSLA' }))
  answers.truncated = await ask('compare_news_sentiment', { tickers: ['TSLA', 'MSFT'], ...before })
  server.news.answer = () => errorResponses.dailyLimit
  answers.stale = await ask('get_news_sentiment', { ticker })
  answers['limit reached'] = await ask('get_news_sentiment', { ticker: 'IBM' })
  answers['budget after the limit'] = await ask('get_news_budget')
  return answers
}

t.test('every answer of every tool: what is quoted, listed and linked when a host renders it', async (t) => {
  const server = await startServer(t, { CACHE_TTL_MS: '1', ALPHA_VANTAGE_CALLS_PER_DAY: '100' })

  const answers = await collectAnswers(server)

  for (const [name, answer] of Object.entries(answers)) t.equal(findTextFault(answer), undefined, name)
  t.match(answers, {
    'get_news_budget of sample news': { structuredContent: { cached: [{}] } },
    'next page': { structuredContent: { articles: { length: 2 } } },
    'no articles': { structuredContent: { articles: { length: 0 } } },
    'unknown ticker': { isError: true },
    'ignored argument': { content: [{ text: /Ignored `limits`/ }] },
    'invalid arguments': { isError: true, _meta: { code: 'INVALID_ARGUMENTS' } },
    'insufficient data': { structuredContent: { sentiment: { score: null } } },
    truncated: { structuredContent: { cut_short_by: ['TSLA'], ranking: [{ score: 0.2 }, { score: null }] } },
    stale: { structuredContent: { cache: 'stale' } },
    'limit reached': { isError: true, _meta: { code: 'NEWS_QUOTA_SPENT' } },
    'budget after the limit': { structuredContent: { refused: { code: 'NEWS_QUOTA_SPENT' } } }
  })
})

t.test('answers: one line leads to the resources of their articles, whose ids are in the data', async (t) => {
  const answers = await collectAnswers(await startServer(t))

  for (const [name, answer] of Object.entries(answers)) {
    const hints = resultText(answer)
      .split('\n')
      .filter((line) => line.includes('/articles/{id}'))
    const ids =
      JSON.stringify(answer.structuredContent ?? {}).match(/"(main_article_)?id":"[\w-]{12}"/g) ?? []
    t.equal(hints.length, ids.length > 0 ? 1 : 0, name)
  }
})

t.test('times in answers and in errors: year to minute in UTC, never ISO 8601', async (t) => {
  const server = await startServer(t)
  const answers = await collectAnswers(server)
  for (const args of [
    { until: '2099-01-01' },
    { as_of: 'x' },
    { since: '2026-01-01', until: '2026-08-01' },
    { since: '2026-08-01', until: '2026-01-01' }
  ]) {
    answers[JSON.stringify(args)] = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...args })
  }

  for (const [name, answer] of Object.entries(answers)) {
    t.notMatch(resultText(answer), /\d{4}-\d\d-\d\dT\d/, name)
  }
  t.match(resultText(answers.stale ?? { content: [] }), /\d{4}-\d\d-\d\d \d\d:\d\d UTC/)
})

t.test(
  'lists: numbered across pages, with an item for each day, ranked ticker and cached news',
  async (t) => {
    const answers = await collectAnswers(await startServer(t))
    const countItems = (name: string, pattern: RegExp) => {
      const { blocks } = renderMarkdown(resultText(answers[name] ?? { content: [] }), 'CommonMark')
      return new Set(blocks.filter(({ text }) => pattern.test(text)).map(({ item }) => item)).size
    }

    t.match(resultText(answers['next page'] ?? { content: [] }), /^3\. > 📰 .*^4\. > 📰 /ms)
    t.equal(
      countItems('get_sentiment_trend of sample news', /^\d{4}-\d\d-\d\d /),
      resultList(answers['get_sentiment_trend of sample news'] ?? { content: [] }, 'points').length
    )
    t.equal(countItems('compare_news_sentiment of sample news', /sentiment score/), 3)
    t.ok(countItems('get_news_budget of sample news', / old\)$/) >= 3)
  }
)
