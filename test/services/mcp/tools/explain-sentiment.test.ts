import t from 'tap'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { callTool, resultList, resultText } from '../../../support/rpc.ts'
import {
  asOf,
  day,
  dayBefore,
  minutesBefore,
  noon,
  scoreApple,
  workedFeed
} from '../../../support/worked-example.ts'

t.test('explain_sentiment: contributions add up to the score, and copies are one story', async (t) => {
  const copy = newerArticle({
    at: '2026-10-21T11:00:00Z',
    about: { AAPL: [1, 0.3], MSFT: [0.2, 0.1] },
    title: noon.title,
    source: 'C'
  })
  const server = await startFeedServer(t, toFeed(copy, ...workedFeed.feed))

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
  // The copy is one hour old: 2^(−1/12) = 0.9439. Story: u = (1 + 0.9439) / 2 = 0.9719, m = (0.4 + 0.9439·0.3) / 1.9439 =
  // 0.3514. Others: 1/2 and 1/4, so Σ u = 1.7219. S = (0.3416 − 0.1 + 0.2) / 1.7219 = 0.2564.
  t.match(sentiment, { articles: 4, stories: 3, score: 0.2564 })
  t.match(stories, [
    {
      title: noon.title,
      source: 'A',
      articles: 2,
      score: 0.3514,
      share: 0.5644, // 0.9719 / 1.7219
      contribution: 0.1984 // 0.3416 / 1.7219
    },
    { title: dayBefore.title, articles: 1, contribution: 0.1161 } // 0.2 / 1.7219
  ])
  t.match(other_stories, { count: 1, contribution: -0.0581 }) // −0.1 / 1.7219
  t.match(sources, [
    { source: 'B', share: 0.4356 }, // 0.75 / 1.7219
    { source: 'A', share: 0.2904 } // half of the story's first copy: 0.5 / 1.7219
  ])
  t.match(byTopic, [{ topic: 'earnings' }, { topic: 'technology' }])
  for (const parts of [
    [...(stories ?? []), other_stories],
    [...(sources ?? []), other_sources],
    [...(byTopic ?? []), other_topics]
  ]) {
    const sum = (of: 'share' | 'contribution') => parts.reduce((total, part) => total + (part?.[of] ?? 0), 0)
    t.ok(Math.abs(sum('contribution') - Number((sentiment as { score: number } | undefined)?.score)) < 5e-4)
    t.ok(Math.abs(sum('share') - 1) < 5e-4)
  }
  t.match(
    resultText(result),
    /Largest contributions:\n\n1\. > 📰 .+ \(A\)\n\n {3}\+0\.20 \(score \+0\.35, 56% of the weight, 2 articles\)/
  )
})

t.test(
  'explain_sentiment: the largest contribution comes first, and the most relevant article represents its story',
  async (t) => {
    const text = { title: 'a b c d e f', summary: '' }
    const both = (score: number, relevance: number) =>
      ({ AAPL: [relevance, score], MSFT: [0.1, 0] }) as Record<string, [number, number]>
    const server = await startFeedServer(
      t,
      toFeed(
        newerArticle({ at: asOf, about: both(-0.1, 0.2), ...text, source: 'Copy' }),
        newerArticle({ at: minutesBefore(60), about: both(-0.9, 1), ...text, source: 'Original' }),
        newerArticle({ at: asOf, about: scoreApple(0.3), title: 'Other', summary: '' }),
        newerArticle({ at: asOf, about: scoreApple(0.1), title: 'Third', summary: '' })
      )
    )
    const result = await callTool(server, 'explain_sentiment', { ticker: 'AAPL', ...day })
    // (−0.2·0.1 − 0.9439·0.9) / (0.2 + 0.9439) = −0.8695 / 1.1439
    t.match(resultList(result, 'stories'), [
      { source: 'Original', articles: 2, score: -0.7601 },
      { title: 'Other' },
      { title: 'Third' }
    ])
  }
)

t.test('explain_sentiment: limit defaults to 4', async (t) => {
  const articles = Array.from({ length: 100 }, (_, index) =>
    newerArticle({
      at: minutesBefore(index * 10),
      about: scoreApple(0.1),
      title: `only${index}`,
      summary: ''
    })
  )
  const server = await startFeedServer(t, toFeed(...articles))

  const { structuredContent } = await callTool(server, 'explain_sentiment', { ticker: 'AAPL', ...day })

  t.match(structuredContent, { stories: { length: 4 }, other_stories: { count: 96 } })
})
