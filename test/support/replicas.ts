import type { FastifyReply } from 'fastify'
import type { Test } from 'tap'
import type { LocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { newerArticle, toFeed } from './feeds.ts'
import { free, hourMs, type NewsOptions, shortSeconds, startNews } from './news.ts'
import { startRedis } from './redis.ts'
import { freeQuota, startUpstream } from './upstream.ts'

/** A response of Alpha Vantage with three articles about AAPL, one to three hours old. */
export const someNews = () =>
  toFeed(
    ...[1, 2, 3].map((hours) =>
      newerArticle({ at: new Date(Date.now() - hours * hourMs).toISOString(), about: { AAPL: [1, 0.1] } })
    )
  )

/** Windows of one day each, in the past: each needs a call of its own. */
export const pastDays = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ since: `${index + 3}d`, until: `${index + 2}d` }))

/** Starts a stand-in for Alpha Vantage that has `someNews` and enforces `quota`. */
export async function startNewsUpstream(t: Test, quota = freeQuota) {
  const upstream = await startUpstream(t, { quota, now: shortSeconds })
  upstream.answer = someNews
  return upstream
}

/** Starts Redis and a stand-in for Alpha Vantage. `startReplica` starts a news service that uses both. */
export async function prepareReplicas(t: Test, { plan = free, quota = freeQuota, persists = true } = {}) {
  const [redis, upstream] = await Promise.all([startRedis(t, { persists }), startNewsUpstream(t, quota)])
  const startReplica = (options: NewsOptions = {}) =>
    startNews(t, { redisUrl: redis.url, upstream, plan, redisTimeoutMs: 10_000, ...options })
  return { redis, upstream, startReplica }
}

/** Holds back the responses of `upstream` until `release`, which may replace them. */
export function holdResponses(upstream: Pick<LocalAlphaVantage, 'answer'>) {
  const requested = Promise.withResolvers<void>()
  const released = Promise.withResolvers<(reply: FastifyReply) => unknown>()
  upstream.answer = async (reply) => {
    requested.resolve()
    const answer = await released.promise
    return answer(reply)
  }
  return {
    /** Resolves at the first request. */
    requested: requested.promise,
    release: (answer: (reply: FastifyReply) => unknown = someNews) => released.resolve(answer)
  }
}
