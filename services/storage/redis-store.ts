import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { topics } from '../alpha-vantage/topics.ts'
import type { Logger } from '../lib/logger.ts'
import { toFailure, UpstreamError } from '../lib/news-error.ts'
import { decodeNews, encodeNews, newsFormat } from '../news/codec.ts'
import { type SnapshotInfo, toSnapshotInfo } from '../news/snapshot.ts'
import type { FetchOutcome, Store } from '../news/store.ts'
import type { RedisConnection } from './redis-connection.ts'

const subjectSchema = z.object({ ticker: z.string().exactOptional(), topic: z.enum(topics).exactOptional() })
const snapshotInfoSchema: z.ZodType<SnapshotInfo> = z.object({
  key: z.string(),
  subject: subjectSchema,
  from: z.int(),
  to: z.int(),
  fetchedAtMs: z.int(),
  expiresAtMs: z.int(),
  articles: z.int()
})
const fetchOutcomeSchema = z.object({
  replica: z.string(),
  key: z.string(),
  subject: subjectSchema,
  isLive: z.boolean(),
  failure: z
    .object({
      code: z.string(),
      message: z.string(),
      statusCode: z.int(),
      retryAt: z.number().exactOptional()
    })
    .exactOptional()
})

/** Who leads a flight says so again and again; who does not any more is dead, and somebody else may. */
const leaderLeaseMs = 5000
const leaderRenewalMs = 1500
/** How often those who follow look whether there still is a leader: a message can be lost. */
const followMs = 500
/** No flight takes so long: a leader of whom nothing has been heard by then is not waited for. */
const maxLeaderWaitMs = 60_000
const maxListed = 200

/** Puts `ARGV[2]` in the place of `ARGV[1]`, where the empty text stands for nothing. */
const compareAndSwapScript = `
  local known = redis.call('GET', KEYS[1]) or ''
  if known ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2])
  return 1`
/** Ends the lead that is still one's own, and tells how the flight has landed, in one go. */
const releaseLeaderScript = `
  if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
  return redis.call('PUBLISH', ARGV[2], ARGV[3])`
const renewLeaderScript = `
  local leader = redis.call('GET', KEYS[1])
  if leader and leader ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`

/**
 * Keeps news and the count of calls in Redis, for all replicas that share it. News goes by the `source` that it is from,
 * the count by the `account` that is called with. While Redis is out of reach, nothing is kept beside memory.
 */
export function createRedisStore(options: {
  connection: RedisConnection
  source: string
  account: string
  /** The time, if not that of Redis: milliseconds since 1970. */
  now?: () => number
  log: Logger
}): Store {
  const { connection, now, log } = options
  const replica = randomUUID()
  const prefix = `finance-news:${newsFormat}:${options.source}`
  const index = `${prefix}:index`
  const channel = `${prefix}:landings`
  const account = `finance-news:ledger:${options.account}`
  const listeners = new Set<(landing: FetchOutcome) => void>()
  const stopping = new AbortController()

  const subscribe = () => connection.subscriber.subscribe(channel).catch(() => {}) // the next connection tries again
  if (connection.subscriber.status === 'ready') subscribe()
  connection.subscriber.on('ready', subscribe)
  connection.subscriber.on('message', (from, text) => {
    const landing = from === channel ? parse(fetchOutcomeSchema, text) : undefined
    if (landing && landing.replica !== replica) for (const listener of listeners) listener(landing)
  })

  /** What goes wrong is as if nothing were there: the link tells of it in the log. */
  const tryRun = <T>(work: Parameters<typeof connection.run<T>>[0]) =>
    connection.run(work).catch(() => undefined)

  async function readKept(keys: readonly string[]): Promise<SnapshotInfo[]> {
    if (keys.length === 0) return []
    const texts = await tryRun((redis) => redis.mget(keys.map((key) => `${prefix}:kept:${key}`)))
    return Array.isArray(texts) ? texts.flatMap((text) => parse(snapshotInfoSchema, text) ?? []) : []
  }

  /** Waits until somebody tells how the flight has landed; `undefined` when nobody leads it any more. */
  async function waitForLeader(
    { key }: FetchOutcome,
    { heard, until }: { heard: Promise<FetchOutcome>; until: number }
  ): Promise<FetchOutcome | undefined> {
    while (performance.now() < until) {
      const later = setTimeout(followMs, undefined, { signal: stopping.signal }).catch((cause) => {
        throw new UpstreamError({ cause }) // this replica ends, and waits for nobody
      })
      const landing = await Promise.race([heard, later])
      if (landing) return landing
      const isLed = await tryRun((redis) => redis.exists(`${prefix}:lead:${key}`))
      if (!isLed) break
    }
    return undefined
  }

  async function runAsLeader<T>(landing: FetchOutcome, fly: () => Promise<T>): Promise<T> {
    const name = `${prefix}:lead:${landing.key}`
    const renewal = setInterval(
      () => tryRun((redis) => redis.eval(renewLeaderScript, 1, name, replica, leaderLeaseMs)),
      leaderRenewalMs
    ).unref()
    let failure: FetchOutcome['failure']
    try {
      return await fly()
    } catch (error) {
      // One that is broken off because this replica ends is nobody else's failure: they fly themselves.
      if (!stopping.signal.aborted) failure = toFailure(error)
      throw error
    } finally {
      clearInterval(renewal)
      const isLive = landing.isLive && !stopping.signal.aborted
      const told = JSON.stringify({ ...landing, isLive, replica, ...(failure && { failure }) })
      await tryRun((redis) => redis.eval(releaseLeaderScript, 1, name, replica, channel, told))
    }
  }

  return {
    name: 'redis',
    async look(keys) {
      return readKept(keys)
    },
    async read(key) {
      const bytes = await tryRun((redis) => redis.getBuffer(`${prefix}:news:${key}`))
      if (!bytes) return undefined
      try {
        return await decodeNews(bytes, key)
      } catch (err) {
        log.warn({ err, key }, 'news in Redis cannot be read, and is given up')
        return undefined
      }
    },
    async write(news, expiresAtMs) {
      const bytes = await encodeNews(news)
      const keepMs = Math.max(1, Math.ceil(expiresAtMs - news.fetchedAtMs))
      await tryRun((redis) =>
        redis
          .multi()
          .set(`${prefix}:news:${news.key}`, bytes, 'PX', keepMs)
          .set(`${prefix}:kept:${news.key}`, JSON.stringify(toSnapshotInfo(news, expiresAtMs)), 'PX', keepMs)
          .zadd(index, expiresAtMs, news.key)
          .zremrangebyscore(index, '-inf', news.fetchedAtMs)
          .exec()
      )
    },
    async list() {
      const keys = await tryRun((redis) => redis.zrevrange(index, 0, maxListed - 1))
      return readKept(Array.isArray(keys) ? keys : [])
    },
    async runExclusive(landing, fly) {
      const name = `${prefix}:lead:${landing.key}`
      const until = performance.now() + maxLeaderWaitMs
      while (performance.now() < until) {
        const { promise: heard, resolve } = Promise.withResolvers<FetchOutcome>()
        const listener = (one: FetchOutcome) => void (one.key === landing.key && resolve(one))
        listeners.add(listener)
        try {
          const isFirst = await connection
            .run((redis) => redis.set(name, replica, 'PX', leaderLeaseMs, 'NX'))
            .catch(() => 'alone')
          if (isFirst !== null) return { local: await runAsLeader(landing, fly) }
          const other = await waitForLeader(landing, { heard, until })
          if (other) return { remote: other }
        } finally {
          listeners.delete(listener)
        }
      }
      /* c8 ignore next -- a minute is longer than a test waits */
      return { local: await fly() }
    },
    onRemoteFetch: (listener) => void listeners.add(listener),
    cell: {
      isShared: true,
      async read() {
        return connection.run(async (redis) => {
          const [text, [seconds, microseconds]] = await Promise.all([redis.get(account), redis.time()])
          const at = Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
          if (!Number.isFinite(at)) throw new Error('Redis does not tell the time')
          return { text: text ?? undefined, at: now ? now() : at }
        })
      },
      async compareAndSwap(from, to) {
        return connection.run(
          async (redis) => (await redis.eval(compareAndSwapScript, 1, account, from ?? '', to)) === 1
        )
      },
      onReturn: (listener) => connection.onReturn(listener)
    },
    isAway: () => connection.isAway(),
    stop: () => stopping.abort(),
    async close() {
      listeners.clear()
    }
  }
}

function parse<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text ?? '')).data
  } catch {
    return undefined // not ours
  }
}
