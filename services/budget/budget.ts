import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../lib/logger.ts'
import { createShuttingDownError, NewsError, type UpstreamLimitCode } from '../lib/news-error.ts'
import { advanceTo, callsLeft, callsSpent, dayEnd, newLedger } from './ledger.ts'
import type { LedgerCell } from './ledger-cell.ts'
import { LedgerStore } from './ledger-store.ts'
import type { Plan } from './plan.ts'
import { type BudgetReport, createReport } from './report.ts'
import {
  type BudgetDenial,
  cancelCall,
  recordRequester,
  recordUpstreamLimit,
  reserveCall
} from './reservations.ts'

/** A counted call, which the caller may make now. */
export interface Reservation {
  /** Removes the call from the count. Only for a call that was certainly not sent. */
  cancel(): Promise<void>
}

/** When a caller should retry after a failed access to the shared ledger. */
const unavailableRetryMs = 20_000

/**
 * Counts calls to Alpha Vantage against the plan. It counts each call in the cell before the call is made, so that
 * restarts and replicas never exceed the plan. While a shared cell is unavailable, a plan with limits allows no call.
 */
export class Budget {
  readonly #plan: Plan
  readonly #isShared: boolean
  readonly #isLimited: boolean
  readonly #now: () => number
  readonly #ledger: LedgerStore
  readonly #closing = new AbortController()

  /** `now` returns milliseconds since 1970. */
  constructor(options: { plan: Plan; cell: LedgerCell; now?: () => number; log: Logger }) {
    const { plan, cell, now = Date.now, log } = options
    this.#plan = plan
    this.#isShared = cell.isShared
    this.#isLimited = plan.callsPerDay > 0 || plan.callsPerMinute > 0 || plan.callsPerSecond > 0
    this.#now = now
    this.#ledger = new LedgerStore({ plan, cell, now, log })
  }

  /**
   * Counts a call for `subject`, and waits until the plan allows it, `remainingMs()` milliseconds at most.
   * @throws {NewsError} immediately if the plan allows no call in that time: NEWS_QUOTA_SPENT, NEWS_SHARE_SPENT,
   * NEWS_MINUTE_SPENT, NEWS_RATE_LIMITED or NEWS_BUDGET_AWAY. NEWS_UPSTREAM_FAULT when the server shuts down.
   */
  async reserve(subject: string, remainingMs: () => number): Promise<Reservation> {
    if (this.#closing.signal.aborted) throw createShuttingDownError()
    const reserved = await this.#ledger
      .update((before, at) => {
        const { ledger, ...result } = reserveCall(before, this.#plan, {
          subject,
          at,
          maxWaitMs: remainingMs()
        })
        return { ledger, result: { ...result, at } }
      })
      .catch((error) => {
        if (!this.#isShared) throw error
        return undefined // logged by the ledger store
      })
    if (!reserved) return this.#reserveUncounted()
    if ('denial' in reserved) throw this.#toError(reserved.denial)
    const { callAt, at } = reserved
    const cancel = () =>
      this.#ledger
        .update((before) => ({ ledger: cancelCall(before, { subject, callAt }), result: undefined }))
        .catch(() => {}) // logged by the ledger store
    await this.#waitFor(callAt - at, cancel)
    return { cancel }
  }

  /** Without the ledger, only a plan without limits allows calls. */
  #reserveUncounted(): Reservation {
    const at = this.#now()
    const { upstreamLimit } = this.#ledger.latest ?? { upstreamLimit: null }
    if (upstreamLimit && upstreamLimit.until > at) throw this.#toError(upstreamLimit)
    if (this.#isLimited) throw this.#toError({ code: 'NEWS_BUDGET_AWAY', until: at + unavailableRetryMs })
    return { async cancel() {} }
  }

  async #waitFor(waitMs: number, cancel: () => Promise<void>) {
    if (waitMs <= 0) return
    try {
      await sleep(waitMs, undefined, { signal: this.#closing.signal })
    } catch (cause) {
      await cancel()
      throw createShuttingDownError({ cause })
    }
  }

  /** Returns the error for every subject if the ledger that this process knows has no call left. */
  denial(): NewsError | undefined {
    const { latest } = this.#ledger
    if (!latest) return undefined
    const today = advanceTo(latest, this.#plan, this.#now())
    if (today.upstreamLimit?.code === 'NEWS_QUOTA_SPENT') return this.#toError(today.upstreamLimit)
    if (callsLeft(today, this.#plan) > 0) return undefined
    return this.#toError({ code: 'NEWS_QUOTA_SPENT', until: dayEnd(today) })
  }

  /** Records that Alpha Vantage reported a limit. Returns the error for callers. */
  async recordUpstreamLimit(code: UpstreamLimitCode): Promise<NewsError> {
    const { upstreamLimit } = await this.#ledger
      .update((before, at) => {
        const ledger = recordUpstreamLimit(before, this.#plan, { code, at })
        return { ledger, result: ledger }
      })
      .catch(() =>
        this.#ledger.updateInMemory((ledger) =>
          recordUpstreamLimit(ledger, this.#plan, { code, at: this.#now() })
        )
      )
    return this.#toError(upstreamLimit ?? { code, until: this.#now() })
  }

  /** Records a request by `subject`, even if it costs no call. */
  recordRequest(subject: string): void {
    const { latest } = this.#ledger
    if (!this.#isLimited || (latest && recordRequester(latest, subject, this.#now()) === latest)) return
    this.#ledger
      .update((before, at) => ({ ledger: recordRequester(before, subject, at), result: undefined }))
      .catch(() => this.#ledger.updateInMemory((ledger) => recordRequester(ledger, subject, this.#now())))
  }

  /** Reports the state of the budget for `subject`. While the cell is unavailable, it uses the last known ledger. */
  async report(subject: string): Promise<BudgetReport> {
    const stored = await this.#ledger
      .update((ledger, at) => ({ ledger, result: { ledger, at } }))
      .catch(() => undefined)
    const at = stored?.at ?? this.#now()
    const known = stored?.ledger ?? this.#ledger.latest ?? newLedger(this.#plan, at)
    const report = createReport(advanceTo(known, this.#plan, at), this.#plan, { subject, at })
    return {
      ...report,
      callerAllowance: stored || !this.#isLimited ? report.callerAllowance : 0,
      isPersisted: stored !== undefined && !this.#ledger.isUnavailable
    }
  }

  /** Creates the error for callers, with the time to retry and the calls of the day. */
  #toError({ code, until }: BudgetDenial): NewsError {
    const { latest } = this.#ledger
    const { callsPerDay: limit } = this.#plan
    if (!latest || limit === 0) return new NewsError(code, { retryAt: until })
    const today = advanceTo(latest, this.#plan, this.#now())
    const resetsAt = code === 'NEWS_QUOTA_SPENT' ? until : dayEnd(today)
    return new NewsError(code, { retryAt: until, usage: { used: callsSpent(today), limit, resetsAt } })
  }

  /** Rejects the reservations that wait, and all later ones. */
  close(): void {
    this.#closing.abort()
  }
}
