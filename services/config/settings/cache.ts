import { z } from 'zod'
import { integerSetting, optionalIntegerSetting, patternSetting } from '../setting-types.ts'

/** How long news is cached, and where: in memory, on disk or in Redis. */
export const cacheSettings = {
  CACHE_TTL_MS: optionalIntegerSetting(
    1,
    86_400_000,
    'How long news is fresh and served without a call, in milliseconds. When absent: one hour if ALPHA_VANTAGE_CALLS_PER_DAY is limited, else 15 minutes.',
    900_000
  ),
  CACHE_SOFT_TIMEOUT_MS: integerSetting(
    1000,
    0,
    60_000,
    'How long a request waits for fresh news before it gets stale news, in milliseconds.'
  ),
  CACHE_GRACE_MS: integerSetting(
    86_400_000,
    0,
    2_592_000_000,
    'The maximum age of stale news that is served while Alpha Vantage is failing or no call is left, in milliseconds.'
  ),
  CACHE_NO_NEWS_TTL_MS: integerSetting(
    300_000,
    1000,
    86_400_000,
    'How long an empty result is cached, in milliseconds.'
  ),
  CACHE_UNKNOWN_TTL_MS: integerSetting(
    3_600_000,
    1000,
    86_400_000,
    'How long an unknown ticker is cached as unknown, in milliseconds.'
  ),
  CACHE_ARTICLES: integerSetting(
    30_000,
    1001,
    10_000_000,
    'The maximum number of articles in memory. Each takes about 3 kB.'
  ),
  CACHE_DISK_BYTES: integerSetting(
    268_435_456,
    1_048_576,
    1_099_511_627_776,
    'The maximum size of the news on disk, in bytes.'
  ),
  DATA_DIR: z
    .string()
    .default('.data')
    .meta({
      description: 'The folder for data that survives a restart: news and the call count.',
      examples: ['.data']
    }),
  REDIS_URL: patternSetting(/^rediss?:\/\/\S+$/, 'is not a redis:// or rediss:// URL')
    .optional()
    .meta({
      description:
        'The Redis that replicas share for news, the call count, rate limits and the deny list. When absent: DATA_DIR holds news and the call count, for one machine.',
      examples: ['redis://:password@redis.example.com:6379/0']
    }),
  REDIS_TIMEOUT_MS: integerSetting(
    1000,
    10,
    60_000,
    'Timeout of a Redis command, in milliseconds. After it, a replica continues without Redis.'
  )
}
