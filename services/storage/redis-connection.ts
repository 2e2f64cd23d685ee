import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Logger } from '../lib/logger.ts'

const pingMs = 10_000

/** A connection to Redis, and whether it can be used. */
export type RedisConnection = ReturnType<typeof createRedisConnection>

/**
 * Connects to Redis, again and again if need be. A command fails at once while there is no connection, and after
 * `timeoutMs` if there is no answer, which ends the connection: a Redis that hangs holds nobody up for long.
 */
export function createRedisConnection(options: {
  url: string
  timeoutMs: number
  /** Whether commands of the same moment go together. */
  pipelines?: boolean
  /** Told whenever it goes out of reach. */
  onUnavailable?: () => void
  log: Logger
}) {
  const { url, timeoutMs, log } = options
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A command whose answer was lost may have been carried out: it is not sent again.
    autoResendUnfulfilledCommands: false,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // What hangs does not say goodbye, and commands would wait for that.
    disconnectTimeout: 0,
    enableAutoPipelining: options.pipelines ?? true,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 2000) * (0.5 + Math.random() / 2)
  })
  /** For what others tell: such a connection can do nothing else. */
  const subscriber = redis.duplicate({
    enableAutoPipelining: false,
    // Whoever subscribes does so on each connection: ioredis lets the failure of its own way end the process.
    autoResubscribe: false
  })
  let isAway: boolean | undefined
  let isClosing = false
  /** The connection is being ended because an answer did not come. */
  let isReconnecting = false

  // The reason only: an error of the connection may hold the URL, and with it the password.
  const onUnavailable = (error?: Error & { code?: string }) => {
    if (isAway !== true) {
      log.warn(
        { reason: outageReason(error) },
        'Redis is out of reach: this replica goes on with what it has'
      )
      options.onUnavailable?.()
    }
    isAway = true
  }
  redis.on('error', onUnavailable)
  redis.on('close', () => {
    isReconnecting = false
    if (!isClosing) onUnavailable()
  })
  redis.on('ready', () => {
    if (isAway !== undefined) log.info({}, 'Redis is in reach again')
    isAway = false
  })
  subscriber.on('error', () => {}) // what the other connection meets is enough to know

  // On a connection on which nothing is ever asked, nobody notices that it is gone.
  const ping = () =>
    /* c8 ignore next -- ten seconds are longer than a test waits */
    subscriber.status === 'ready' && subscriber.ping().catch(() => subscriber.disconnect(true))
  const pinging = setInterval(ping, pingMs).unref()

  return {
    redis,
    subscriber,
    /** Connects; that it cannot at first is no error. */
    async start() {
      const connecting = Promise.allSettled([redis.connect(), subscriber.connect()])
      await Promise.race([connecting, setTimeout(2 * timeoutMs, undefined, { ref: false })])
    },
    /** Does something with Redis. @throws if it is out of reach, or does not answer in time. */
    async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
      if (redis.status !== 'ready') throw new Error('Redis is out of reach')
      try {
        return await work(redis)
      } catch (error) {
        // It hangs, or does: a new connection is not ready before it answers.
        // Once, however many wait for an answer on it.
        if (isTimeout(error) && redis.status === 'ready' && !isReconnecting) {
          isReconnecting = true
          onUnavailable(error as Error)
          redis.disconnect(true)
          subscriber.disconnect(true)
        }
        throw error
      }
    },
    isAway: () => redis.status !== 'ready',
    onReturn: (listener: () => void) => void redis.on('ready', listener),
    close() {
      isClosing = true
      clearInterval(pinging)
      redis.disconnect()
      subscriber.disconnect()
    }
  }
}

/** ioredis gives this error no code. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out'
}

/** Why Redis cannot be used, such as `ECONNREFUSED`, or `WRONGPASS` as Redis itself begins its errors. */
function outageReason(error?: Error & { code?: string }): string {
  if (!error) return 'the connection has ended'
  if (isTimeout(error)) return 'no answer within REDIS_TIMEOUT_MS'
  return error.code ?? /^[A-Z]+(?= )/.exec(error.message)?.[0] ?? error.name
}
