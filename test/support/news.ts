import type { Test } from 'tap'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { createAlphaVantage } from '../../services/alpha-vantage/client.ts'
import type { Subject } from '../../services/alpha-vantage/subject.ts'
import { Budget } from '../../services/budget/budget.ts'
import type { Plan } from '../../services/budget/plan.ts'
import type { Logger } from '../../services/lib/logger.ts'
import { createCatalog } from '../../services/mcp/catalog.ts'
import type { RequestContext } from '../../services/mcp/primitives/request-context.ts'
import { NewsFetcher } from '../../services/news/fetcher.ts'
import { createNewsSentiment } from '../../services/news/news-sentiment.ts'
import { parseWindow } from '../../services/news/window.ts'
import { createRedisStorage, createSqliteStorage } from '../../services/storage/news-storage.ts'
import { RedisConnection } from '../../services/storage/redis-connection.ts'
import { temporaryFolder } from './temp.ts'

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

export const unlimited: Plan = {
  callsPerDay: 0,
  callsPerMinute: 0,
  callsPerSecond: 0,
  share: 0.5,
  reserve: 0,
  dayBeginsMs: 0
}
/** A free key, but for the pauses between calls, which take real time. */
export const free: Plan = { ...unlimited, callsPerDay: 25 }

/** A clock that only moves when it is told to. */
export const clockAt = (time: string) => ({ now: Date.parse(time) })

/**
 * The time of an Alpha Vantage whose seconds are short: a call that a busy machine has delayed does not make the next one
 * come too early.
 */
export const shortSeconds = () => Date.now() * 1.25

type LocalAlphaVantage = Awaited<ReturnType<typeof createLocalAlphaVantage>>

export interface NewsOptions {
  /** Its time is that of the machine when absent. */
  clock?: { now: number }
  plan?: Plan
  /** The stand-in; one of its own when absent. */
  upstream?: LocalAlphaVantage
  /** Where it keeps things, if not in a folder of its own. */
  folder?: string
  /** How much news is kept on disk. */
  diskBytes?: number
  /** Whose calls are counted. */
  account?: string
  redisUrl?: string
  redisTimeoutMs?: number
  cacheTtlMs?: number
  graceMs?: number
  noNewsTtlMs?: number
  unknownTtlMs?: number
  softTimeoutMs?: number
  retries?: number
  deadlineMs?: number
  pauseMs?: number
  timeoutMs?: number
}

/** The service that knows the news, put together as in the server, with its tools and a clock of its own. */
export async function startNews(t: Test, options: NewsOptions = {}) {
  const { clock, plan = unlimited, redisUrl } = options
  const news = options.upstream ?? (await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' }))
  if (!options.upstream) t.teardown(() => news.close())
  const logged: { level: string; message: string; details: object }[] = []
  const at = (level: string) => (details: object, message: string) =>
    void logged.push({ level, message, details })
  const log: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const common = {
    source: news.url,
    account: options.account ?? 'KEY',
    log,
    ...(clock && { now: () => clock.now })
  }
  const link = redisUrl
    ? new RedisConnection({ url: redisUrl, timeoutMs: options.redisTimeoutMs ?? 500, log })
    : undefined
  await link?.start()
  const storage = link
    ? createRedisStorage({ ...common, connection: link })
    : createSqliteStorage({
        ...common,
        folder: options.folder ?? (await temporaryFolder(t)),
        maxBytes: options.diskBytes ?? 100_000_000
      })
  const time = clock ? { now: () => clock.now } : {}
  const budget = new Budget({
    plan,
    cell: storage.ledgerCell,
    log,
    ...time
  })
  const upstream = new NewsFetcher({
    alphaVantage: createAlphaVantage({
      baseUrl: news.url,
      apiKey: 'KEY',
      timeoutMs: options.timeoutMs ?? 5000,
      limit: 1000
    }),
    budget,
    retries: options.retries ?? 0,
    deadlineMs: options.deadlineMs ?? 5000,
    pauseMs: options.pauseMs ?? 30_000,
    log
  })
  const service = createNewsSentiment({
    upstream,
    budget,
    storage,
    cacheTtlMs: options.cacheTtlMs ?? hourMs,
    cacheGraceMs: options.graceMs ?? dayMs,
    cacheSoftTimeoutMs: options.softTimeoutMs ?? 1000,
    noNewsTtlMs: options.noNewsTtlMs ?? 300_000,
    unknownTtlMs: options.unknownTtlMs ?? hourMs,
    cacheArticles: 30_000,
    ...time
  })
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await service.close()
    storage.close()
    link?.close()
  }
  t.teardown(close)

  const { tools } = createCatalog({ newsSentiment: service, websiteUrl: '', extensions: {} })
  /** Calls a tool's handler. */
  const call = async (name: string, args: Record<string, unknown>, subject = 'usr_1') => {
    const tool = tools.find((one) => one.name === name)
    const context = {
      auth: { subject },
      signal: new AbortController().signal,
      reportProgress: async () => {},
      log,
      cost: { upstreamCalls: 0 }
    } as unknown as RequestContext
    return tool?.handler(tool.inputSchema.parse(args), context)
  }

  return {
    news,
    service,
    budget,
    upstream,
    logged,
    close,
    /** Asks for news as the tools do: on behalf of somebody, over a window. */
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
    /** The same, for its data. */
    async ask(name: string, args: Record<string, unknown>, subject?: string) {
      return (await call(name, args, subject))?.structuredContent as Record<string, unknown>
    }
  }
}

export type StartedNews = Awaited<ReturnType<typeof startNews>>
