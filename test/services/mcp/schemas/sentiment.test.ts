import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultText } from '../../../support/rpc.ts'
import { asOf, day, midnight, minutesBefore, noon, scoreApple } from '../../../support/worked-example.ts'

const insufficient = {
  status: 'insufficient_data',
  score: null,
  label: null,
  low: null,
  high: null,
  side: null,
  label_is_certain: null,
  effective_stories: null,
  degrees_of_freedom: null,
  dispersion: null,
  standard_error: null,
  largest_source: null
}

for (const [title, feed, articles, basis] of [
  ['two articles', [noon, midnight], 2, '2 articles, 2 stories'],
  [
    'three articles on two stories',
    [noon, { ...noon, url: 'https://e.test/2' }, midnight],
    3,
    '3 articles, 2 stories'
  ]
] as const) {
  t.test(`${title}: insufficient_data with null values, never 0`, async (t) => {
    const server = await startFeedServer(t, toFeed(...feed))

    for (const name of ['get_news_sentiment', 'get_sentiment_trend', 'explain_sentiment']) {
      const result = await callTool(server, name, { ticker: 'AAPL', ...day })
      t.match(result.structuredContent?.sentiment, { ...insufficient, articles, stories: 2 })
      t.ok(
        resultText(result).startsWith(
          `AAPL: insufficient data (${basis}); a score needs at least 3 stories. Ask for a longer window.`
        ),
        resultText(result)
      )
      t.notMatch(resultText(result), /of the weight/, 'no share of a source either')
    }
  })
}

/** Asks for the sentiment of `count` stories of equal weight that all have `score`. */
async function askForEqualStories(t: Parameters<typeof startFeedServer>[0], count: number, score: number) {
  const stories = Array.from({ length: count }, () => newerArticle({ at: asOf, about: scoreApple(score) }))
  const server = await startFeedServer(t, toFeed(...stories))
  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
  return { text: resultText(result), sentiment: result.structuredContent?.sentiment }
}

t.test('20 stories that agree on 0.5: bullish, with a certain label and no bands in the text', async (t) => {
  const { text, sentiment } = await askForEqualStories(t, 20, 0.5)

  // D = 0, s² = 2·0.04 / 21 = 0.003810, SE = √(0.003810 / 20) = 0.0138, ν = 21, t = 2.0796: 0.5 ± 0.0287
  t.match(sentiment, {
    side: 'bullish',
    label: 'Bullish',
    label_is_certain: true,
    low: 0.4713,
    high: 0.5287,
    standard_error: 0.0138,
    degrees_of_freedom: 21
  })
  t.match(
    text,
    /^AAPL: Bullish, sentiment score \+0\.50 \(95% interval \+0\.47 to \+0\.53\), from 20 articles, 20 stories\. One/
  )
})

t.test('20 stories that agree on -0.25: bearish, though the label is not the strongest', async (t) => {
  const { sentiment } = await askForEqualStories(t, 20, -0.25)

  // As above: −0.25 ± 0.0287, which is inside −0.35 to −0.15
  t.match(sentiment, { side: 'bearish', label: 'Somewhat-Bearish', label_is_certain: true, high: -0.2213 })
})

t.test(
  'three stories that agree on 0.2: side unclear, and the text says which bands the interval spans',
  async (t) => {
    const { text, sentiment } = await askForEqualStories(t, 3, 0.2)

    // D = 0, s² = 2·0.04 / 4 = 0.02, SE = √(0.02 / 3) = 0.0816, ν = 4, t = 2.7764: 0.2 ± 0.2267
    t.match(sentiment, { side: 'unclear', label_is_certain: false, low: -0.0267, high: 0.4267 })
    t.match(
      text,
      /^AAPL: Somewhat-Bullish, sentiment score \+0\.20 \(95% interval -0\.03 to \+0\.43\), from 3 articles, 3 stories\. The interval reaches from Neutral to Bullish\./
    )
  }
)

t.test("score near a label's bound: printed with enough decimals to match its label", async (t) => {
  const articles = [1, 2, 3].map((hours) =>
    newerArticle({ at: `2026-10-21T0${hours}:00:00Z`, about: { AAPL: [1, 0.14998], MSFT: [1, 0.1496] } })
  )
  const server = await startFeedServer(t, toFeed(...articles))

  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
  const other = await callTool(server, 'get_news_sentiment', { ticker: 'MSFT', ...day })

  t.match(result.structuredContent?.sentiment, { score: 0.15, label: 'Somewhat-Bullish' })
  t.match(resultText(result), /^AAPL: Somewhat-Bullish, sentiment score \+0\.15 /)
  t.match(other.structuredContent?.sentiment, { score: 0.1496, label: 'Neutral' })
  t.match(resultText(other), /^MSFT: Neutral, sentiment score \+0\.1496 /, '0.15 would be Somewhat-Bullish')
})

t.test(
  "end of an interval near a label's bound: printed with enough decimals to match its band",
  async (t) => {
    const { text, sentiment } = await askForEqualStories(t, 3, 0.3763)

    t.match(sentiment, { low: 0.1496, high: 0.603 }) // 0.3763 ± 0.2267, as above
    t.match(
      text,
      /95% interval \+0\.1496 to \+0\.60\), from .* The interval reaches from Neutral to Bullish\./
    )
  }
)

t.test('end of an interval near 0: printed with enough decimals to show the side', async (t) => {
  const bullish = await askForEqualStories(t, 3, 0.23)
  const bearish = await askForEqualStories(t, 3, -0.23)

  // ±0.2267, as above.
  t.match(bullish.sentiment, { low: 0.0033, side: 'bullish' })
  t.match(bullish.text, /95% interval \+0\.0033 to \+0\.46\)/)
  t.match(bearish.sentiment, { high: -0.0033, side: 'bearish' })
  t.match(bearish.text, /95% interval -0\.46 to -0\.0033\)/)
})

t.test('score that rounds to 0: printed without a sign', async (t) => {
  const server = await startFeedServer(
    t,
    toFeed(
      ...[1, 2, 3].map((minutes) => newerArticle({ at: minutesBefore(minutes), about: scoreApple(-0.001) }))
    )
  )
  // The weights are almost equal, so the interval is −0.001 ± 0.2267, as above.
  t.match(
    resultText(await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })),
    /sentiment score 0\.00 \(95% interval -0\.23 to \+0\.23\)/
  )
})
