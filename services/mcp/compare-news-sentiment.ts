import { z } from 'zod'
import type { News, NewsSentiment } from '../news-sentiment.ts'
import { contributionsOf, differenceOf, type Level, scoredArticles, sentimentOf } from '../sentiment.ts'
import { articlesIn, readWindow, type Window, windowKnownAt } from '../windows.ts'
import { createAnswers } from './answers.ts'
import { linksTo } from './article.ts'
import { levelAsText, levelShape, methodOf, round, toLevel, toSentiment } from './level.ts'
import { framed, provenance, provenanceOf } from './provenance.ts'
import { isForPeople } from './request.ts'
import { sentimentPageUri } from './sentiment-page.ts'
import { tickerSchema } from './ticker.ts'
import { defineTool, looksUp } from './tool.ts'
import { windowInput } from './window-input.ts'

const mostTickers = 10

const inputSchema = z.strictObject({
  tickers: z
    .array(tickerSchema)
    .min(2)
    .max(mostTickers)
    .refine((tickers) => new Set(tickers).size === tickers.length, 'must not name a ticker twice')
    .describe(`2 to ${mostTickers} ticker symbols, such as AAPL, MSFT, CRYPTO:BTC.`),
  ...windowInput('7d')
})

const outputSchema = z.object({
  ranking: z
    .array(
      z.object({
        ticker: z.string(),
        ...levelShape,
        clearly_above: z
          .array(z.string())
          .describe('The tickers below it by more than the uncertainty: 1.96 · √(SE₁² + SE₂²).')
      })
    )
    .describe('The most bullish first; those with insufficient data last.'),
  differences: z
    .array(
      z.object({
        above: z.string(),
        below: z.string(),
        difference: z.number().min(0).max(2),
        uncertainty: z.number().min(0),
        is_certain: z.boolean()
      })
    )
    .describe('Of each ticker to the next of the ranking.'),
  unavailable: z
    .array(z.object({ ticker: z.string(), code: z.string(), reason: z.string() }))
    .describe('Tickers whose news could not be had; the rest of the answer holds without them.'),
  ...provenance
})

type Output = z.output<typeof outputSchema>
interface Compared {
  ticker: string
  news: News
}
type Unavailable = Output['unavailable'][number]

/** The tool `compare_news_sentiment`: tickers ranked by the level of their news over the same window. */
export function createCompareNewsSentiment(newsSentiment: NewsSentiment) {
  const remembered = createAnswers<typeof outputSchema>()

  return defineTool({
    name: 'compare_news_sentiment',
    title: 'Comparison of news sentiment',
    description:
      'Ranks 2 to 10 stocks, cryptocurrencies or currencies by how their news speaks of them over one time window ' +
      '(the last 7 days by default), and tells differences that are larger than their uncertainty from those that ' +
      'are not: never call one better than another without that. Use it for questions on which of several tickers ' +
      'has the better press. A ticker that is not cached costs one call to Alpha Vantage. Hosts that can show it ' +
      'draw a chart.',
    annotations: looksUp,
    pageUri: sentimentPageUri,
    inputSchema,
    outputSchema,
    async handler(input, { signal, reportProgress, log }) {
      const { tickers } = input
      const at = newsSentiment.now()
      const asked = readWindow(input, at)
      let done = 0
      let calls = 0
      const onCall = () => {
        calls += 1
      }
      const total = tickers.length
      await reportProgress({ progress: 0, total, message: `Looking up the news on ${tickers.join(', ')}` })
      signal.throwIfAborted() // whoever has left by now costs no call

      const compared: Compared[] = []
      const unavailable: Unavailable[] = []
      const failures: unknown[] = []
      await Promise.all(
        tickers.map(async (ticker) => {
          try {
            compared.push({
              ticker,
              news: await newsSentiment.find({ ticker }, { window: asked, at, onCall })
            })
          } catch (error) {
            if (!isForPeople(error)) throw error
            log.warn({ err: error, ticker }, 'a ticker could not be compared')
            failures.push(error)
            unavailable.push({ ticker, code: error.code, reason: error.message })
          }
          done += 1
          await reportProgress({ progress: done, total, message: `Looked up the news on ${ticker}` })
        })
      )
      if (compared.length === 0) throw failures[0]

      const news = compared.map((one) => one.news)
      const lookedAt = Math.min(...news.map(({ fetchedMs }) => fetchedMs))
      const window = windowKnownAt(lookedAt, asked, input)
      const now = newsSentiment.now()
      const question = [tickers, window, unavailable]
      return remembered({ question, news, calls, now }, () =>
        compare(compared, { unavailable, window, now, calls })
      )
    }
  })
}

function compare(
  compared: Compared[],
  { unavailable, ...about }: { unavailable: Unavailable[]; window: Window; now: number; calls: number }
) {
  const { window } = about
  const entries = compared.map((one) => enter(one, window)).sort(byLevel)
  const structuredContent: Output = {
    ranking: entries.map(({ ticker, level, output }) => ({
      ticker,
      ...output,
      clearly_above: entries
        .filter((other) => level && other.level && level.value > other.level.value)
        .filter((other) => level && other.level && differenceOf(level, other.level).isCertain)
        .map((other) => other.ticker)
    })),
    differences: entries.flatMap((above, index) => {
      const below = entries[index + 1]
      if (!above.level || !below?.level) return []
      const { difference, uncertainty, isCertain } = differenceOf(above.level, below.level)
      return [
        {
          above: above.ticker,
          below: below.ticker,
          difference: round(difference),
          uncertainty: round(uncertainty),
          is_certain: isCertain
        }
      ]
    }),
    unavailable: unavailable.toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1)),
    ...provenanceOf(
      compared.map(({ news }) => news),
      { ...about, method: methodOf(window) }
    )
  }
  return {
    text: asText(structuredContent),
    content: (entries.length > 6 ? [...entries.slice(0, 3), ...entries.slice(-3)] : entries).flatMap(
      ({ links }) => links
    ),
    structuredContent
  }
}

function enter({ ticker, news }: Compared, window: Window) {
  const articles = articlesIn(news.articles, window)
  const scored = scoredArticles(articles, ticker)
  const [weightiest] = contributionsOf(scored, window)
  return {
    ticker,
    level: sentimentOf(scored, window).level,
    output: toLevel(toSentiment(scored, window, articles.length - scored.length)),
    links: weightiest ? linksTo([weightiest.article], ticker) : []
  }
}

function byLevel(
  a: { ticker: string; level: Level | null },
  b: { ticker: string; level: Level | null }
): number {
  return (b.level?.value ?? -2) - (a.level?.value ?? -2) || (a.ticker < b.ticker ? -1 : 1)
}

function asText(answer: Output): string {
  const { ranking, unavailable } = answer
  const clear = ranking.filter(({ clearly_above: below }) => below.length > 0)
  return framed(answer, [
    ranking.map((one, index) => `${index + 1}. ${levelAsText(one.ticker, one)}`).join('\n'),
    clear.length === 0
      ? 'No two of them differ by more than their uncertainty.'
      : `Differences larger than their uncertainty: ${clear.map(({ ticker, clearly_above: below }) => `${ticker} above ${below.join(', ')}`).join('; ')}. All others are within it.`,
    ...(unavailable.length > 0
      ? [unavailable.map(({ ticker, reason }) => `${ticker} is missing: ${reason}`).join('\n')]
      : [])
  ])
}
