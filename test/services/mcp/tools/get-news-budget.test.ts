import t from 'tap'
import { errorResponses } from '../../../../local/alpha-vantage/error-bodies.ts'
import { callTool, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

t.test(
  "get_news_budget: returns the plan, the calls left, the caller's calls and the cached news, without a call",
  async (t) => {
    const server = await startServer(t, {
      ALPHA_VANTAGE_CALLS_PER_DAY: '25',
      ALPHA_VANTAGE_CALLS_PER_SECOND: '5',
      ALPHA_VANTAGE_RESERVED_CALLS: '2'
    })
    await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
    await callTool(server, 'get_market_news', { topic: 'earnings' })

    const budget = await callTool(server, 'get_news_budget', {})

    t.match(budget.structuredContent, {
      plan: {
        calls_per_day: 25,
        calls_per_minute: null,
        calls_per_second: 5,
        share_percent: 50,
        reserved_calls: 2
      },
      spent_today: 2,
      left_today: 23,
      resets_at: /T00:00:00Z$/,
      queue: { waiting: 0 },
      you: { spent_today: 2, may_spend: 21 },
      refused: null,
      paused_until: null,
      counted_in: 'disk',
      cached: [
        { subject: 'earnings', window: '1d', is_fresh: true },
        { subject: 'AAPL', window: '7d', is_fresh: true }
      ],
      cached_more: 0
    })
    t.match(
      resultText(budget),
      /^2 of 25 Alpha Vantage calls used today; resets at \d{4}-\d\d-\d\d 00:00 UTC\.\n\nYou have used 2, and can use 21 more at present\.\n\nCached, no call needed while fresh:\n\n- earnings 1d \(\d s old\)\n- AAPL 7d \(\d s old\)$/
    )
    t.equal(server.news.queries.length, 2)
  }
)

t.test('get_news_budget, circuit open: says until when', async (t) => {
  const server = await startServer(t)
  server.news.answer = (reply) => reply.code(500).send('')
  for (const ticker of ['AAPL', 'MSFT', 'NVDA']) await callTool(server, 'get_news_sentiment', { ticker })

  const budget = await callTool(server, 'get_news_budget', {})

  t.match(budget.structuredContent, { paused_until: /^\d{4}-.*Z$/ })
  t.match(resultText(budget), /\nAlpha Vantage is failing: no calls until .* UTC\.\n/)
})

t.test('get_news_budget, limit reported by Alpha Vantage: says until when', async (t) => {
  const server = await startServer(t)
  server.news.answer = () => errorResponses.dailyLimit
  const refused = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })

  const budget = await callTool(server, 'get_news_budget', {})

  t.match(budget.structuredContent, { refused: { code: 'NEWS_QUOTA_SPENT', until: /T00:00:00(\.000)?Z$/ } })
  t.match(resultText(budget), /Alpha Vantage reported its call limit: no calls until .* 00:00 UTC\.\n/)
  t.match(
    resultText(refused),
    /^Alpha Vantage reports that this server's key has no calls left today; resets at .* 00:00 UTC\. Cached news is still served\./
  )
})

t.test(
  'limit reported by Alpha Vantage below the limit of the plan: the error has the calls of the day',
  async (t) => {
    const server = await startServer(t, { ALPHA_VANTAGE_CALLS_PER_DAY: '25' })
    await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
    server.news.answer = () => errorResponses.dailyLimit

    const refused = await callTool(server, 'get_news_sentiment', { ticker: 'MSFT' })

    t.match(
      resultText(refused),
      /^2 of 25 Alpha Vantage calls used today; resets at .* 00:00 UTC\. Alpha Vantage reports that none are left; cached news is still served\. Cached, and returned without a call: AAPL 7d/
    )
  }
)

t.test('get_news_budget, plan without limits: null for what is unlimited', async (t) => {
  const server = await startServer(t)
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  const budget = await callTool(server, 'get_news_budget', {})
  t.match(budget.structuredContent, {
    spent_today: 1,
    left_today: null,
    you: { spent_today: 1, may_spend: null }
  })
  t.match(resultText(budget), /^1 Alpha Vantage call used today, without a limit\.\n\nYou have used 1\.\n/)
})
