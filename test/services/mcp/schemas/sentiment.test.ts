import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultText } from '../../../support/rpc.ts'
import { day, midnight, minutesBefore, noon, scoreApple } from '../../../support/worked-example.ts'

t.test('fewer than three articles: insufficient_data with null values, never 0', async (t) => {
  const server = await startFeedServer(t, toFeed(noon, midnight))

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
    t.notMatch(resultText(result), /of the weight/, 'no share of a source either')
  }
})

t.test("level near a label's bound: printed with enough decimals to match its label", async (t) => {
  const articles = [1, 2, 3].map((hours) =>
    newerArticle({ at: `2026-10-21T0${hours}:00:00Z`, about: { AAPL: [1, 0.14998], MSFT: [1, 0.1496] } })
  )
  const server = await startFeedServer(t, toFeed(...articles))

  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
  const other = await callTool(server, 'get_news_sentiment', { ticker: 'MSFT', ...day })

  t.match(result.structuredContent?.sentiment, { level: 0.15, label: 'Somewhat-Bullish' })
  t.match(resultText(result), /^AAPL: Somewhat-Bullish, level \+0\.15 /)
  t.match(other.structuredContent?.sentiment, { level: 0.1496, label: 'Neutral' })
  t.match(resultText(other), /^MSFT: Neutral, level \+0\.1496 /, '0.15 would be Somewhat-Bullish')
})

t.test('level that rounds to 0: printed without a sign', async (t) => {
  const server = await startFeedServer(
    t,
    toFeed(
      ...[1, 2, 3].map((minutes) => newerArticle({ at: minutesBefore(minutes), about: scoreApple(-0.001) }))
    )
  )
  t.match(
    resultText(await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })),
    /level 0\.00 \(.* band 0\.00 to 0\.00\)/
  )
})
