import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createAlphaVantage } from '../services/alpha-vantage.ts'
import { createNewsSentiment, type NewsSentiment } from '../services/news-sentiment.ts'

declare module 'fastify' {
  interface FastifyInstance {
    newsSentiment: NewsSentiment
  }
}

/** Puts the service that knows the news on `fastify.newsSentiment`. */
async function newsSentiment(fastify: FastifyInstance) {
  const { config } = fastify
  const service = createNewsSentiment({
    alphaVantage: createAlphaVantage({
      baseUrl: config.ALPHA_VANTAGE_BASE_URL,
      apiKey: config.ALPHA_VANTAGE_API_KEY,
      timeoutMs: config.ALPHA_VANTAGE_TIMEOUT_MS,
      limit: Number(config.ALPHA_VANTAGE_LIMIT),
      callsPerSecond: config.ALPHA_VANTAGE_CALLS_PER_SECOND
    }),
    cacheTtlMs: config.CACHE_TTL_MS,
    cacheArticles: config.CACHE_ARTICLES
  })
  fastify.decorate('newsSentiment', service)
  fastify.addHook('onClose', () => service.close())
}

export default fp(newsSentiment, { name: 'news-sentiment', dependencies: ['config'] })
