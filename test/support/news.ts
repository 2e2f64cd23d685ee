import type { Test } from 'tap'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { createNewsModule } from '../../plugins/news-sentiment.ts'
import type { Subject } from '../../services/alpha-vantage/subject.ts'
import type { Plan } from '../../services/budget/plan.ts'
import type { Logger } from '../../services/lib/logger.ts'
import { dayMs, hourMs } from '../../services/lib/time.ts'
import { createCatalog } from '../../services/mcp/catalog.ts'
import type { RequestContext } from '../../services/mcp/primitives/request-context.ts'
import { parseWindow } from '../../services/news/window.ts'
import { RedisConnection } from '../../services/storage/redis-connection.ts'
import { temporaryFolder } from './temp.ts'

export { dayMs, hourMs }

export const unlimited: Plan = {
  callsPerDay: 0,
  callsPerMinute: 0,
  callsPerSecond: 0,
  share: 0.5,
  reserve: 0,
  dayBeginsMs: 0
}
/** The plan of a free key, without the pauses between calls, which would take real time. */
export const free: Plan = { ...unlimited, callsPerDay: 25 }

/** A clock that the test moves. */
export const clockAt = (time: string) => ({ now: Date.parse(time) })

const loadedAt = Date.now()
/**
 * The clock of an Alpha Vantage stand-in with seconds of 250 ms. On a busy machine, a delayed call then does not make the
 * next call too early.
 */
export const shortSeconds = () => Date.now() + 3 * (Date.now() - loadedAt)
/** The time of the machine when {@link shortSeconds} was `time`. */
export const fromShortSeconds = (time: number) => loadedAt + (time - loadedAt) / 4

type LocalAlphaVantage = Awaited<ReturnType<typeof createLocalAlphaVantage>>

export interface NewsOptions {
  /** Default: the clock of the machine. */
  clock?: { now: number }
  plan?: Plan
  /** The Alpha Vantage stand-in. Default: a new one. */
  upstream?: LocalAlphaVantage
  /** The data folder. Default: a temporary one. */
  folder?: string
  /** The maximum size of the cache on disk. */
  diskBytes?: number
  /** The Alpha Vantage key, which names the ledger. */
  account?: string
  redisUrl?: string
  redisTimeoutMs?: number
  cacheTtlMs?: number
  maxArticles?: number
  graceMs?: number
  noNewsTtlMs?: number
  unknownTtlMs?: number
  softTimeoutMs?: number
  retries?: number
  deadlineMs?: number
  pauseMs?: number
  timeoutMs?: number
}

/** Starts the news service as the server does, with its tools and its own clock. */
export async function startNews(t: Test, options: NewsOptions = {}) {
  const { clock, plan = unlimited, redisUrl } = options
  const news = options.upstream ?? (await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' }))
  if (!options.upstream) t.teardown(() => news.close())
  const logged: { level: string; message: string; details: object }[] = []
  const at = (level: string) => (details: object, message: string) =>
    void logged.push({ level, message, details })
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const redisConnection = redisUrl
    ? new RedisConnection({ url: redisUrl, timeoutMs: options.redisTimeoutMs ?? 500, log })
    : undefined
  await redisConnection?.start()
  const {
    newsSentiment: service,
    budget,
    close: closeModule
  } = createNewsModule({
    config: {
      ALPHA_VANTAGE_BASE_URL: news.url,
      ALPHA_VANTAGE_API_KEY: options.account ?? 'KEY',
      ALPHA_VANTAGE_TIMEOUT_MS: options.timeoutMs ?? 5000,
      ALPHA_VANTAGE_LIMIT: '1000',
      ALPHA_VANTAGE_RETRIES: options.retries ?? 0,
      ALPHA_VANTAGE_DEADLINE_MS: options.deadlineMs ?? 5000,
      ALPHA_VANTAGE_PAUSE_MS: options.pauseMs ?? 30_000,
      CACHE_TTL_MS: options.cacheTtlMs ?? hourMs,
      CACHE_GRACE_MS: options.graceMs ?? dayMs,
      CACHE_SOFT_TIMEOUT_MS: options.softTimeoutMs ?? 1000,
      CACHE_NO_NEWS_TTL_MS: options.noNewsTtlMs ?? 300_000,
      CACHE_UNKNOWN_TTL_MS: options.unknownTtlMs ?? hourMs,
      CACHE_ARTICLES: options.maxArticles ?? 30_000,
      CACHE_DISK_BYTES: options.diskBytes ?? 100_000_000,
      DATA_DIR: redisUrl ? '' : (options.folder ?? (await temporaryFolder(t))),
      plan
    },
    log,
    redisConnection,
    ...(clock && { now: () => clock.now })
  })
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await closeModule()
    redisConnection?.close()
  }
  t.teardown(close)

  const { tools } = createCatalog({ newsSentiment: service, websiteUrl: '', extensions: {} })
  /** Calls a tool's handler. */
  const call = async (name: string, args: Record<string, unknown>, subject = 'usr_1') => {
    const tool = tools.find((candidate) => candidate.name === name)
    const context = {
      auth: { subject },
      signal: new AbortController().signal,
      reportProgress: async () => {},
      allowReuse() {},
      log,
      cost: { upstreamCalls: 0 }
    } as unknown as RequestContext
    return tool?.handler(tool.inputSchema.parse(args), context)
  }

  return {
    news,
    service,
    budget,
    logged,
    close,
    /** Finds news as the tools do, for a requester and a window. */
    async find(
      subject: Subject,
      {
        requester = 'usr_1',
        since = '7d',
        until
      }: { requester?: string; since?: string; until?: string } = {}
    ) {
      const now = service.now()
      const spent = { upstreamCalls: 0 }
      const found = await service.find(subject, {
        window: parseWindow({ since, until }, now),
        at: now,
        allowEmpty: false,
        requester: { subject: requester, cost: spent }
      })
      return { ...found, calls: spent.upstreamCalls }
    },
    tools,
    call,
    /** Calls a tool's handler, and returns its structured content. */
    async ask(name: string, args: Record<string, unknown>, subject?: string) {
      return (await call(name, args, subject))?.structuredContent as Record<string, unknown>
    }
  }
}

export type StartedNews = Awaited<ReturnType<typeof startNews>>
