import fc from 'fast-check'
import t from 'tap'
import { dayMs, hourMs } from '../../../../services/lib/time.ts'
import { findTextFault } from '../../../support/answer-text.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { hostileText, hostileUrl } from '../../../support/hostile-text.ts'
import { callTool, type ToolResult } from '../../../support/rpc.ts'
import { startServer, type TestServer } from '../../../support/server.ts'

type Texts = Record<'title' | 'summary' | 'source' | 'url', string>

/** Articles in the two days before `end`, with good and bad news. The first has most of the weight for AAPL. */
const toArticles = (texts: Texts[], end: number) =>
  texts.map((text, index) =>
    newerArticle({
      at: new Date(end - ((index % 2) * 24 + index) * hourMs).toISOString(),
      about: { AAPL: [index ? 0.1 : 1, Math.cos(index)], MSFT: [0.4, -Math.cos(index)] },
      ...text
    })
  )

let windows = 0

/** Calls every tool that returns news, with articles that have `texts`, in a window that is not cached yet. */
async function callWithTexts(server: TestServer, texts: Texts[]) {
  const end = Date.parse('2026-10-22') - 10 * dayMs * windows++
  const window = { since: '7d', as_of: new Date(end).toISOString() }
  server.news.answer = () => toFeed(...toArticles(texts, end))
  const results: Record<string, ToolResult> = {}
  for (const [name, args] of [
    ['get_news_sentiment', { ticker: 'AAPL', limit: 50 }],
    ['get_sentiment_trend', { ticker: 'AAPL' }],
    ['explain_sentiment', { ticker: 'AAPL', limit: 20 }],
    ['get_market_news', {}],
    ['compare_news_sentiment', { tickers: ['AAPL', 'MSFT'] }]
  ] as const) {
    results[name] = await callTool(server, name, { ...args, ...window })
  }
  return results
}

const server = await startServer(t)

t.test('articles with Markdown in every text: literal text in quotes, in every tool', async (t) => {
  const url = hostileUrl.map((start) => `${start}/end`)
  const text = fc.record({ title: hostileText, summary: hostileText, source: hostileText, url })
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 12, maxLength: 12 }), async (texts) => {
      for (const [name, result] of Object.entries(await callWithTexts(server, texts))) {
        if (result.isError) throw new Error(`${name} failed`)
        const fault = findTextFault(result)
        if (fault !== undefined) throw new Error(`${name}: ${fault}`)
      }
    }),
    { numRuns: 40 }
  )
  t.ok(server.news.queries.length >= 3 * windows, 'no window was cached')
})
