import { z } from 'zod'
import { subjectLabel } from '../../alpha-vantage/subject.ts'
import { formatBullets } from '../../lib/markdown.ts'
import { formatUsage } from '../../lib/news-error.ts'
import { formatAge, formatRetryTime, toIsoSeconds } from '../../lib/time.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { defineTool } from '../primitives/tool.ts'
import { pluralize } from '../schemas/sentiment.ts'

const maxSnapshots = 20

const limitSchema = z.int().min(0).nullable()
const outputSchema = z.object({
  plan: z
    .object({
      calls_per_day: limitSchema,
      calls_per_minute: limitSchema,
      calls_per_second: limitSchema,
      share_percent: z
        .number()
        .describe("One caller's largest share of the remaining calls while others also call."),
      reserved_calls: z.int().describe('For callers that have made none that day.')
    })
    .describe('The call limits, and how callers share them; null: no limit.'),
  spent_today: z.int().min(0).describe('Calls of the day.'),
  left_today: limitSchema.describe('null: no limit.'),
  resets_at: z.iso.datetime().describe('When the day ends: ISO 8601, UTC.'),
  spent_last_minute: z.int().min(0),
  queue: z
    .object({ waiting: z.int().min(0), next_turn_at: z.iso.datetime() })
    .describe('Waiting calls, and when a call requested now would be made.'),
  you: z
    .object({ spent_today: z.int().min(0), may_spend: limitSchema })
    .describe('Your calls of the day, and how many you can still make; null: no limit.'),
  refused: z
    .object({ code: z.string(), until: z.iso.datetime() })
    .nullable()
    .describe('The limit that Alpha Vantage reported: no calls until then.'),
  paused_until: z.iso
    .datetime()
    .nullable()
    .describe('Alpha Vantage failed several times: no calls until then.'),
  counted_in: z
    .enum(['disk', 'redis', 'memory'])
    .describe('memory: the store is unavailable, and this process counts alone.'),
  cached: z
    .array(
      z.object({
        subject: z.string(),
        window: z.string().describe('A duration back from fetched_at, or UTC days and when they end.'),
        fetched_at: z.iso.datetime(),
        age_seconds: z.int().min(0),
        is_fresh: z.boolean().describe('false: fetched again on request.'),
        articles: z.int().min(0)
      })
    )
    .describe('Cached news, latest first; fresh news costs no call.'),
  cached_more: z.int().min(0).describe('Cached news that is not listed.')
})

type Output = z.output<typeof outputSchema>

/** The tool `get_news_budget`: the calls to Alpha Vantage that are left, and the news that costs no call. */
export function createGetNewsBudget(newsSentiment: NewsSentiment) {
  return defineTool({
    name: 'get_news_budget',
    title: 'Check the news budget',
    description:
      'Returns how many calls to Alpha Vantage the team and you have left, when the count resets, and which news is ' +
      'cached, so that it costs no call. Makes no call itself. Use it before work on many tickers, and when an error ' +
      'says that calls are spent.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    inputSchema: z.strictObject({}),
    outputSchema,
    example: { question: 'How many calls to Alpha Vantage do we have left today?', arguments: {} },
    async handler(_, { auth }) {
      const state = await newsSentiment.state(auth.subject)
      const snapshots = await newsSentiment.listCached()
      const now = newsSentiment.now()
      const output: Output = {
        ...toBudget(state),
        cached: snapshots.slice(0, maxSnapshots).map((snapshot) => toCached(snapshot, now)),
        cached_more: Math.max(0, snapshots.length - maxSnapshots)
      }
      return { text: formatOutput(output, now), structuredContent: output }
    }
  })
}

type BudgetState = Awaited<ReturnType<NewsSentiment['state']>>
type SnapshotInfo = Awaited<ReturnType<NewsSentiment['listCached']>>[number]

function toBudget({ plan, upstreamLimit, circuitOpenUntil, ...state }: BudgetState) {
  return {
    plan: {
      calls_per_day: plan.callsPerDay || null,
      calls_per_minute: plan.callsPerMinute || null,
      calls_per_second: plan.callsPerSecond || null,
      share_percent: Math.round(plan.share * 100),
      reserved_calls: plan.reserve
    },
    spent_today: state.spent,
    left_today: state.left,
    resets_at: toIsoSeconds(state.resetsAt),
    spent_last_minute: state.lastMinute,
    queue: {
      waiting: state.waiting,
      next_turn_at: toIsoSeconds(Math.max(state.nextCallAt, circuitOpenUntil ?? 0))
    },
    you: { spent_today: state.callerSpent, may_spend: state.callerAllowance },
    refused: upstreamLimit && { code: upstreamLimit.code, until: toIsoSeconds(upstreamLimit.until) },
    paused_until: circuitOpenUntil === undefined ? null : toIsoSeconds(circuitOpenUntil),
    counted_in: state.isPersisted ? state.store : 'memory'
  } satisfies Partial<Output>
}

function toCached({ key, subject, fetchedAtMs, isFresh, articles }: SnapshotInfo, now: number) {
  const label = subjectLabel(subject)
  return {
    subject: label,
    window: key.slice(label.length + 1),
    fetched_at: toIsoSeconds(fetchedAtMs),
    age_seconds: Math.max(0, Math.floor((now - fetchedAtMs) / 1000)),
    is_fresh: isFresh,
    articles
  }
}

function formatOutput(output: Output, now: number): string {
  const { plan, you, refused, spent_today: used, left_today: left, paused_until: pausedUntil } = output
  const { calls_per_day: limit } = plan
  const waitMs = Date.parse(output.queue.next_turn_at) - now
  return [
    limit === null
      ? `${pluralize(used, 'Alpha Vantage call')} used today, without a limit.`
      : `${formatUsage({ used, limit, resetsAt: Date.parse(output.resets_at) })}.`,
    you.may_spend === null
      ? `You have used ${you.spent_today}.`
      : `You have used ${you.spent_today}, and can use ${you.may_spend} more at present.`,
    ...(refused
      ? [
          `Alpha Vantage reported its call limit: no calls until ${formatRetryTime(Date.parse(refused.until))}.`
        ]
      : []),
    ...(pausedUntil
      ? [`Alpha Vantage is failing: no calls until ${formatRetryTime(Date.parse(pausedUntil))}.`]
      : []),
    ...(output.counted_in === 'memory'
      ? ['The store is unavailable: these are the calls of this process.']
      : []),
    ...(waitMs > 1000 && left !== 0 ? [`The next call can be made in ${Math.ceil(waitMs / 1000)} s.`] : []),
    ...formatCached(output)
  ].join('\n\n')
}

function formatCached({ cached, cached_more: unlisted, you }: Output): string[] {
  if (cached.length === 0) return ['No news is cached.']
  const entries = cached.map(
    ({ subject, window, age_seconds: age, is_fresh: isFresh }) =>
      `${subject} ${window} (${formatAge(age * 1000)} old${isFresh ? '' : ', stale'})`
  )
  const condition = you.may_spend === 0 ? '' : ' while fresh'
  return [
    `Cached, no call needed${condition}:`,
    formatBullets([...entries, ...(unlisted > 0 ? [`${unlisted} more`] : [])])
  ]
}
