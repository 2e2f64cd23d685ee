import { z } from 'zod'
import { computeContributions } from '../../analysis/contributions.ts'
import { compareLevels, computeSentiment, type Level, minArticles } from '../../analysis/level.ts'
import { scoreArticles } from '../../analysis/weighting.ts'
import { formatBullets, formatNumbered } from '../../lib/markdown.ts'
import { coveredFrom, isTruncatedIn } from '../../news/snapshot.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { formatArticleHint } from '../schemas/article.ts'
import { provenanceShape, toProvenance, withProvenance } from '../schemas/provenance.ts'
import {
  formatLevel,
  type LevelOutput,
  levelShape,
  methodNote,
  round,
  toLevel,
  toSentiment
} from '../schemas/sentiment.ts'
import type { FetchedTickers, TickerResult } from './fetch-news.ts'

export const comparisonSchema = z.object({
  ranking: z
    .array(
      z.object({
        ticker: z.string(),
        ...levelShape,
        clearly_above: z
          .array(z.string())
          .describe('Tickers below it by more than the uncertainty, if both have 3 stories or more.'),
        main_article_id: z
          .string()
          .nullable()
          .describe('The article with the largest contribution; null: none.')
      })
    )
    .describe('Most bullish first; tickers with insufficient data last.'),
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
    .describe('Between each ticker and the next of the ranking.'),
  unavailable: z
    .array(z.object({ ticker: z.string(), code: z.string(), reason: z.string() }))
    .describe('Tickers whose news is unavailable; the comparison is of the others.'),
  cut_short_by: z
    .array(z.string())
    .describe('Tickers whose truncated news limits the time of the comparison.'),
  ...provenanceShape
})

type Comparison = z.output<typeof comparisonSchema>

/** One ticker of the ranking. */
interface Entry extends RankedLevel {
  ticker: string
  mainArticleId: string | null
}

interface RankedLevel {
  level: Level | null
  output: LevelOutput
}

/** Ranks the tickers and compares their levels. */
export function compareTickers({ results, unavailable, window, now, calls }: FetchedTickers): Comparison {
  // Use only the time that is covered for every ticker.
  const from = Math.min(window.to, Math.max(window.from, ...results.map(({ news }) => coveredFrom(news))))
  const entries = results.map((result) => toEntry(result, window, from)).sort(byLevel)
  return {
    ranking: entries.map((entry) => ({
      ticker: entry.ticker,
      ...entry.output,
      clearly_above: entries.filter((other) => isClearlyAbove(entry, other)).map(({ ticker }) => ticker),
      main_article_id: entry.mainArticleId
    })),
    differences: entries.flatMap((entry, index) => toDifference(entry, entries[index + 1])),
    unavailable: unavailable.toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1)),
    cut_short_by: results.filter(({ news }) => isTruncatedIn(news, window)).map(({ ticker }) => ticker),
    ...toProvenance(results, { window, now, calls, method: methodNote(window) })
  }
}

/** Computes the level from the articles published since `from`. Their weights depend on `window`. */
function toEntry({ ticker, news }: TickerResult, window: Window, from: number): Entry {
  const articles = articlesIn(news.articles, { from, to: window.to })
  const scored = scoreArticles(articles, ticker)
  const [main] = computeContributions(scored, window)
  return {
    ticker,
    mainArticleId: main?.article.id ?? null,
    level: computeSentiment(scored, window).level,
    output: toLevel(toSentiment(scored, window, articles.length - scored.length))
  }
}

function byLevel(a: Entry, b: Entry): number {
  return (b.level?.value ?? -2) - (a.level?.value ?? -2) || (a.ticker < b.ticker ? -1 : 1)
}

function isClearlyAbove(one: RankedLevel, other: RankedLevel): boolean {
  return (
    one.level !== null && other.level !== null && one.level.value > other.level.value && isClear(one, other)
  )
}

/** Whether two levels differ by more than their uncertainty. Copies of one or two stories are too little evidence. */
function isClear(one: RankedLevel, other: RankedLevel): boolean {
  const hasStories = [one, other].every(({ output }) => output.stories >= minArticles)
  return (
    hasStories &&
    one.level !== null &&
    other.level !== null &&
    compareLevels(one.level, other.level).isCertain
  )
}

function toDifference(above: Entry, below: Entry | undefined): Comparison['differences'] {
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
}

/** Formats the comparison as text. */
export function formatComparison(comparison: Comparison): string {
  const { ranking, unavailable, cut_short_by: truncated } = comparison
  const toItem = (entry: Comparison['ranking'][number]) =>
    `${formatLevel(entry.ticker, entry)}${formatClearlyAbove(entry.clearly_above)}`
  const ranked = ranking.filter(({ level }) => level !== null).map(toItem)
  const unranked = ranking.filter(({ level }) => level === null).map(toItem)
  const hasClear = ranking.some(({ clearly_above: tickers }) => tickers.length > 0)
  const hasArticles = ranking.some(({ main_article_id: id }) => id !== null)
  return withProvenance(
    comparison,
    [
      ...(ranked.length > 0 ? [formatNumbered(ranked)] : []),
      ...(unranked.length > 0 ? [formatBullets(unranked)] : []),
      hasClear
        ? 'Clearly: by more than the uncertainty of the difference. All other differences are within it, or rest on fewer than 3 stories.'
        : 'No clear difference between any two tickers.',
      ...(truncated.length > 0
        ? [
            `News on ${truncated.join(', ')} is truncated: all tickers are compared over the time that is covered for each.`
          ]
        : []),
      ...(unavailable.length > 0
        ? [formatBullets(unavailable.map(({ ticker, reason }) => `${ticker} is missing: ${reason}`))]
        : [])
    ],
    hasArticles ? formatArticleHint() : undefined
  )
}

function formatClearlyAbove(tickers: string[]): string {
  if (tickers.length === 0) return ''
  const more = tickers.length > 3 ? ` and ${tickers.length - 3} more` : ''
  return ` Clearly above ${tickers.slice(0, 3).join(', ')}${more}.`
}
