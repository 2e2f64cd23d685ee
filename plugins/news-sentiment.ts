import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAlphaVantage } from '../services/alpha-vantage/client.ts'
import { Budget } from '../services/budget/budget.ts'
import type { Config } from '../services/config/config.ts'
import type { Logger } from '../services/lib/logger.ts'
import type { CacheStatus } from '../services/lib/shared-cache.ts'
import { NewsFetcher } from '../services/news/fetcher.ts'
import { NewsSentiment } from '../services/news/news-sentiment.ts'
import { createRedisStorage, createSqliteStorage } from '../services/storage/news-storage.ts'
import type { RedisConnection } from '../services/storage/redis-connection.ts'
import { createNewsMetrics } from './observability/news-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    newsSentiment: NewsSentiment
  }
}

/** Puts the news service on `fastify.newsSentiment`. */
async function newsSentiment(fastify: FastifyInstance) {
  const { config, log, redisConnection } = fastify
  const metrics = createNewsMetrics(fastify.metrics)
  const { onCall, onAnswer } = metrics
  const news = createNewsModule({ config, log, redisConnection, onCall, onAnswer })
  metrics.observe(news.newsSentiment)
  fastify.decorate('newsSentiment', news.newsSentiment)
  fastify.addHook('onClose', () => news.close())
}

type NewsSettings = Pick<
  Config,
  | 'ALPHA_VANTAGE_BASE_URL'
  | 'ALPHA_VANTAGE_API_KEY'
  | 'ALPHA_VANTAGE_TIMEOUT_MS'
  | 'ALPHA_VANTAGE_LIMIT'
  | 'ALPHA_VANTAGE_RETRIES'
  | 'ALPHA_VANTAGE_DEADLINE_MS'
  | 'ALPHA_VANTAGE_PAUSE_MS'
  | 'CACHE_TTL_MS'
  | 'CACHE_GRACE_MS'
  | 'CACHE_SOFT_TIMEOUT_MS'
  | 'CACHE_NO_NEWS_TTL_MS'
  | 'CACHE_UNKNOWN_TTL_MS'
  | 'CACHE_ARTICLES'
  | 'CACHE_DISK_BYTES'
  | 'DATA_DIR'
  | 'plan'
>

/** Connects the news service to its storage, budget and Alpha Vantage client. */
export function createNewsModule(options: {
  config: NewsSettings
  log: Logger
  /** Replaces the disk as storage. */
  redisConnection?: RedisConnection | undefined
  /** Called with the outcome of each call to Alpha Vantage: `ok` or an error code. */
  onCall?: ((outcome: string) => void) | undefined
  /** Called with the outcome of each query. */
  onAnswer?: ((outcome: CacheStatus | 'error') => void) | undefined
  /** The current time: milliseconds since 1970. */
  now?: () => number
}) {
  const { config, log, onCall, onAnswer, now } = options
  const clock = now && { now }
  const storage = createStorage(options)
  const budget = new Budget({ plan: config.plan, cell: storage.ledgerCell, log, ...clock })
  const fetcher = new NewsFetcher({
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
    ...(onCall && { onCall }),
    log
  })
  const newsSentiment = new NewsSentiment({
    fetcher,
    budget,
    storage,
    cache: {
      ttlMs: config.CACHE_TTL_MS,
      graceMs: config.CACHE_GRACE_MS,
      softTimeoutMs: config.CACHE_SOFT_TIMEOUT_MS,
      noNewsTtlMs: config.CACHE_NO_NEWS_TTL_MS,
      unknownTtlMs: config.CACHE_UNKNOWN_TTL_MS,
      maxArticles: config.CACHE_ARTICLES
    },
    onAnswer,
    ...clock
  })
  return {
    newsSentiment,
    budget,
    async close() {
      await newsSentiment.close()
      storage.close()
    }
  }
}

function createStorage({ config, log, redisConnection, now }: Parameters<typeof createNewsModule>[0]) {
  const common = {
    // Servers with different keys share snapshots, but each key has a ledger of its own.
    source: fingerprint(config.ALPHA_VANTAGE_BASE_URL),
    account: fingerprint(config.ALPHA_VANTAGE_API_KEY),
    log,
    ...(now && { now })
  }
  return redisConnection
    ? createRedisStorage({ ...common, connection: redisConnection })
    : createSqliteStorage({ ...common, folder: config.DATA_DIR, maxBytes: config.CACHE_DISK_BYTES })
}

/** Identifies a secret without revealing it. */
function fingerprint(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 16)
}

export default fp(newsSentiment, { name: 'news-sentiment', dependencies: ['config', 'metrics', 'redis'] })
