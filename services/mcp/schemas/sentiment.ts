import { z } from 'zod'
import { sentimentLabels, toLabel } from '../../alpha-vantage/article.ts'
import { computeSentiment, minArticles } from '../../analysis/level.ts'
import { groupStories } from '../../analysis/stories.ts'
import { halfLifeMs, type ScoredArticle } from '../../analysis/weighting.ts'
import { escapeMarkdown, formatQuote } from '../../lib/markdown.ts'
import { hourMs } from '../../lib/time.ts'
import type { Window } from '../../news/window.ts'
import { defineSharedFields } from './shared-fields.ts'

/** -1 to 1, to four decimals. */
export const scoreNumber = z.number().min(-1).max(1)
const share = z.number().min(0).max(1)

/** The fields of a ticker's sentiment level. */
export const levelShape = defineSharedFields({
  status: z
    .enum(['ok', 'insufficient_data'])
    .describe(`insufficient_data: fewer than ${minArticles} articles score the ticker.`),
  level: scoreNumber.nullable().describe('-1 (bearish) to 1 (bullish); null if insufficient.'),
  label: z.enum(sentimentLabels).nullable().describe("Alpha Vantage's label for the level."),
  low: scoreNumber
    .nullable()
    .describe('The uncertainty band: level - 1.96 standard errors; too narrow if articles are few.'),
  high: scoreNumber.nullable(),
  articles: z.int().min(0).describe('Articles that score the ticker.'),
  stories: z.int().min(0).describe('The same, with copies of one story counted once.')
})

/** The level, with the statistics behind it. */
export const sentimentShape = defineSharedFields({
  ...levelShape,
  bullish: z.int().min(0),
  neutral: z.int().min(0),
  bearish: z.int().min(0),
  breadth: scoreNumber
    .nullable()
    .describe('(bullish - bearish) / (bullish + bearish) articles; null if there are neither.'),
  articles_unscored: z.int().min(0).describe('Articles in the window that do not score the ticker.'),
  effective_articles: z.number().min(0).nullable().describe('The effective sample size: (Σ w)² / Σ w².'),
  dispersion: z.number().min(0).nullable().describe('The weighted standard deviation of the scores.'),
  standard_error: z.number().min(0).nullable(),
  largest_source: z
    .object({ source: z.string(), share })
    .nullable()
    .describe('The source with the largest weight.')
})

export type LevelOutput = z.output<z.ZodObject<typeof levelShape>>
export type SentimentOutput = z.output<z.ZodObject<typeof sentimentShape>>

/** Computes the sentiment of a window from the articles that score the ticker; `unscored` counts the others. */
export function toSentiment(
  scored: readonly ScoredArticle[],
  window: Window,
  unscored: number
): SentimentOutput {
  const { n, bullish, neutral, bearish, breadth, level } = computeSentiment(scored, window)
  return {
    status: level ? 'ok' : 'insufficient_data',
    level: level && round(level.value),
    label: level?.label ?? null,
    low: level && round(level.low),
    high: level && round(level.high),
    articles: n,
    stories: groupStories(scored).length,
    breadth: breadth === null ? null : round(breadth),
    bullish,
    neutral,
    bearish,
    articles_unscored: unscored,
    effective_articles: level && round(level.effectiveN),
    dispersion: level && round(level.dispersion),
    standard_error: level && round(level.standardError),
    largest_source: level && { source: level.largestSource.source, share: round(level.largestSource.share) }
  }
}

/** Selects the fields of the level from `sentiment`. */
export function toLevel({
  status,
  level,
  label,
  low,
  high,
  articles,
  stories
}: SentimentOutput): LevelOutput {
  return { status, level, label, low, high, articles, stories }
}

/** Formats a level as one line. The name is escaped, because it can be a ticker of a feed. */
export function formatLevel(
  name: string,
  { level, label, low, high, articles, stories }: Omit<LevelOutput, 'status'>
): string {
  const subject = escapeMarkdown(name)
  const basis = `${pluralize(articles, 'article')}${stories < articles ? ` (${pluralize(stories, 'story', 'stories')})` : ''}`
  if (level === null || low === null || high === null) {
    return `${subject}: insufficient data, only ${basis} scored; at least ${minArticles} are needed. Ask for a longer window.`
  }
  return `${subject}: ${label}, level ${formatLevelScore(level)} (uncertainty band ${formatSigned(low)} to ${formatSigned(high)}) from ${basis}.`
}

/** Formats a level as {@link formatLevel} does, and quotes a source that has more than half of the weight. */
export function formatSentiment(name: string, sentiment: SentimentOutput): string {
  const { largest_source: largest } = sentiment
  const level = formatLevel(name, sentiment)
  if (!largest || largest.share <= 0.5) return level
  return `${level} One source has ${formatPercent(largest.share)} of the weight:\n\n${formatQuote(escapeMarkdown(largest.source))}`
}

/** The formula of the level, with the half-life for `window`. */
export function methodNote(window: Window): string {
  const hours = halfLifeMs(window) / hourMs
  const halfLife = hours < 24 ? `${hours} h` : `${hours / 24} d`
  return `Level = Σ w·s / Σ w, w = relevance · 2^(-age / ${halfLife}), band ± 1.96 SE: news:///method.`
}

/** Rounds to four decimals. */
export function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

/** Formats a level with two decimals, or with three or four where fewer would show the wrong label. */
function formatLevelScore(level: number): string {
  const digits = [2, 3].find((n) => toLabel(Number(level.toFixed(n))) === toLabel(level)) ?? 4
  return formatSigned(level, digits)
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
