import { randomUUID } from 'node:crypto'
import { createKey, type Key, startKeyServer } from '../support/key-server.ts'
import { freePort } from '../support/ports.ts'
import { startRedis } from '../support/redis.ts'
import { type Test, temporaryFolder } from '../support/temp.ts'
import { startReplica } from './replica.ts'
import { startUpstream } from './upstream.ts'

/** The plan of the key. The load often exhausts the minute limit, and never the daily limit. */
export const plan = { perDay: 100_000, perMinute: 240, perSecond: 8 }

export type Fleet = Awaited<ReturnType<typeof startFleet>>

/** Starts two replicas that share a Redis, with stand-ins for Scalekit and Alpha Vantage, and short timeouts. */
export async function startFleet(t: Test) {
  const [redis, keyServer, upstream] = await Promise.all([startRedis(t), startKeyServer(t), startUpstream(t)])
  const [port, secondPort, metricsPort, secondMetricsPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort()
  ])
  // A URL of the key server, because the self-check of one replica must not open connections to the other.
  const resource = `${keyServer.environmentUrl}/mcp`
  const issuer = `${keyServer.environmentUrl}/resources/res_soak`
  // The day ends twelve hours from now.
  const dayBegins = new Date(Date.now() + 12 * 3_600_000).toISOString().slice(11, 16)
  const settings = {
    LOG_LEVEL: 'error',
    SCALEKIT_ENVIRONMENT_URL: keyServer.environmentUrl,
    SCALEKIT_RESOURCE_NAME: resource,
    SCALEKIT_AUTHORIZATION_SERVERS: issuer,
    SCALEKIT_TIMEOUT_MS: '2000',
    SCALEKIT_KEYS_MAX_AGE_MS: '4000',
    SCALEKIT_KEYS_COOLDOWN_MS: '500',
    SCALEKIT_KEYS_STALE_MS: '2000',
    TOKEN_STORE_SIZE: '100',
    ALPHA_VANTAGE_API_KEY: randomUUID(),
    ALPHA_VANTAGE_BASE_URL: upstream.url,
    ALPHA_VANTAGE_TIMEOUT_MS: '4000',
    ALPHA_VANTAGE_DEADLINE_MS: '5000',
    ALPHA_VANTAGE_PAUSE_MS: '100',
    ALPHA_VANTAGE_CALLS_PER_DAY: String(plan.perDay),
    ALPHA_VANTAGE_CALLS_PER_MINUTE: String(plan.perMinute),
    ALPHA_VANTAGE_CALLS_PER_SECOND: String(plan.perSecond),
    ALPHA_VANTAGE_DAY_BEGINS: dayBegins,
    CACHE_TTL_MS: '3000',
    CACHE_SOFT_TIMEOUT_MS: '200',
    CACHE_GRACE_MS: '10000',
    CACHE_NO_NEWS_TTL_MS: '3000',
    CACHE_UNKNOWN_TTL_MS: '3000',
    // The cache is full after a minute, so that its growth does not look like a leak.
    CACHE_ARTICLES: '2000',
    REDIS_URL: redis.url,
    REDIS_TIMEOUT_MS: '1500',
    // The server counts requests for its rate limits, but never reaches them.
    RATE_LIMIT_PER_MINUTE: '1000000',
    RATE_LIMIT_ADDRESS_PER_MINUTE: '1000000',
    RATE_LIMIT_FAILURES_PER_MINUTE: '1000000',
    REQUEST_TIMEOUT_MS: '3000',
    SSE_KEEP_ALIVE_MS: '500',
    SUBSCRIPTIONS_PER_SUBJECT: '100',
    SHUTDOWN_GRACE_MS: '15000',
    DATA_DIR: await temporaryFolder(t)
  }
  const [steady, restarted] = await Promise.all([
    startReplica(t, { name: 'steady', port, metricsPort, settings }),
    startReplica(t, { name: 'restarted', port: secondPort, metricsPort: secondMetricsPort, settings })
  ])

  return {
    redis,
    upstream,
    keyServer,
    replicas: [steady, restarted],
    /** The replica that runs for the whole soak. */
    steady,
    /** The replica that a fault restarts. */
    restarted,
    /** Signs a token for both replicas. `claims` override the defaults. */
    signToken: (claims: Parameters<typeof keyServer.signToken>[0], key: Key) =>
      keyServer.signToken({ iss: issuer, aud: [resource], ...claims }, key),
    createKey: () => createKey(`snk_${randomUUID()}`)
  }
}
