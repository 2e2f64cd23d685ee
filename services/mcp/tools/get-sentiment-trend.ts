import { z } from 'zod'
import { computeSentiment, minStories } from '../../analysis/score.ts'
import { findMostRelevant } from '../../analysis/stories.ts'
import {
  type Bucket,
  buildTrend,
  type Change,
  compareHalves,
  findLargestChange,
  type Halves
} from '../../analysis/trend.ts'
import { scoreArticles } from '../../analysis/weighting.ts'
import { formatBullets, formatNumbered } from '../../lib/markdown.ts'
import { truncateUtf8 } from '../../lib/text.ts'
import { toIsoSeconds } from '../../lib/time.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { coveredFrom, isTruncatedIn } from '../../news/snapshot.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { chartUri } from '../chart/chart-resource.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { briefShape, formatArticleHint, formatBrief, toBrief } from '../schemas/article.ts'
import { provenanceShape, toProvenance, withProvenance } from '../schemas/provenance.ts'
import {
  formatSentiment,
  formatSigned,
  pluralize,
  round,
  scoreNumber,
  sentimentShape,
  toInterval,
  toSentiment
} from '../schemas/sentiment.ts'
import { tickerInput } from '../schemas/ticker.ts'
import { windowInput } from '../schemas/window.ts'
import { fetchNews } from './fetch-news.ts'

const inputSchema = z.strictObject({
  ticker: tickerInput,
  bucket: z.enum(['day', 'week']).default('day').describe('UTC days, or weeks from Monday; day by default.'),
  ...windowInput('7d')
})

const changeNumber = z.number().min(-2).max(2)
const certaintyShape = {
  uncertainty: z.number().min(0),
  is_certain: z.boolean().describe('Whether the change is larger than its uncertainty.')
}
const intervalShape = {
  score: scoreNumber.nullable().describe('Weighted by relevance only; null: no news.'),
  low: scoreNumber.nullable().describe('The 95% interval; null below 3 stories.'),
  high: scoreNumber.nullable(),
  articles: sentimentShape.articles,
  stories: sentimentShape.stories
}
const pointShape = {
  date: z.iso.date().describe('The day, or the Monday of the week, UTC.'),
  ...intervalShape,
  headlines: z.array(z.string()).describe('Truncated titles of the most relevant articles.'),
  partial: z.literal(true).optional().describe('The point extends beyond the window.')
}
const halfShape = { from: z.iso.date(), to: z.iso.date().describe('The last day.'), ...intervalShape }

const outputSchema = z.object({
  ticker: z.string(),
  bucket: z.enum(['day', 'week']),
  sentiment: z
    .object(sentimentShape)
    .describe('Sentiment of the whole window, weighted by relevance and age.'),
  points: z.array(z.object(pointShape)).describe('One per day or week, oldest first.'),
  largest_change: z
    .object({
      from: z.iso.date(),
      to: z.iso.date(),
      change: changeNumber,
      ...certaintyShape,
      moved_by: z
        .array(z.object({ ...briefShape, score: scoreNumber, effect: changeNumber }))
        .describe('The stories with the largest effect, shown by their most relevant articles.')
    })
    .nullable()
    .describe('Between neighboring points of 3 stories or more each; null if there are none.'),
  halves: z
    .object({
      first: z.object(halfShape),
      second: z.object(halfShape),
      change: changeNumber.nullable().describe('null if either half has fewer than 3 stories.'),
      uncertainty: z.number().min(0).nullable(),
      is_certain: z.boolean().nullable()
    })
    .nullable()
    .describe(
      'The second half of the days against the first, without the middle day; null for a single day.'
    ),
  ...provenanceShape
})

type Output = z.output<typeof outputSchema>

const maxMovers = 3
/** A longer trend has fewer headlines per point: three to one. */
const headlinesPerPoint = (points: number) => Math.min(3, Math.max(1, Math.floor(16 / points)))

/** The tool `get_sentiment_trend`: the score of a ticker's news day by day, or week by week, and its change. */
export function createGetSentimentTrend(newsSentiment: NewsSentiment) {
  return defineTool({
    name: 'get_sentiment_trend',
    title: 'Track sentiment over time',
    description:
      'Returns the news sentiment of one stock, cryptocurrency or currency for each day or week, over up to 90 days (7 ' +
      'by default), and the articles behind the largest change. Use it for questions on whether sentiment is improving ' +
      'or worsening, and when it turned. Hosts with MCP Apps draw a chart.',
    annotations: readOnlyLookup,
    uiResourceUri: chartUri,
    inputSchema,
    outputSchema,
    example: {
      question: 'How has the mood around Bitcoin changed over the last four weeks?',
      arguments: { ticker: 'CRYPTO:BTC', since: '4w', bucket: 'week' }
    },
    async handler(input, context) {
      const { ticker, bucket } = input
      const fetched = await fetchNews(newsSentiment, { ticker }, input, context)
      const { news, window, calls, now } = fetched
      const articles = articlesIn(news.articles, window)
      const scored = scoreArticles(articles, ticker)
      // No points for the time before a truncated feed begins.
      const covered = { ...window, from: isTruncatedIn(news, window) ? coveredFrom(news) : window.from }
      const buckets = buildTrend(scored, covered, bucket)
      const change = findLargestChange(buckets)
      const halves = compareHalves(scored, bucket === 'day' ? buckets : buildTrend(scored, covered, 'day'))
      const movers = change?.effects.slice(0, maxMovers) ?? []
      const structuredContent: Output = {
        ticker,
        bucket,
        sentiment: toSentiment(computeSentiment(scored, window), articles.length - scored.length),
        points: buckets.map((one) => toPoint(one, covered, headlinesPerPoint(buckets.length))),
        largest_change: change && toChange(change, movers, ticker),
        halves: halves && toHalves(halves),
        ...toProvenance([fetched], { window, now, calls })
      }
      return { text: formatOutput(structuredContent), structuredContent }
    }
  })
}

function toPoint(bucket: Bucket, window: Window, headlineCount: number) {
  const { from, to, stories } = bucket
  return {
    date: formatDate(from),
    ...toBucketScore(bucket),
    headlines: stories
      .map(findMostRelevant)
      .sort((a, b) => b.relevance - a.relevance)
      .slice(0, headlineCount)
      .map(({ article }) => truncateUtf8(article.title, 50)),
    ...((from < window.from || to > window.to + 1000) && { partial: true as const })
  }
}

function toBucketScore({ value, score, articles, stories }: Bucket) {
  return {
    ...toInterval(score),
    score: value === null ? null : round(value),
    articles,
    stories: stories.length
  }
}

function toHalves({ first, second, change }: Halves): Output['halves'] {
  const toHalf = (half: Bucket) => ({
    from: formatDate(half.from),
    to: formatDate(half.to - 1),
    ...toBucketScore(half)
  })
  return {
    first: toHalf(first),
    second: toHalf(second),
    change: change && round(change.difference),
    uncertainty: change && round(change.uncertainty),
    is_certain: change?.isClear ?? null
  }
}

function toChange(
  { before, after, difference, uncertainty, isClear }: Change,
  movers: Change['effects'],
  ticker: string
) {
  return {
    from: formatDate(before.from),
    to: formatDate(after.from),
    change: round(difference),
    uncertainty: round(uncertainty),
    is_certain: isClear,
    moved_by: movers.map((story) => ({
      ...toBrief(findMostRelevant(story).article, ticker),
      score: round(story.score),
      effect: round(story.effect)
    }))
  }
}

function formatDate(time: number): string {
  return toIsoSeconds(time).slice(0, 10)
}

/** The text of a longer trend shows only its first and last point with news. */
const maxPointsInText = 14

function formatOutput(output: Output): string {
  const { ticker, bucket, points, sentiment, halves, largest_change: change } = output
  const withNews = points.filter(({ score }) => score !== null)
  const shown =
    points.length <= maxPointsInText
      ? points
      : [withNews[0], withNews.at(-1)].filter((point) => point !== undefined)
  return withProvenance(
    output,
    [
      formatSentiment(ticker, sentiment),
      `By ${bucket}, weighted by relevance only (${withNews.length} of ${points.length} with news; number of stories in parentheses):`,
      formatBullets(shown.map(formatPoint)),
      ...(halves ? [formatHalves(halves)] : []),
      ...formatChange(change, bucket)
    ],
    change ? formatArticleHint(ticker) : undefined
  )
}

function formatPoint({ date, score, stories, partial }: Output['points'][number]): string {
  const suffix = partial ? ', partial' : ''
  return score === null ? `${date} no news${suffix}` : `${date} ${formatSigned(score)} (${stories})${suffix}`
}

function formatHalves({ first, second, change, uncertainty, is_certain }: NonNullable<Output['halves']>) {
  const formatHalf = ({ from, to, score, stories }: typeof first) =>
    `half (${from === to ? from : `${from} to ${to}`}): ${score === null ? 'no news' : `${formatSigned(score)} from ${pluralize(stories, 'story', 'stories')}`}.`
  const comparison =
    change === null || uncertainty === null
      ? `No comparison: each half needs ${minStories} stories.`
      : `Change: ${formatChangeSize({ change, uncertainty, is_certain: is_certain === true })}.`
  return `First ${formatHalf(first)} Second ${formatHalf(second)} ${comparison}`
}

type ChangeOutput = NonNullable<Output['largest_change']>

function formatChange(change: ChangeOutput | null, unit: string): string[] {
  if (!change) {
    return [`Largest change: none, because no two neighboring ${unit}s have ${minStories} stories each.`]
  }
  return [
    `Largest change, from ${change.from} to ${change.to}: ${formatChangeSize(change)}. Moved most by:`,
    formatNumbered(
      change.moved_by.map((mover) => `${formatBrief(mover)}\n\nEffect: ${formatSigned(mover.effect)}`)
    )
  ]
}

function formatChangeSize({
  change,
  uncertainty,
  is_certain
}: Pick<ChangeOutput, 'change' | 'uncertainty' | 'is_certain'>): string {
  const size = `${formatSigned(change)} ± ${uncertainty.toFixed(2)}`
  if (!is_certain) return `${size}, no clear change`
  return `${size}, a clear ${change > 0 ? 'rise' : 'fall'}`
}
