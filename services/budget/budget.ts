import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Logger } from '../lib/logger.ts'
import {
  BudgetAwayError,
  MinuteSpentError,
  QuotaSpentError,
  RateLimitedError,
  ShareSpentError,
  UpstreamError,
  type UpstreamLimitError
} from '../lib/news-error.ts'
import { dayMs, toIsoSeconds } from '../lib/time.ts'
import { endLease, leaseCalls, type UsedCall } from './leases.ts'
import {
  advanceTo,
  callsLeft,
  callsSpent,
  callsSpentBy,
  dayEnd,
  type Ledger,
  leaseOf,
  minuteWithMarginMs,
  newLedger
} from './ledger.ts'
import type { LedgerCell } from './ledger-cell.ts'
import { createLedgerStore } from './ledger-store.ts'
import type { Plan } from './plan.ts'
import type { BudgetReport } from './report.ts'
import {
  type BudgetDenial,
  callSpacingMs,
  callsAllowed,
  cancelCall,
  nextCallAt,
  recordRequester,
  recordUpstreamLimit,
  reserveCall
} from './reservations.ts'

/** A call that has been counted. */
export interface Reservation {
  /** Takes it back: it was certainly never made. */
  cancel(): Promise<void>
}

export type Budget = ReturnType<typeof createBudget>

const renewalMs = 20_000
/** What a lease is not used for any more: somebody else's clock may be ahead. */
const marginMs = 60_000
/** Who has asked is noted once in so long, for so many. */
const notedMs = 60_000
const mostNoted = 10_000

/**
 * Counts calls to Alpha Vantage against the plan: in `cell`, before they are made, so that neither a restart nor several
 * replicas spend more. Where replicas share the cell and it is out of reach, each has what it has leased before.
 */
export function createBudget(options: {
  plan: Plan
  cell: LedgerCell
  /** How many calls this replica sets aside. */
  leasedCalls: number
  /** Milliseconds since 1970. */
  now?: () => number
  log: Logger
}) {
  const { plan, cell, leasedCalls, now = Date.now, log } = options
  const replica = randomUUID()
  const ledger = createLedgerStore({ plan, cell, replica, now, log })
  const stopping = new AbortController()
  const isLimited = plan.callsPerDay > 0 || plan.callsPerMinute > 0 || plan.callsPerSecond > 0
  const noted = new LRUCache<string, number>({ max: mostNoted })
  /** What is leased, as far as it is not used: of the day that began at `day`, `size` of them since `since`. */
  let lease = { calls: 0, size: 0, since: 0, until: 0, day: 0, place: 0, replicas: 1 }
  let used: UsedCall[] = []
  let renewing: Promise<void> | undefined

  /** Waits for a turn; one that does not come any more is given back. */
  async function waitFor(turn: Reservation, waitMs: number): Promise<Reservation> {
    if (waitMs <= 0) return turn
    try {
      await setTimeout(waitMs, undefined, { signal: stopping.signal })
      return turn
    } catch (cause) {
      await turn.cancel()
      throw new UpstreamError({ cause })
    }
  }

  /** A call of those that this replica has set aside. @throws {BudgetAwayError} if there is none. */
  async function useLease(subject: string, waitMs: number): Promise<Reservation> {
    const at = now()
    const { refused } = ledger.latest() ?? { refused: null }
    if (refused && refused.until > at) throw errorOf(refused)
    // Without a limit for the day, as many are set aside for each minute.
    if (plan.callsPerDay === 0 && at >= lease.since + minuteWithMarginMs)
      lease = { ...lease, calls: lease.size, since: at }
    const isCounted = plan.callsPerDay > 0 || plan.callsPerMinute > 0
    const turn = nextLeasedTurn(at)
    const isOver = turn > Math.min(lease.until, lease.day + dayMs) - marginMs
    if (isCounted && (isOver || lease.calls === 0))
      throw errorOf({ code: 'NEWS_BUDGET_AWAY', until: at + renewalMs })
    if (turn > at + waitMs) throw errorOf({ code: 'NEWS_RATE_LIMITED', until: turn - waitMs })
    const call = { subject, at: turn }
    lease.calls -= isCounted ? 1 : 0
    used.push(call)
    return waitFor(
      {
        async cancel() {
          if (!used.includes(call)) return // it has been told to the ledger meanwhile
          used = used.filter((one) => one !== call)
          lease.calls += isCounted ? 1 : 0
        }
      },
      turn - at
    )
  }

  /** Replicas that cannot agree take turns by the clock: each has its own place in a round of all that lease. */
  function nextLeasedTurn(at: number): number {
    const gap = callSpacingMs(plan)
    const last = Math.max(used.at(-1)?.at ?? 0, ledger.latest()?.turns.at(-1)?.[0] ?? 0)
    const earliest = Math.ceil(Math.max(at, gap > 0 ? Math.min(last, at + marginMs) + gap : 0))
    const roundMs = Math.ceil(gap * lease.replicas)
    if (lease.replicas < 2 || roundMs === 0) return earliest
    const place = Math.ceil(gap * lease.place)
    return earliest + ((place - (earliest % roundMs) + roundMs) % roundMs)
  }

  /** Tells what has been used, and sets calls aside anew; once at a time, so that nothing is told twice. */
  function renew(): Promise<void> {
    renewing ??= renewOnce().finally(() => {
      renewing = undefined
    })
    return renewing
  }

  async function renewOnce() {
    const renewed = await ledger
      .update((before, at) => {
        const told = [...used]
        const after = leaseCalls(before, plan, { replica, calls: leasedCalls, used: told, at })
        const until = after.leases.find(([one]) => one === replica)?.[1].until ?? at
        const calls = leaseOf(after, replica)
        const names = after.leases
          .flatMap(([one, { calls }]) => (calls > 0 || one === replica ? one : []))
          .sort()
        const place = { place: names.indexOf(replica), replicas: names.length }
        return { ledger: after, result: { told, calls, leftMs: until - at, day: after.day, ...place } }
      })
      .catch(() => undefined) // told in the log already
    if (!renewed) return
    const { told, leftMs, ...rest } = renewed
    used = used.filter((call) => !told.includes(call))
    lease = { ...rest, size: rest.calls, since: now(), until: now() + leftMs }
  }

  const renewal = cell.isShared ? setInterval(renew, renewalMs).unref() : undefined
  if (renewal) cell.onReturn(() => void renew())

  return {
    /** Makes sure of what this replica may use while it cannot reach the ledger. */
    async start() {
      if (renewal) await renew()
    },
    /**
     * Counts a call for `subject`, and waits until it may be made, as long as there is time left: milliseconds.
     * @throws {QuotaSpentError} {@link ShareSpentError} {@link MinuteSpentError} {@link RateLimitedError} at once.
     */
    async reserve(subject: string, timeLeft: () => number): Promise<Reservation> {
      if (used.length > 0) await renew() // what was used meanwhile counts first
      if (stopping.signal.aborted) throw new UpstreamError()
      const reserved = await ledger
        .update((before, at) => {
          const { ledger: after, ...result } = reserveCall(before, plan, {
            subject,
            replica,
            at,
            waitMs: timeLeft(),
            untold: used.length
          })
          return {
            ledger: after,
            result: { ...result, at, leased: Math.max(0, leaseOf(after, replica) - used.length) }
          }
        })
        .catch((error) => {
          if (!cell.isShared) throw error
          return undefined
        })
      if (!reserved) return useLease(subject, timeLeft())
      lease.calls = Math.min(lease.calls, reserved.leased)
      if ('denial' in reserved) throw errorOf(reserved.denial)
      const { turn, at } = reserved
      const back = () =>
        ledger.update((before) => ({
          ledger: cancelCall(before, { subject, replica, turn }),
          result: undefined
        }))
      return waitFor({ cancel: () => back().catch(() => {}) }, turn - at)
    },
    /** Why there is certainly no call for anybody, as far as this process knows. */
    denial(): Error | undefined {
      const known = ledger.latest()
      if (!known) return undefined
      const today = advanceTo(known, plan, now())
      if (today.refused?.code === 'NEWS_QUOTA_SPENT') return errorOf(today.refused)
      const isSpent = callsLeft(today, plan) + leaseOf(today, replica) === 0
      return isSpent ? errorOf({ code: 'NEWS_QUOTA_SPENT', until: dayEnd(today) }) : undefined
    },
    /** Believes what Alpha Vantage has said. The error says until when. */
    async recordUpstreamLimit(code: UpstreamLimitError['code']): Promise<Error> {
      const { refused } = await ledger
        .update((before, at) => {
          const after = recordUpstreamLimit(before, plan, code, at)
          return { ledger: after, result: after }
        })
        .catch(() => ledger.remember((known) => recordUpstreamLimit(known, plan, code, now())))
      return errorOf(refused ?? { code, until: now() })
    },
    /** Takes note that somebody asks, whether that costs a call or not. */
    recordRequest(subject: string): void {
      const at = now()
      if (!isLimited || at < (noted.get(subject) ?? 0) + notedMs) return
      noted.set(subject, at)
      ledger
        .update((before, at) => ({ ledger: recordRequester(before, subject, at), result: undefined }))
        .catch(() => {})
    },
    async report(subject: string): Promise<BudgetReport> {
      const read = await ledger
        .update((known, at) => ({ ledger: known, result: { known, at } }))
        .catch(() => undefined)
      const at = read?.at ?? now()
      const today = advanceTo(read?.known ?? ledger.latest() ?? newLedger(plan, at), plan, at)
      const left = callsLeft(today, plan)
      const isSpent = left === 0 || /QUOTA|AWAY/.test(today.refused?.code ?? '')
      const own = leaseOf(today, replica)
      const shared = isSpent ? 0 : callsAllowed(today, plan, { subject, at, extra: own })
      const isOut = read === undefined && (plan.callsPerDay > 0 || plan.callsPerMinute > 0)
      const numberOf = (value: number) => (value === Number.POSITIVE_INFINITY ? null : value)
      return {
        plan,
        spent: callsSpent(today),
        left: numberOf(left),
        resetsAt: dayEnd(today),
        waiting: today.turns.filter(([turn]) => turn > at).length,
        nextCallAt: Math.max(
          nextCallAt(today, plan, at),
          today.refused?.until ?? 0,
          left === 0 ? dayEnd(today) : 0
        ),
        lastMinute: today.turns.filter(([turn]) => turn > at - 60_000 && turn <= at).length,
        callerSpent: callsSpentBy(today, subject) + used.filter((call) => call.subject === subject).length,
        callerAllowance: isOut ? lease.calls : numberOf(shared),
        leased: today.leases.reduce((sum, [, { calls }]) => sum + calls, 0),
        refused: today.refused,
        isPersisted: read !== undefined && !ledger.isAway()
      }
    },
    /** No more calls: those that wait for their turn are told, and their calls given back. */
    stop: () => stopping.abort(),
    /** Gives back what is leased. */
    async close() {
      clearInterval(renewal)
      if (!renewal) return
      await renewing
      const end = (before: Ledger, at: number) => {
        const told = leaseCalls(before, plan, { replica, calls: 0, used, at })
        return { ledger: endLease(told, replica), result: undefined }
      }
      await ledger.update(end).catch(() => {})
    }
  }
}

function errorOf({ code, until }: BudgetDenial): Error {
  const ErrorOf = {
    NEWS_QUOTA_SPENT: QuotaSpentError,
    NEWS_SHARE_SPENT: ShareSpentError,
    NEWS_MINUTE_SPENT: MinuteSpentError,
    NEWS_RATE_LIMITED: RateLimitedError,
    NEWS_BUDGET_AWAY: BudgetAwayError
  }[code]
  return Object.assign(new ErrorOf(toIsoSeconds(until)), { retryAt: until })
}
