import { z } from 'zod'
import { sentimentLabels, toLabel } from '../../alpha-vantage/article.ts'
import { computeSentiment, minArticles } from '../../analysis/level.ts'
import { groupStories } from '../../analysis/stories.ts'
import { halfLifeMs, type ScoredArticle } from '../../analysis/weighting.ts'
import type { Window } from '../../news/window.ts'

/** -1 to 1, to four decimals. */
export const scoreNumber = z.number().min(-1).max(1)
const share = z.number().min(0).max(1)

/** The level of a ticker's news, as each tool tells it. */
export const levelShape = {
  status: z
    .enum(['ok', 'insufficient_data'])
    .describe(`insufficient_data: fewer than ${minArticles} articles score it.`),
  level: scoreNumber.nullable().describe('-1 (bearish) to 1 (bullish); null if insufficient.'),
  label: z.enum(sentimentLabels).nullable().describe("The level's name, by Alpha Vantage's bands."),
  low: scoreNumber
    .nullable()
    .describe('The uncertainty band: level - 1.96 standard errors, too narrow for few articles.'),
  high: scoreNumber.nullable(),
  articles: z.int().min(0).describe('How many articles score the ticker.'),
  stories: z.int().min(0).describe('The same with copies of one story counted once.')
}

/** The same, with all that its certainty is made of. */
export const sentimentShape = {
  ...levelShape,
  bullish: z.int().min(0),
  neutral: z.int().min(0),
  bearish: z.int().min(0),
  breadth: scoreNumber
    .nullable()
    .describe('(bullish - bearish) / (bullish + bearish) articles; null if there are neither.'),
  articles_unscored: z.int().min(0).describe('Articles that came, but do not score the ticker.'),
  effective_articles: z
    .number()
    .min(0)
    .nullable()
    .describe('How many articles of equal weight would say as much.'),
  dispersion: z.number().min(0).nullable().describe('The weighted standard deviation of the scores.'),
  standard_error: z.number().min(0).nullable(),
  largest_source: z.object({ source: z.string(), share }).nullable().describe('The source that weighs most.')
}

export type LevelOutput = z.output<z.ZodObject<typeof levelShape>>
export type SentimentOutput = z.output<z.ZodObject<typeof sentimentShape>>

/** The sentiment of `scored`, which are in `window`, as tools tell it. */
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

/** Its short form. */
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

/** One line for people. */
export function formatLevel(
  name: string,
  { level, label, low, high, articles, stories }: Omit<LevelOutput, 'status'>
): string {
  const from = `${pluralize(articles, 'article')}${stories < articles ? ` (${pluralize(stories, 'story', 'stories')})` : ''}`
  if (level === null || low === null || high === null) {
    return `${name}: insufficient data, only ${from} scored; ${minArticles} are the least that tell something. Ask for a longer window.`
  }
  return `${name}: ${label}, level ${formatLevelScore(level)} (uncertainty band ${formatSigned(low)} to ${formatSigned(high)}) from ${from}.`
}

/** The same, and the source, if it is one that it mostly rests on; its name is quoted. */
export function formatSentiment(name: string, sentiment: SentimentOutput): string {
  const { largest_source: largest } = sentiment
  const level = formatLevel(name, sentiment)
  if (!largest || largest.share <= 0.5) return level
  return `${level} One source has ${Math.round(largest.share * 100)} % of the weight:\n> ${largest.source}`
}

/** How levels are made, in one line. */
export function methodNote(window: Window): string {
  const hours = halfLifeMs(window) / 3_600_000
  const halfLife = hours < 24 ? `${hours} h` : `${hours / 24} d`
  return `Level = Σ w·s / Σ w, w = relevance · 2^(-age / ${halfLife}), band ± 1.96 SE: news:///method.`
}

/** To four decimals. */
export function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

/** The level with as many digits as show on which side of a band's bound it is: two, three or four. */
function formatLevelScore(level: number): string {
  const digits = [2, 3].find((some) => toLabel(Number(level.toFixed(some))) === toLabel(level)) ?? 4
  return formatSigned(level, digits)
}

/** `+0.12`; `0.00` for what is that little. */
export function formatSigned(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return text
  return `${value < 0 ? '-' : '+'}${text}`
}

export function pluralize(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
