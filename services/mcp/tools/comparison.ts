import { z } from 'zod'
import { compareScores, computeSentiment, minStories, type Score } from '../../analysis/score.ts'
import { findMostRelevant } from '../../analysis/stories.ts'
import { scoreArticles } from '../../analysis/weighting.ts'
import { formatBullets } from '../../lib/markdown.ts'
import { coveredFrom, isTruncatedIn } from '../../news/snapshot.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { formatArticleHint } from '../schemas/article.ts'
import { provenanceShape, toProvenance, withProvenance } from '../schemas/provenance.ts'
import { formatScore, round, type ScoreOutput, scoreShape, toScore } from '../schemas/sentiment.ts'
import type { FetchedTickers, TickerResult } from './fetch-news.ts'

/** All pairs of five tickers. More pairs are listed only if they are clear. */
const maxDifferences = 10

export const comparisonSchema = z.object({
  ranking: z
    .array(
      z.object({
        ticker: z.string(),
        rank: z
          .int()
          .min(1)
          .nullable()
          .describe('1 + the number of tickers clearly above; null if insufficient.'),
        ...scoreShape,
        clearly_above: z.array(z.string()).describe('Tickers below it by more than the uncertainty.'),
        main_article_id: z
          .string()
          .nullable()
          .describe('The most relevant article of the story with the largest contribution; null: none.')
      })
    )
    .describe('Highest score first; tickers with insufficient data last.'),
  differences: z
    .array(
      z.object({
        above: z.string(),
        below: z.string(),
        difference: z.number().min(0).max(2),
        uncertainty: z.number().min(0),
        is_clear: z.boolean().describe('Whether the difference is larger than its uncertainty.')
      })
    )
    .describe(
      `Of pairs of tickers: each clear one, then the largest of the others, up to ${maxDifferences} in all.`
    ),
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
interface Entry {
  ticker: string
  score: Score | null
  output: ScoreOutput
  mainArticleId: string | null
}

/** Ranks the tickers and compares their scores. */
export function compareTickers({ results, unavailable, window, now, calls }: FetchedTickers): Comparison {
  // Use only the time that is covered for every ticker.
  const from = Math.min(window.to, Math.max(window.from, ...results.map(({ news }) => coveredFrom(news))))
  const entries = results.map((result) => toEntry(result, window, from)).sort(byScore)
  const differences = compareAll(entries)
  const clear = differences.filter((pair) => pair.is_clear)
  return {
    ranking: entries.map(({ ticker, score, output, mainArticleId }) => ({
      ticker,
      rank: score && 1 + clear.filter(({ below }) => below === ticker).length,
      ...output,
      clearly_above: clear.filter(({ above }) => above === ticker).map(({ below }) => below),
      main_article_id: mainArticleId
    })),
    differences: differences.slice(0, Math.max(clear.length, maxDifferences)),
    unavailable: unavailable.toSorted((a, b) => (a.ticker < b.ticker ? -1 : 1)),
    cut_short_by: results.filter(({ news }) => isTruncatedIn(news, window)).map(({ ticker }) => ticker),
    ...toProvenance(results, { window, now, calls })
  }
}

/** Computes the score from the articles published since `from`. Their weights depend on `window`. */
function toEntry({ ticker, news }: TickerResult, window: Window, from: number): Entry {
  const scored = scoreArticles(articlesIn(news.articles, { from, to: window.to }), ticker)
  const sentiment = computeSentiment(scored, window)
  const [main] = sentiment.stories.toSorted(
    (a, b) => Math.abs(b.weight * b.score) - Math.abs(a.weight * a.score)
  )
  return {
    ticker,
    score: sentiment.score,
    output: toScore(sentiment),
    mainArticleId: main ? findMostRelevant(main).article.id : null
  }
}

function byScore(a: Entry, b: Entry): number {
  return (b.score?.value ?? -2) - (a.score?.value ?? -2) || (a.ticker < b.ticker ? -1 : 1)
}

/** Compares each pair of `entries`, which are sorted by score. */
function compareAll(entries: readonly Entry[]): Comparison['differences'] {
  const scored = entries.flatMap(({ ticker, score }) => (score ? [{ ticker, score }] : []))
  const pairs = scored.flatMap((above, index) => scored.slice(index + 1).map((below) => ({ above, below })))
  return pairs
    .map(({ above, below }) => {
      const { difference, uncertainty, isClear } = compareScores(above.score, below.score, pairs.length)
      return {
        above: above.ticker,
        below: below.ticker,
        difference: round(difference),
        uncertainty: round(uncertainty),
        is_clear: isClear
      }
    })
    .sort((a, b) => Number(b.is_clear) - Number(a.is_clear) || b.difference - a.difference)
}

/** Formats the comparison as text. */
export function formatComparison(comparison: Comparison): string {
  const { ranking, differences, unavailable, cut_short_by: truncated } = comparison
  const hasClear = differences.some((pair) => pair.is_clear)
  const items = ranking.map((entry) => {
    const score = formatScore(entry.ticker, entry)
    return hasClear && entry.rank !== null ? `${score}${formatRank(entry)}` : score
  })
  const hasArticles = ranking.some(({ main_article_id: id }) => id !== null)
  return withProvenance(
    comparison,
    [
      ...(differences.length > 0 ? ['Highest score first:'] : []),
      formatBullets(items),
      formatVerdict(comparison),
      ...(unavailable.length > 0
        ? [formatBullets(unavailable.map(({ ticker, reason }) => `${ticker} is missing: ${reason}`))]
        : []),
      ...(truncated.length > 0
        ? [
            `News on ${truncated.join(', ')} is truncated: all tickers are compared over the time that is covered for each.`
          ]
        : [])
    ],
    hasArticles ? formatArticleHint() : undefined
  )
}

function formatRank({ rank, clearly_above: below }: Comparison['ranking'][number]): string {
  return below.length > 0 ? ` Rank ${rank}: clearly above ${below.join(', ')}.` : ` Rank ${rank}.`
}

function formatVerdict({ ranking, differences: [first] }: Comparison): string {
  if (!first) return formatNothingToCompare(ranking)
  const size = `${first.above} above ${first.below}, ${first.difference.toFixed(2)} ± ${first.uncertainty.toFixed(2)}`
  return first.is_clear
    ? `The largest clear difference: ${size}. The list names every clear one. Rank: 1 + the number of tickers clearly above.`
    : `No clear difference between any two tickers. The largest: ${size}.`
}

function formatNothingToCompare(ranking: Comparison['ranking']): string {
  const only = ranking.find(({ score }) => score !== null)
  if (!only) return `Nothing to compare: no ticker has news of ${minStories} stories or more.`
  const isAlone = ranking.every((one) => one === only || one.articles === 0)
  return `Nothing to compare: only ${only.ticker} has ${isAlone ? 'news' : `news of ${minStories} stories or more`}.`
}
