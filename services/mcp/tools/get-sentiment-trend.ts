import { z } from 'zod'
import { type Bucket, buildTrend, type Change, findLargestChange } from '../../analysis/trend.ts'
import { scoreArticles } from '../../analysis/weighting.ts'
import { truncateUtf8 } from '../../lib/text.ts'
import { toIsoSeconds } from '../../lib/time.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { coveredFrom, isTruncatedIn } from '../../news/snapshot.ts'
import { articlesIn, type Window } from '../../news/window.ts'
import { chartUri } from '../chart/chart-resource.ts'
import { defineTool, readOnlyLookup } from '../primitives/tool.ts'
import { articleLinks, briefShape, formatBrief, toBrief } from '../schemas/article.ts'
import { provenance, toProvenance, withProvenance } from '../schemas/provenance.ts'
import {
  formatSentiment,
  formatSigned,
  methodNote,
  round,
  scoreNumber,
  sentimentShape,
  toSentiment
} from '../schemas/sentiment.ts'
import { tickerInput } from '../schemas/ticker.ts'
import { windowInput } from '../schemas/window.ts'
import { createAnswerCache } from './answer-cache.ts'
import { fetchNews } from './fetch-news.ts'

const inputSchema = z.strictObject({
  ticker: tickerInput,
  bucket: z.enum(['day', 'week']).default('day').describe('UTC days, or weeks from Monday.'),
  ...windowInput('7d')
})

const change = z.number().min(-2).max(2)
const pointShape = {
  date: z.iso.date().describe('The day, or the Monday of the week: UTC.'),
  level: scoreNumber.nullable().describe('Weighted by relevance alone; null: no news.'),
  low: scoreNumber.nullable().describe('The uncertainty band; null below 3 articles.'),
  high: scoreNumber.nullable(),
  articles: z.int().min(0).describe('How many score the ticker.'),
  headlines: z.array(z.string()).describe('Beginnings of the titles most about the ticker.'),
  partial: z.literal(true).optional().describe('The window cuts it short.')
}

const outputSchema = z.object({
  ticker: z.string(),
  bucket: z.enum(['day', 'week']),
  sentiment: z.object(sentimentShape).describe('Of the whole window, weighted by relevance and age.'),
  points: z.array(z.object(pointShape)).describe('One a day or week, the oldest first.'),
  largest_change: z
    .object({
      from: z.iso.date(),
      to: z.iso.date(),
      change,
      uncertainty: z
        .number()
        .min(0)
        .nullable()
        .describe('1.96 standard errors; null if one has fewer than 3 articles.'),
      is_certain: z.boolean().describe('Whether the change is larger than its uncertainty.'),
      moved_by: z
        .array(z.object({ ...briefShape, score: scoreNumber, effect: change }))
        .describe('The articles that moved it most; all effects add up to the change, but for rounding.')
    })
    .nullable()
    .describe('Between neighbours with news, of 3 articles or more each if there are such; null without.'),
  ...provenance
})

type Output = z.output<typeof outputSchema>

const movers = 3
/** The fewer points, the more headlines each: one to three. */
const headlinesFor = (points: number) => Math.min(3, Math.max(1, Math.floor(16 / points)))

/** The tool `get_sentiment_trend`: the level of a ticker's news day by day, or week by week. */
export function createGetSentimentTrend(newsSentiment: NewsSentiment) {
  const remembered = createAnswerCache<typeof outputSchema>()

  return defineTool({
    name: 'get_sentiment_trend',
    title: 'Sentiment trend of a ticker',
    description:
      'Returns how the news sentiment of one stock, cryptocurrency or currency developed: a level for each day or ' +
      'week (null where there was no news) with its uncertainty and the number of articles, over up to 90 days (7 ' +
      'by default), and the articles that moved the largest change. Use it for questions on whether the mood is ' +
      'improving or worsening, and when it turned. Hosts that can show it draw a chart.',
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
      const found = await fetchNews(newsSentiment, { ticker }, input, context)
      const { news, window, calls, now } = found
      return remembered({ question: [ticker, bucket, window], found: [found], calls, now }, () => {
        const articles = articlesIn(news.articles, window)
        const scored = scoreArticles(articles, ticker)
        // What is not covered is not known: no points for it.
        const known = { ...window, from: isTruncatedIn(news, window) ? coveredFrom(news) : window.from }
        const buckets = buildTrend(scored, known, bucket)
        const largest = findLargestChange(buckets)
        const moved = largest?.effects.slice(0, movers) ?? []
        const structuredContent: Output = {
          ticker,
          bucket,
          sentiment: toSentiment(scored, window, articles.length - scored.length),
          points: buckets.map((one) => toPoint(one, known, headlinesFor(buckets.length))),
          largest_change: largest && toChange(largest, moved, ticker),
          ...toProvenance([found], {
            window,
            now,
            calls,
            method: `Points: weighted by relevance alone. ${methodNote(window)}`
          })
        }
        return {
          text: asText(structuredContent),
          content: articleLinks(
            moved.map(({ article }) => article),
            { ticker, news, newsSentiment }
          ),
          structuredContent
        }
      })
    }
  })
}

function toPoint({ from, to, scored, value, level }: Bucket, window: Window, headlines: number) {
  return {
    date: formatDate(from),
    level: value === null ? null : round(value),
    low: level && round(level.low),
    high: level && round(level.high),
    articles: scored.length,
    headlines: scored
      .toSorted((a, b) => b.relevance - a.relevance)
      .slice(0, headlines)
      .map(({ article }) => truncateUtf8(article.title, 50)),
    ...((from < window.from || to > window.to + 1000) && { partial: true as const })
  }
}

function toChange(
  { before, after, difference, uncertainty, isCertain }: Change,
  moved: Change['effects'],
  ticker: string
) {
  return {
    from: formatDate(before.from),
    to: formatDate(after.from),
    change: round(difference),
    uncertainty: uncertainty === null ? null : round(uncertainty),
    is_certain: isCertain,
    moved_by: moved.map(({ article, score, effect }) => ({
      ...toBrief(article, ticker),
      score: round(score),
      effect: round(effect)
    }))
  }
}

function formatDate(time: number): string {
  return toIsoSeconds(time).slice(0, 10)
}

/** Of longer trends the text tells the ends alone. */
const maxPointsInText = 14

function asText(answer: Output): string {
  const { ticker, bucket, points, sentiment, largest_change: largest } = answer
  const withNews = points.filter(({ level }) => level !== null)
  const told =
    points.length <= maxPointsInText
      ? points
      : [withNews[0], withNews.at(-1)].filter((one) => one !== undefined)
  const course = [
    `By ${bucket} (${withNews.length} of ${points.length} with news; articles in brackets):`,
    ...told.map(pointAsText)
  ]
  const change = largest && [
    `Largest change: ${formatSigned(largest.change)} from ${largest.from} to ${largest.to}, ${formatCertainty(largest)}. Moved most by:`,
    ...largest.moved_by.map((one) => `${formatSigned(one.effect)}\n${formatBrief(one)}`)
  ]
  return withProvenance(answer, [
    formatSentiment(ticker, sentiment),
    course.join('\n'),
    ...(change ? [change.join('\n')] : [])
  ])
}

function pointAsText({ date, level, articles, partial }: Output['points'][number]): string {
  const part = partial ? ', not whole' : ''
  return level === null ? `${date} no news${part}` : `${date} ${formatSigned(level)} (${articles})${part}`
}

function formatCertainty({ uncertainty, is_certain }: NonNullable<Output['largest_change']>): string {
  if (uncertainty === null) return 'with too few articles to tell whether it is more than chance'
  return `${is_certain ? 'more than' : 'within'} its uncertainty of ${uncertainty.toFixed(2)}`
}
