import { z } from 'zod'
import { computeContributions } from '../../analysis/contributions.ts'
import { compareLevels, computeSentiment, type Level, minArticles } from '../../analysis/level.ts'
import { scoreArticles } from '../../analysis/weighting.ts'
import type { CacheResult } from '../../news/cache.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { coveredFrom, isTruncatedIn } from '../../news/snapshot.ts'
import { articlesIn, clampToFetchTime, isHistorical, parseWindow, type Window } from '../../news/window.ts'
import { chartUri } from '../chart/chart-resource.ts'
import { isPublicError } from '../primitives/errors.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { articleLinks } from '../schemas/article.ts'
import { provenance, toProvenance, withProvenance } from '../schemas/provenance.ts'
import {
  formatLevel,
  type LevelOutput,
  levelShape,
  methodNote,
  round,
  toLevel,
  toSentiment
} from '../schemas/sentiment.ts'
import { tickerSchema } from '../schemas/ticker.ts'
import { windowInput } from '../schemas/window.ts'
import { createAnswerCache } from './answer-cache.ts'

const maxTickers = 10

const inputSchema = z.strictObject({
  tickers: z
    .array(tickerSchema)
    .min(2)
    .max(maxTickers)
    .refine((tickers) => new Set(tickers).size === tickers.length, 'must not name a ticker twice')
    .describe(`2 to ${maxTickers} ticker symbols, such as AAPL, MSFT, CRYPTO:BTC.`),
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
          .describe(
            'The tickers below it by more than the uncertainty, 1.96 · √(SE₁² + SE₂²), with 3 stories or more on both sides.'
          )
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
  cut_short_by: z
    .array(z.string())
    .describe(
      'The tickers whose news is truncated: all are compared over the time that is covered for each.'
    ),
  ...provenance
})

type Output = z.output<typeof outputSchema>
interface Compared extends CacheResult {
  ticker: string
}
type Unavailable = Output['unavailable'][number]

/** The tool `compare_news_sentiment`: tickers ranked by the level of their news over the same window. */
export function createCompareNewsSentiment(newsSentiment: NewsSentiment) {
  const remembered = createAnswerCache<typeof outputSchema>()

  return defineTool({
    name: 'compare_news_sentiment',
    title: 'Comparison of news sentiment',
    description:
      'Ranks 2 to 10 stocks, cryptocurrencies or currencies by how their news speaks of them over one time window ' +
      '(the last 7 days by default), and tells differences that are larger than their uncertainty from those that ' +
      'are not: never call one better than another without that. Use it for questions on which of several tickers ' +
      'has the better press. A ticker that is not cached costs a call to Alpha Vantage. Hosts that can show it ' +
      'draw a chart.',
    annotations: readOnlyLookup,
    uiResourceUri: chartUri,
    inputSchema,
    outputSchema,
    example: {
      question: 'Does Meta have better news coverage than Nvidia and Apple?',
      arguments: { tickers: ['META', 'NVDA', 'AAPL'] }
    },
    async handler(input, { auth, signal, reportProgress, log, cost }) {
      const { tickers } = input
      const at = newsSentiment.now()
      const asked = parseWindow(input, at)
      const requester = { subject: auth.subject, cost }
      const question = { window: asked, at, requester, allowEmpty: isHistorical(input) }
      const compared: Compared[] = []
      const unavailable: Unavailable[] = []
      const failures: unknown[] = []
      const tell = (message: string) =>
        reportProgress({ progress: compared.length + failures.length, total: tickers.length, message })

      await tell(`Looking up the news on ${tickers.join(', ')}`)
      // One after the other: callers take turns at Alpha Vantage, and whoever leaves costs no further call.
      for (const ticker of tickers) {
        signal.throwIfAborted()
        try {
          compared.push({ ticker, ...(await newsSentiment.find({ ticker }, question)) })
        } catch (error) {
          if (!isPublicError(error)) throw error
          log.warn({ err: error, ticker }, 'a ticker could not be compared')
          failures.push(error)
          unavailable.push({ ticker, code: error.code, reason: error.message })
        }
        await tell(`Looked up the news on ${ticker}`)
      }
      if (compared.length === 0) throw failures[0]

      const news = compared.map((one) => one.news)
      const known = clampToFetchTime(Math.min(...news.map(({ fetchedAtMs }) => fetchedAtMs)), asked, input)
      const now = newsSentiment.now()
      const calls = cost.upstreamCalls
      return remembered({ question: [tickers, known, unavailable], found: compared, calls, now }, () =>
        compare(compared, { newsSentiment, unavailable, known, now, calls })
      )
    }
  })
}

interface ComparisonContext {
  newsSentiment: NewsSentiment
  unavailable: Unavailable[]
  known: Window
  now: number
  calls: number
}

function compare(compared: Compared[], { newsSentiment, unavailable, known, now, calls }: ComparisonContext) {
  const news = compared.map((one) => one.news)
  // All are compared over the time that is known of each.
  const from = Math.min(known.to, Math.max(known.from, ...news.map(coveredFrom)))
  const cut = compared.filter((one) => isTruncatedIn(one.news, known)).map(({ ticker }) => ticker)
  const entries = compared.map((one) => toEntry(one, known, from)).sort(byLevel)
  const structuredContent: Output = {
    ranking: entries.map(({ ticker, level, output }) => ({
      ticker,
      ...output,
      clearly_above: entries
        .filter((other) => level && other.level && level.value > other.level.value)
        .filter((other) => isClear({ level, output }, other))
        .map((other) => other.ticker)
    })),
    differences: entries.flatMap((above, index) => {
      const below = entries[index + 1]
      if (!above.level || !below?.level) return []
      const { difference, uncertainty } = compareLevels(above.level, below.level)
      return [
        {
          above: above.ticker,
          below: below.ticker,
          difference: round(difference),
          uncertainty: round(uncertainty),
          is_certain: isClear(above, below)
        }
      ]
    }),
    unavailable: unavailable.toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1)),
    cut_short_by: cut,
    ...toProvenance(compared, { window: known, now, calls, method: methodNote(known) })
  }
  const linked = entries.length > 6 ? [...entries.slice(0, 3), ...entries.slice(-3)] : entries
  return {
    text: asText(structuredContent),
    content: linked.flatMap(({ ticker, news: its, main }) =>
      main ? articleLinks([main.article], { ticker, news: its, newsSentiment }) : []
    ),
    structuredContent
  }
}

/** What the articles since `from` say; they weigh as they do in the whole window. */
function toEntry({ ticker, news }: Compared, window: Window, from: number) {
  const articles = articlesIn(news.articles, { from, to: window.to })
  const scored = scoreArticles(articles, ticker)
  const [main] = computeContributions(scored, window)
  return {
    ticker,
    news,
    main,
    level: computeSentiment(scored, window).level,
    output: toLevel(toSentiment(scored, window, articles.length - scored.length))
  }
}

interface RankedLevel {
  level: Level | null
  output: LevelOutput
}

/** Whether two levels differ by more than their uncertainty; copies of a story or two make none certain. */
function isClear(one: RankedLevel, other: RankedLevel): boolean {
  const hasStories = [one, other].every(({ output }) => output.stories >= minArticles)
  return (
    hasStories &&
    one.level !== null &&
    other.level !== null &&
    compareLevels(one.level, other.level).isCertain
  )
}

function byLevel(
  a: { ticker: string; level: Level | null },
  b: { ticker: string; level: Level | null }
): number {
  return (b.level?.value ?? -2) - (a.level?.value ?? -2) || (a.ticker < b.ticker ? -1 : 1)
}

function asText(answer: Output): string {
  const { ranking, unavailable, cut_short_by: cut } = answer
  const ranked = ranking.map((one, index) => {
    const place = one.level === null ? '–' : `${index + 1}.`
    return `${place} ${formatLevel(one.ticker, one)}${clearAsText(one.clearly_above)}`
  })
  const isAnyClear = ranking.some(({ clearly_above: below }) => below.length > 0)
  return withProvenance(answer, [
    ranked.join('\n'),
    isAnyClear
      ? 'Clearly: by more than the uncertainty of the difference. All others are within it, or rest on fewer than 3 stories.'
      : 'No clear difference between any two of them.',
    ...(cut.length > 0
      ? [
          `There is more news on ${cut.join(', ')} than Alpha Vantage gives: all are compared over the time that is covered for each.`
        ]
      : []),
    ...(unavailable.length > 0
      ? [unavailable.map(({ ticker, reason }) => `${ticker} is missing: ${reason}`).join('\n')]
      : [])
  ])
}

function clearAsText(below: string[]): string {
  if (below.length === 0) return ''
  const more = below.length > 3 ? ` and ${below.length - 3} more` : ''
  return ` Clearly above ${below.slice(0, 3).join(', ')}${more}.`
}
