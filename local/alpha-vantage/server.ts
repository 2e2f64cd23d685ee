import type { FastifyReply } from 'fastify'
import fastify from 'fastify'
import { errorResponses } from './error-bodies.ts'
import { createSampleNews, sampleTickers, stamp } from './sample-news.ts'

type Query = Record<string, string | undefined>

/** How many calls are answered, where 0 is no limit; days begin at 00:00 UTC. */
export interface Quota {
  perDay: number
  perMinute: number
  perSecond: number
}

export type LocalAlphaVantage = Awaited<ReturnType<typeof createLocalAlphaVantage>>

/** As many are remembered. */
const mostQueries = 100_000

/**
 * A look-alike of Alpha Vantage's NEWS_SENTIMENT that answers with sample news. Each answer says so in a field of its
 * own, `sample_data`, which Alpha Vantage does not have.
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
    /** The last queries that came in, in their order. */
    queries: [] as Query[],
    /** When those came that the quota allowed: milliseconds since 1970. */
    answered: [] as number[],
    /** Answers instead of the sample news, while it is set. */
    answer: undefined as ((reply: FastifyReply, query: Query) => unknown) | undefined,
    close: () => app.close()
  }

  app.get<{ Querystring: Query }>('/query', async (request, reply) => {
    if (standIn.queries.push(request.query) > mostQueries) standIn.queries.shift()
    const refusal = quota && refusalOf(quota, standIn.answered, now())
    if (refusal) return JSON.parse(JSON.stringify(refusal).replaceAll('{key}', String(request.query.apikey)))
    if (standIn.answered.push(now()) > mostQueries) standIn.answered.shift()
    if (standIn.answer) return standIn.answer(reply, request.query)
    return answer(request.query, new Date(now()))
  })

  standIn.url = await app.listen({ port: options.port, host: options.host ?? 'localhost' })
  return standIn
}

/** What a key is told that has had its calls: at the times `answered`, now being `at`. */
function refusalOf({ perDay, perMinute, perSecond }: Quota, answered: readonly number[], at: number) {
  const since = (time: number) => answered.filter((one) => one > time).length
  const day = Math.floor(at / 86_400_000) * 86_400_000
  if (perSecond > 0 && since(at - 1000) >= perSecond) return errorResponses.burst
  if (perMinute > 0 && since(at - 60_000) >= perMinute) return errorResponses.premiumMinuteLimit
  if (perDay > 0 && since(day - 1) >= perDay) return errorResponses.dailyLimit
  return undefined
}

function answer(query: Query, now: Date) {
  if (!query.apikey) return errorResponses.invalidKey
  if (query.function !== 'NEWS_SENTIMENT') return errorResponses.invalidCall
  const tickers = query.tickers?.split(',') ?? []
  if (tickers.some((ticker) => !sampleTickers.includes(ticker))) {
    return { ...errorResponses.invalidInputs, sample_data: true }
  }

  const { time_from: from = '', time_to: to = stamp(now.getTime()) } = query
  // Several tickers or topics mean articles that mention all of them.
  const topics = query.topics?.split(',') ?? []
  // Every other ticker answers in the older of the two formats.
  const older = sampleTickers.indexOf(tickers[0] ?? '') % 2 === 0
  const feed = createSampleNews(now, { older }).filter(
    (article) =>
      tickers.every((ticker) => article.ticker_sentiment.some((one) => one.ticker === ticker)) &&
      topics.every((topic) => article.topics.some((one) => slugOf(one.topic) === topic)) &&
      article.time_published >= from &&
      article.time_published <= to.padEnd(15, '9')
  )
  if (query.sort === 'EARLIEST') feed.reverse()
  // Of all limits, only 1000 is more than 50.
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

/** `Economy - Monetary` as `economy_monetary`. */
function slugOf(topic: string): string {
  return topic
    .toLowerCase()
    .replaceAll('&', 'and')
    .replace(/[^a-z]+/g, '_')
    .replace('retail_and_wholesale', 'retail_wholesale')
    .replace('energy_and_transportation', 'energy_transportation')
}
