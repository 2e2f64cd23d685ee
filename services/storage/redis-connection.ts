import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Logger } from '../lib/logger.ts'

const pingIntervalMs = 10_000
const timeoutReason = 'no reply within REDIS_TIMEOUT_MS'

interface RedisConnectionOptions {
  url: string
  timeoutMs: number
  /** Whether commands of the same event loop turn are sent together; `true` when absent. */
  pipelines?: boolean
  /** Called each time Redis becomes unavailable. */
  onUnavailable?: () => void
  log: Logger
}

/**
 * A connection to Redis that reconnects automatically. While Redis is unavailable, a command fails immediately. A command
 * without a reply within `timeoutMs` fails and closes the connection, so that later commands do not wait for a hanging
 * Redis.
 */
export class RedisConnection {
  readonly redis: Redis
  /** For publish/subscribe only: Redis allows no other commands on such a connection. */
  readonly subscriber: Redis
  readonly #timeoutMs: number
  readonly #onUnavailable: () => void
  readonly #log: Logger
  readonly #pingTimer: NodeJS.Timeout
  /** The last logged state; `undefined` until the first connection or failure. */
  #wasUnavailable: boolean | undefined
  #isClosing = false
  /** Whether the connection is being closed because a command timed out. */
  #isReconnecting = false

  constructor(options: RedisConnectionOptions) {
    this.#timeoutMs = options.timeoutMs
    this.#onUnavailable = options.onUnavailable ?? (() => {})
    this.#log = options.log
    this.redis = createClient(options)
    this.subscriber = this.redis.duplicate({
      enableAutoPipelining: false,
      // Subscribers subscribe on each 'ready', because a failed resubscription by ioredis would end the process.
      autoResubscribe: false
    })
    this.redis.on('error', (error) => this.#reportUnavailable(toOutageReason(error)))
    this.redis.on('close', () => {
      this.#isReconnecting = false
      if (!this.#isClosing) this.#reportUnavailable('connection closed')
    })
    this.redis.on('ready', () => this.#reportAvailable())
    this.subscriber.on('error', () => {}) // the other connection reports the outage
    this.#pingTimer = setInterval(() => this.#pingSubscriber(), pingIntervalMs).unref()
  }

  /** Connects. Resolves after twice the timeout at most, even without a connection. */
  async start(): Promise<void> {
    const connecting = Promise.allSettled([this.redis.connect(), this.subscriber.connect()])
    await Promise.race([connecting, sleep(2 * this.#timeoutMs, undefined, { ref: false })])
  }

  /** Runs `work` with the client. @throws if Redis is unavailable, or does not reply in time. */
  async run<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.isUnavailable()) throw new Error('Redis is unavailable')
    try {
      return await work(this.redis)
    } catch (error) {
      if (isTimeout(error)) this.#reconnect()
      throw error
    }
  }

  /** Runs `work` with the client. Returns `undefined` if it fails; the connection logs outages. */
  tryRun<T>(work: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    return this.run(work).catch(() => undefined)
  }

  isUnavailable(): boolean {
    return this.redis.status !== 'ready'
  }

  close(): void {
    this.#isClosing = true
    clearInterval(this.#pingTimer)
    this.redis.disconnect()
    this.subscriber.disconnect()
  }

  /** A timed-out command means that the connection hangs. Reconnects once for all pending commands. */
  #reconnect() {
    if (this.isUnavailable() || this.#isReconnecting) return
    this.#isReconnecting = true
    this.#reportUnavailable(timeoutReason)
    this.redis.disconnect(true)
    this.subscriber.disconnect(true)
  }

  #reportUnavailable(reason: string) {
    if (this.#wasUnavailable !== true) {
      this.#log.warn({ reason }, 'Redis unavailable; using local state')
      this.#onUnavailable()
    }
    this.#wasUnavailable = true
  }

  #reportAvailable() {
    if (this.#wasUnavailable !== undefined) this.#log.info({}, 'Redis available again')
    this.#wasUnavailable = false
  }

  /** Detects a dead connection. A subscriber sends no data, so TCP would not detect it. */
  /* c8 ignore next 4 -- a test does not wait for ten seconds */
  #pingSubscriber() {
    if (this.subscriber.status !== 'ready') return
    this.subscriber.ping().catch(() => this.subscriber.disconnect(true))
  }
}

function createClient({ url, timeoutMs, pipelines = true }: RedisConnectionOptions): Redis {
  return new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    // A command whose reply was lost may have been executed: do not send it again.
    autoResendUnfulfilledCommands: false,
    commandTimeout: timeoutMs,
    connectTimeout: timeoutMs,
    // A hanging server does not complete the TCP close, and pending commands would wait for it.
    disconnectTimeout: 0,
    enableAutoPipelining: pipelines,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 2000) * (0.5 + Math.random() / 2)
  })
}

/** ioredis gives this error no code. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out'
}

/**
 * Finds the reason of an outage: an error code such as `ECONNREFUSED`, or the first word of a Redis error, such as
 * `WRONGPASS`. Never returns the message, which may contain the URL with the password.
 */
function toOutageReason(error: Error & { code?: string }): string {
  if (isTimeout(error)) return timeoutReason
  return error.code ?? /^[A-Z]+(?= )/.exec(error.message)?.[0] ?? error.name
}
