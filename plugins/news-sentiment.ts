import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAlphaVantage } from '../services/alpha-vantage/client.ts'
import { Budget } from '../services/budget/budget.ts'
import { NewsFetcher } from '../services/news/fetcher.ts'
import { createNewsSentiment, type NewsSentiment } from '../services/news/news-sentiment.ts'
import { createRedisStorage, createSqliteStorage } from '../services/storage/news-storage.ts'
import { createNewsMetrics } from './observability/news-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    newsSentiment: NewsSentiment
  }
}

/** Puts the service that knows the news on `fastify.newsSentiment`. */
async function newsSentiment(fastify: FastifyInstance) {
  const { config, log, redisConnection } = fastify
  // News is the same whoever pays for it; calls are counted by who does.
  const source = fingerprint(config.ALPHA_VANTAGE_BASE_URL)
  const account = fingerprint(config.ALPHA_VANTAGE_API_KEY)
  const common = { source, account, log }
  const measured = createNewsMetrics(fastify.metrics)
  const storage = redisConnection
    ? createRedisStorage({ ...common, connection: redisConnection })
    : createSqliteStorage({ ...common, folder: config.DATA_DIR, maxBytes: config.CACHE_DISK_BYTES })
  const budget = new Budget({ plan: config.plan, cell: storage.ledgerCell, log })
  const upstream = new NewsFetcher({
    alphaVantage: createAlphaVantage({
      baseUrl: config.ALPHA_VANTAGE_BASE_URL,
      apiKey: config.ALPHA_VANTAGE_API_KEY,
      timeoutMs: config.ALPHA_VANTAGE_TIMEOUT_MS,
      limit: Number(config.ALPHA_VANTAGE_LIMIT)
    }),
    budget,
    retries: config.ALPHA_VANTAGE_RETRIES,
    deadlineMs: config.ALPHA_VANTAGE_DEADLINE_MS,
    pauseMs: config.ALPHA_VANTAGE_PAUSE_MS,
    onCall: measured.onCall,
    log
  })
  const service = createNewsSentiment({
    upstream,
    budget,
    storage,
    cacheTtlMs: config.CACHE_TTL_MS,
    cacheGraceMs: config.CACHE_GRACE_MS,
    cacheSoftTimeoutMs: config.CACHE_SOFT_TIMEOUT_MS,
    noNewsTtlMs: config.CACHE_NO_NEWS_TTL_MS,
    unknownTtlMs: config.CACHE_UNKNOWN_TTL_MS,
    cacheArticles: config.CACHE_ARTICLES,
    onAnswer: measured.onAnswer
  })
  measured.watch(service)
  fastify.decorate('newsSentiment', service)
  fastify.addHook('onClose', async () => {
    await service.close()
    storage.close()
  })
}

/** A name that does not tell what it stands for. */
function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 16)
}

export default fp(newsSentiment, { name: 'news-sentiment', dependencies: ['config', 'metrics', 'redis'] })
