import type { FastifyReply } from 'fastify'
import fastify from 'fastify'
import { dayMs, floorTo, minuteMs } from '../../services/lib/time.ts'
import { errorResponses } from './error-bodies.ts'
import { createSampleNews, formatTimestamp, sampleTickers } from './sample-news.ts'

type Query = Record<string, string | undefined>

/** The maximum number of calls; 0 means no limit. Days begin at 00:00 UTC. */
export interface Quota {
  perDay: number
  perMinute: number
  perSecond: number
}

export type LocalAlphaVantage = Awaited<ReturnType<typeof createLocalAlphaVantage>>

/** The maximum number of recorded queries. The oldest are dropped. */
const maxQueries = 100_000

/**
 * Starts a stand-in for Alpha Vantage's NEWS_SENTIMENT that serves sample news. Each answer carries `sample_data: true`,
 * a field that Alpha Vantage does not have.
 */
export async function createLocalAlphaVantage(options: {
  port: number
  host?: string
  quota?: Quota
  /** Milliseconds since 1970. */
  now?: () => number
}) {
  const { quota, now = Date.now } = options
  const app = fastify({ forceCloseConnections: true })
  const standIn = {
    url: '',
    /** The latest queries, in order of arrival. */
    queries: [] as Query[],
    /** When the queries within the quota arrived: milliseconds since 1970. */
    answered: [] as number[],
    /** While set, answers in place of the sample news. */
    answer: undefined as ((reply: FastifyReply, query: Query) => unknown) | undefined,
    close: () => app.close()
  }

  app.get<{ Querystring: Query }>('/query', async (request, reply) => {
    if (standIn.queries.push(request.query) > maxQueries) standIn.queries.shift()
    const limitError = quota && findLimitError(quota, standIn.answered, now())
    if (limitError)
      return JSON.parse(JSON.stringify(limitError).replaceAll('{key}', String(request.query.apikey)))
    if (standIn.answered.push(now()) > maxQueries) standIn.answered.shift()
    if (standIn.answer) return standIn.answer(reply, request.query)
    return createAnswer(request.query, new Date(now()))
  })

  standIn.url = await app.listen({ port: options.port, host: options.host ?? 'localhost' })
  return standIn
}

/** The error body once the quota is used up; `answered` holds the times of earlier calls. */
function findLimitError({ perDay, perMinute, perSecond }: Quota, answered: readonly number[], at: number) {
  const countSince = (time: number) => answered.filter((answeredAt) => answeredAt > time).length
  const day = floorTo(at, dayMs)
  if (perSecond > 0 && countSince(at - 1000) >= perSecond) return errorResponses.burst
  if (perMinute > 0 && countSince(at - minuteMs) >= perMinute) return errorResponses.premiumMinuteLimit
  if (perDay > 0 && countSince(day - 1) >= perDay) return errorResponses.dailyLimit
  return undefined
}

function createAnswer(query: Query, now: Date) {
  if (!query.apikey) return errorResponses.invalidKey
  if (query.function !== 'NEWS_SENTIMENT') return errorResponses.invalidCall
  const tickers = query.tickers?.split(',') ?? []
  if (tickers.some((ticker) => !sampleTickers.includes(ticker))) {
    return { ...errorResponses.invalidInputs, sample_data: true }
  }

  const { time_from: from = '', time_to: to = formatTimestamp(now.getTime()) } = query
  // Alpha Vantage combines several tickers or topics with AND.
  const topics = query.topics?.split(',') ?? []
  // Every second ticker uses the older of the two formats.
  const isOlderFormat = sampleTickers.indexOf(tickers[0] ?? '') % 2 === 0
  const feed = createSampleNews(now, { isOlderFormat }).filter(
    (article) =>
      tickers.every((ticker) => article.ticker_sentiment.some((sentiment) => sentiment.ticker === ticker)) &&
      topics.every((topic) => article.topics.some(({ topic: title }) => toSlug(title) === topic)) &&
      article.time_published >= from &&
      article.time_published <= to.padEnd(15, '9')
  )
  if (query.sort === 'EARLIEST') feed.reverse()
  // Alpha Vantage honors no limit but 50 and 1000.
  const items = feed.slice(0, query.limit === '1000' ? 1000 : 50)
  return {
    items: String(items.length),
    sentiment_score_definition:
      'x <= -0.35: Bearish; -0.35 < x <= -0.15: Somewhat-Bearish; -0.15 < x < 0.15: Neutral; 0.15 <= x < 0.35: Somewhat_Bullish; x >= 0.35: Bullish',
    relevance_score_definition: '0 < x <= 1, with a higher score indicating higher relevance.',
    sample_data: true,
    feed: items
  }
}

/** Converts a title to its slug: `Economy - Monetary` to `economy_monetary`. */
function toSlug(topic: string): string {
  return topic
    .toLowerCase()
    .replaceAll('&', 'and')
    .replace(/[^a-z]+/g, '_')
    .replace('retail_and_wholesale', 'retail_wholesale')
    .replace('energy_and_transportation', 'energy_transportation')
}
