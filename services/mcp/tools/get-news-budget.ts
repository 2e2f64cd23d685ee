import { z } from 'zod'
import { subjectLabel } from '../../alpha-vantage/subject.ts'
import { formatAge, toIsoSeconds } from '../../lib/time.ts'
import type { NewsSentiment } from '../../news/news-sentiment.ts'
import { defineTool } from '../primitives/tool.ts'
import { formatTime } from '../schemas/provenance.ts'
import { pluralize } from '../schemas/sentiment.ts'

const maxSnapshots = 20

const limit = z.int().min(0).nullable()
const outputSchema = z.object({
  plan: z
    .object({
      calls_per_day: limit,
      calls_per_minute: limit,
      calls_per_second: limit,
      share_percent: z
        .number()
        .describe("How much of the day's remaining calls one can take while others ask, too."),
      reserved_calls: z.int().describe('Kept for those who have had none that day.')
    })
    .describe('What may be called, and how it is shared; null: no limit.'),
  spent_today: z.int().min(0).describe('Calls of the day.'),
  left_today: limit.describe('null: no limit.'),
  resets_at: z.iso.datetime().describe('When the day ends: ISO 8601, UTC.'),
  spent_last_minute: z.int().min(0),
  queue: z
    .object({ waiting: z.int().min(0), next_turn_at: z.iso.datetime() })
    .describe('Calls that wait for their turn, and when one asked for now would be made.'),
  you: z
    .object({ spent_today: z.int().min(0), may_spend: limit })
    .describe('Your own calls of the day, and how many more you may have as things stand; null: no limit.'),
  refused: z
    .object({ code: z.string(), until: z.iso.datetime() })
    .nullable()
    .describe('The limit that Alpha Vantage itself reported: no call is made until then.'),
  paused_until: z.iso
    .datetime()
    .nullable()
    .describe('Alpha Vantage has failed several times, and is not called before then.'),
  counted_in: z
    .enum(['disk', 'redis', 'memory'])
    .describe(
      'Where calls are counted; memory: the store is out of reach, and this process tells what it knows.'
    ),
  cached: z
    .array(
      z.object({
        subject: z.string(),
        window: z.string().describe('How far back, up to when it was fetched; or the days, and until when.'),
        fetched_at: z.iso.datetime(),
        age_seconds: z.int().min(0),
        is_fresh: z.boolean().describe('false: asked for anew, and answered if nothing newer can be had.'),
        articles: z.int().min(0)
      })
    )
    .describe('News that is kept, the latest first: what is fresh is answered without a call.'),
  cached_more: z.int().min(0).describe('How much more is kept, beyond that list.')
})

type Output = z.output<typeof outputSchema>

/** The tool `get_news_budget`: what is left of the calls to Alpha Vantage, and what can be had without one. */
export function createGetNewsBudget(newsSentiment: NewsSentiment) {
  return defineTool({
    name: 'get_news_budget',
    title: 'Budget for news',
    description:
      'Tells how many calls to Alpha Vantage the team has left and when there are more, what you have used, and which ' +
      'news is kept, how old it is, and so can be asked for without a call. Spends nothing. Use it before work that ' +
      'needs news on many tickers, and when an error says that calls are spent.',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    inputSchema: z.strictObject({}),
    outputSchema,
    example: { question: 'How many calls to Alpha Vantage do we have left today?', arguments: {} },
    async handler(_, { auth }) {
      const {
        plan,
        upstreamLimit,
        circuitOpenUntil: paused,
        ...state
      } = await newsSentiment.state(auth.subject)
      const kept = await newsSentiment.list()
      const now = newsSentiment.now()
      const structuredContent: Output = {
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
          next_turn_at: toIsoSeconds(Math.max(state.nextCallAt, paused ?? 0))
        },
        you: { spent_today: state.callerSpent, may_spend: state.callerAllowance },
        refused: upstreamLimit && { code: upstreamLimit.code, until: toIsoSeconds(upstreamLimit.until) },
        paused_until: paused === undefined ? null : toIsoSeconds(paused),
        counted_in: state.isPersisted ? state.store : 'memory',
        cached: kept.slice(0, maxSnapshots).map(({ key, subject, fetchedAtMs, isFresh, articles }) => ({
          subject: subjectLabel(subject),
          window: key.slice(subjectLabel(subject).length + 1),
          fetched_at: toIsoSeconds(fetchedAtMs),
          age_seconds: Math.max(0, Math.floor((now - fetchedAtMs) / 1000)),
          is_fresh: isFresh,
          articles
        })),
        cached_more: Math.max(0, kept.length - maxSnapshots)
      }
      return { text: asText(structuredContent, now), structuredContent }
    }
  })
}

function asText(budget: Output, now: number): string {
  const { plan, you, queue, refused, cached } = budget
  const wait = Date.parse(queue.next_turn_at) - now
  return [
    budget.left_today === null
      ? `${pluralize(budget.spent_today, 'call')} to Alpha Vantage today, without a limit.`
      : `${budget.spent_today} of ${plan.calls_per_day} calls to Alpha Vantage are spent today, ${budget.left_today} are left; the count begins anew at ${formatTime(budget.resets_at)}.`,
    you.may_spend === null
      ? `You have had ${you.spent_today}.`
      : `You have had ${you.spent_today}, and may have ${you.may_spend} more as things stand.`,
    ...(refused
      ? [`Alpha Vantage itself says that there are no calls until ${formatTime(refused.until)}.`]
      : []),
    ...(budget.paused_until
      ? [`Alpha Vantage is out of order, and not asked before ${formatTime(budget.paused_until)}.`]
      : []),
    ...(budget.counted_in === 'memory'
      ? ['The store is out of reach: this is what this process knows.']
      : []),
    ...(wait > 1000 && budget.left_today !== 0
      ? [`The next call can be made in ${Math.ceil(wait / 1000)} s.`]
      : []),
    cached.length === 0
      ? 'No news is kept.'
      : `Kept, and answered without a call${you.may_spend === 0 ? '' : ' while fresh'}: ${cached.map((one) => `${one.subject} ${one.window} (${formatAge(one.age_seconds * 1000)} old${one.is_fresh ? '' : ', not fresh'})`).join(', ')}${budget.cached_more > 0 ? `, and ${budget.cached_more} more` : ''}.`
  ].join('\n')
}
