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
  const { ALPHA_VANTAGE_BASE_URL, ALPHA_VANTAGE_API_KEY, ALPHA_VANTAGE_TIMEOUT_MS, CACHE_TTL_MS } =
    fastify.config
  const service = createNewsSentiment({
    alphaVantage: createAlphaVantage({
      baseUrl: ALPHA_VANTAGE_BASE_URL,
      apiKey: ALPHA_VANTAGE_API_KEY,
      timeoutMs: ALPHA_VANTAGE_TIMEOUT_MS
    }),
    cacheTtlMs: CACHE_TTL_MS
  })
  fastify.decorate('newsSentiment', service)
  fastify.addHook('onClose', () => service.close())
}

export default fp(newsSentiment, { name: 'news-sentiment', dependencies: ['config'] })
