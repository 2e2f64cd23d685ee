import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { parseJson } from '../lib/json.ts'
import { createShuttingDownError, newsErrorCodes, toFailure } from '../lib/news-error.ts'
import { minuteMs } from '../lib/time.ts'
import { subjectSchema } from '../news/codec.ts'
import type { FetchOutcome, FlightResult, SharedFetch, SingleFlight } from '../news/single-flight.ts'
import type { RedisConnection } from './redis-connection.ts'

/** A leader renews its lease while it fetches. After a crash, the lease expires, and another replica may lead. */
const leaderLeaseMs = 5000
const leaseRenewalMs = 1500
/** How often a follower checks that the key still has a leader, because the message with the outcome can be lost. */
const leaderCheckMs = 500
/** Longer than any fetch. After this time, a follower fetches itself. */
const maxLeaderWaitMs = minuteMs

/** Renews the lease of KEYS[1] for replica ARGV[1] to ARGV[2] ms, unless another replica holds it. */
const renewLeaseScript = `
  local leader = redis.call('GET', KEYS[1])
  if leader and leader ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`
/** Deletes the lease of KEYS[1] if replica ARGV[1] holds it, and publishes outcome ARGV[3] on channel ARGV[2]. */
const releaseLeaseScript = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
  return redis.call('PUBLISH', ARGV[2], ARGV[3])`

const outcomeMessage = z.object({
  replica: z.string(),
  key: z.string(),
  subject: subjectSchema,
  isLive: z.boolean(),
  failure: z
    .object({
      // Another version of this server may know more codes.
      code: z.enum(newsErrorCodes).catch('NEWS_UPSTREAM_FAULT'),
      message: z.string(),
      statusCode: z.int(),
      retryAt: z.number().exactOptional()
    })
    .exactOptional()
})

/**
 * Runs one fetch at a time for each key, across the replicas that share a Redis. The leader fetches and publishes the
 * outcome; followers wait for it. While Redis is unavailable, each replica fetches itself.
 */
export class RedisSingleFlight implements SingleFlight {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #channel: string
  readonly #replica = randomUUID()
  readonly #listeners = new Set<(outcome: FetchOutcome) => void>()
  readonly #stopping = new AbortController()

  constructor(options: { connection: RedisConnection; prefix: string }) {
    this.#connection = options.connection
    this.#prefix = options.prefix
    this.#channel = `${options.prefix}:landings`
    const { subscriber } = this.#connection
    if (subscriber.status === 'ready') this.#subscribe()
    subscriber.on('ready', () => this.#subscribe())
    subscriber.on('message', (channel, text) => channel === this.#channel && this.#receive(text))
  }

  async runExclusive<T>(shared: SharedFetch, fetch: () => Promise<T>): Promise<FlightResult<T>> {
    const deadline = performance.now() + maxLeaderWaitMs
    while (performance.now() < deadline) {
      // Listen first: the leader may publish its outcome as soon as this replica fails to acquire the lease.
      const { promise: published, resolve } = Promise.withResolvers<FetchOutcome>()
      const listener = (outcome: FetchOutcome) => void (outcome.key === shared.key && resolve(outcome))
      this.#listeners.add(listener)
      try {
        if (await this.#acquireLease(shared.key)) return { local: await this.#runAsLeader(shared, fetch) }
        const remote = await this.#waitForLeader(shared.key, { published, deadline })
        if (remote) return { remote }
      } finally {
        this.#listeners.delete(listener)
      }
    }
    /* c8 ignore next -- a test does not wait for a minute */
    return { local: await fetch() }
  }

  onRemoteFetch(listener: (outcome: FetchOutcome) => void): void {
    this.#listeners.add(listener)
  }

  stop(): void {
    this.#stopping.abort()
  }

  /** Returns `true` if this replica leads, or if Redis is unavailable. */
  async #acquireLease(key: string): Promise<boolean> {
    const reply = await this.#connection
      .run((redis) => redis.set(this.#leaderKey(key), this.#replica, 'PX', leaderLeaseMs, 'NX'))
      .catch(() => 'unavailable')
    return reply !== null
  }

  async #runAsLeader<T>(shared: SharedFetch, fetch: () => Promise<T>): Promise<T> {
    const renewal = setInterval(() => this.#renewLease(shared.key), leaseRenewalMs).unref()
    let outcome: FetchOutcome = shared
    try {
      return await fetch()
    } catch (error) {
      outcome = { ...shared, failure: toFailure(error) }
      throw error
    } finally {
      clearInterval(renewal)
      // Shutdown aborts the fetch. Followers must not fail because of that: they fetch themselves.
      if (this.#stopping.signal.aborted) outcome = { ...shared, isLive: false }
      await this.#releaseLease(outcome)
    }
  }

  /** Resolves with the outcome of the leader, or with `undefined` once the key has no leader. */
  async #waitForLeader(
    key: string,
    { published, deadline }: { published: Promise<FetchOutcome>; deadline: number }
  ): Promise<FetchOutcome | undefined> {
    while (performance.now() < deadline) {
      const outcome = await Promise.race([published, this.#pause()])
      if (outcome) return outcome
      const hasLeader = await this.#connection.tryRun((redis) => redis.exists(this.#leaderKey(key)))
      if (!hasLeader) break
    }
    return undefined
  }

  /** @throws {NewsError} when this replica shuts down. */
  async #pause(): Promise<void> {
    await sleep(leaderCheckMs, undefined, { signal: this.#stopping.signal }).catch((cause) => {
      throw createShuttingDownError({ cause })
    })
  }

  #renewLease(key: string) {
    return this.#connection.tryRun((redis) =>
      redis.eval(renewLeaseScript, 1, this.#leaderKey(key), this.#replica, leaderLeaseMs)
    )
  }

  #releaseLease(outcome: FetchOutcome) {
    const message = JSON.stringify({ ...outcome, replica: this.#replica })
    return this.#connection.tryRun((redis) =>
      redis.eval(releaseLeaseScript, 1, this.#leaderKey(outcome.key), this.#replica, this.#channel, message)
    )
  }

  #subscribe() {
    this.#connection.subscriber.subscribe(this.#channel).catch(() => {}) // the next connection subscribes again
  }

  #receive(text: string) {
    const outcome = outcomeMessage.safeParse(parseJson(text)).data
    if (!outcome || outcome.replica === this.#replica) return
    for (const listener of this.#listeners) listener(outcome)
  }

  #leaderKey(key: string) {
    return `${this.#prefix}:lead:${key}`
  }
}
