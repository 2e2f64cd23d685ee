import { z } from 'zod'
import { sentimentLabels, toLabel } from '../../alpha-vantage/article.ts'
import { minStories, type Score, type Sentiment } from '../../analysis/score.ts'
import { roundTo } from '../../analysis/weighting.ts'
import { escapeMarkdown, formatQuote } from '../../lib/markdown.ts'
import { defineSharedFields } from './shared-fields.ts'

/** -1 to 1, to four decimals. */
export const scoreNumber = z.number().min(-1).max(1)
const share = z.number().min(0).max(1)

/** The fields of a ticker's sentiment score. */
export const scoreShape = defineSharedFields({
  status: z
    .enum(['ok', 'insufficient_data'])
    .describe(`insufficient_data: fewer than ${minStories} stories score the ticker.`),
  score: scoreNumber.nullable().describe('-1 (bearish) to 1 (bullish); null if insufficient.'),
  label: z.enum(sentimentLabels).nullable().describe("Alpha Vantage's label for the score."),
  low: scoreNumber.nullable().describe('The 95% interval of the score.'),
  high: scoreNumber.nullable(),
  side: z
    .enum(['bullish', 'bearish', 'unclear'])
    .nullable()
    .describe('The side of 0 that the whole interval is on; unclear: it includes 0.'),
  label_is_certain: z.boolean().nullable().describe('Whether the whole interval has that label.'),
  articles: z.int().min(0).describe('Articles that score the ticker.'),
  stories: z.int().min(0).describe('The same, with copies of one story counted once.'),
  effective_stories: z.number().min(0).nullable().describe('The effective sample size: (Σ u)² / Σ u².'),
  degrees_of_freedom: z.int().min(2).nullable().describe("Of Student's t distribution, for the interval."),
  dispersion: z
    .number()
    .min(0)
    .nullable()
    .describe("The weighted standard deviation of the stories' scores."),
  standard_error: z.number().min(0).nullable()
})

/** The score, with what it is made of. */
export const sentimentShape = defineSharedFields({
  ...scoreShape,
  bullish: z.int().min(0).describe('Stories with a bullish score.'),
  neutral: z.int().min(0),
  bearish: z.int().min(0),
  breadth: scoreNumber
    .nullable()
    .describe('(bullish - bearish) / (bullish + bearish) stories; null if there are neither.'),
  articles_unscored: z.int().min(0).describe('Articles in the window that do not score the ticker.'),
  largest_source: z
    .object({ source: z.string(), share })
    .nullable()
    .describe('The source with the largest weight.')
})

export type ScoreOutput = z.output<z.ZodObject<typeof scoreShape>>
export type SentimentOutput = z.output<z.ZodObject<typeof sentimentShape>>

/** Maps a score, and the number of articles and stories that it is made of. */
export function toScore({
  score,
  articles,
  stories
}: Pick<Sentiment, 'score' | 'articles' | 'stories'>): ScoreOutput {
  return {
    status: score ? 'ok' : 'insufficient_data',
    ...toInterval(score),
    label: score?.label ?? null,
    side: score?.side ?? null,
    label_is_certain: score?.labelIsCertain ?? null,
    articles,
    stories: stories.length,
    effective_stories: score && round(score.effectiveStories),
    degrees_of_freedom: score?.degreesOfFreedom ?? null,
    dispersion: score && round(score.dispersion),
    standard_error: score && round(score.standardError)
  }
}

/** Maps a score to its value and its interval. */
export function toInterval(score: Score | null) {
  return {
    score: score && round(score.value),
    low: score && round(score.low),
    high: score && round(score.high)
  }
}

/** Maps the sentiment of a window; `unscored` is the number of articles that do not score the ticker. */
export function toSentiment(sentiment: Sentiment, unscored: number): SentimentOutput {
  const { score, bullish, neutral, bearish, breadth } = sentiment
  return {
    ...toScore(sentiment),
    bullish,
    neutral,
    bearish,
    breadth: breadth === null ? null : round(breadth),
    articles_unscored: unscored,
    largest_source: score && { source: score.largestSource.source, share: round(score.largestSource.share) }
  }
}

/** Formats a score with its interval. The name is escaped, because it can be a ticker of a feed. */
export function formatScore(
  name: string,
  {
    score,
    label,
    low,
    high,
    articles,
    stories
  }: Pick<ScoreOutput, 'score' | 'label' | 'low' | 'high' | 'articles' | 'stories'>
): string {
  const subject = escapeMarkdown(name)
  const basis = `${pluralize(articles, 'article')}, ${pluralize(stories, 'story', 'stories')}`
  if (score === null || low === null || high === null) {
    return `${subject}: insufficient data (${basis}); a score needs at least ${minStories} stories. Ask for a longer window.`
  }
  const interval = `95% interval ${formatEnd(low)} to ${formatEnd(high)}`
  return `${subject}: ${label}, sentiment score ${formatScoreNumber(score)} (${interval}), from ${basis}.${formatBands(low, high)}`
}

/** Says which bands an interval spans, if more than one. */
function formatBands(low: number, high: number): string {
  const [from, to] = [toLabel(low), toLabel(high)]
  return from === to ? '' : ` The interval reaches from ${from} to ${to}.`
}

/** Formats a score as {@link formatScore} does, and quotes a source that has more than half of the weight. */
export function formatSentiment(name: string, sentiment: SentimentOutput): string {
  const { largest_source: largest } = sentiment
  const score = formatScore(name, sentiment)
  if (!largest || largest.share <= 0.5) return score
  return `${score} One source has ${formatPercent(largest.share)} of the weight:\n\n${formatQuote(escapeMarkdown(largest.source))}`
}

/** Rounds to four decimals. */
export const round = (value: number) => roundTo(value, 4)

/** Formats a score with two decimals, or with three or four where fewer would show the wrong label. */
function formatScoreNumber(score: number): string {
  const digits = [2, 3].find((n) => toLabel(Number(score.toFixed(n))) === toLabel(score)) ?? 4
  return formatSigned(score, digits)
}

/** Formats an end of an interval as a score, with four decimals where two would hide on which side of 0 it is. */
function formatEnd(end: number): string {
  return Math.abs(end) < 0.005 && end !== 0 ? formatSigned(end, 4) : formatScoreNumber(end)
}

/** Formats with a sign, as `+0.12`; a value that rounds to zero has none. */
export function formatSigned(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return text
  return `${value < 0 ? '-' : '+'}${text}`
}

/** Formats a fraction as `54%`. */
export function formatPercent(fraction: number): string {
  return `${Math.round(fraction * 100)}%`
}

/** Formats a count with its noun. */
export function pluralize(n: number, singular: string, plural = `${singular}s`): string {
  return `${n} ${n === 1 ? singular : plural}`
}
