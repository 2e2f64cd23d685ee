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

t.test('explain_sentiment: contributions add up to the level, and copies are one story', async (t) => {
  const copy = newerArticle({
    at: '2026-10-21T11:00:00Z',
    about: { AAPL: [1, 0.3], MSFT: [0.2, 0.1] },
    title: noon.title,
    summary: noon.summary,
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
    /Largest contributions:\n\n1\. > 📰 .+ \(C\)\n\n {3}\+0\.\d\d \(score \+0\.30, \d+% of the weight, 2 articles\)/
  )
})

t.test(
  'explain_sentiment: the largest contribution comes first, and the first article represents its story',
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
    t.match(resultList(result, 'stories'), [
      { source: 'Original', articles: 2, score: -0.9 },
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
