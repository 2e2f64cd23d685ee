import {
  BudgetAwayError,
  MinuteSpentError,
  QuotaSpentError,
  RateLimitedError,
  ShareSpentError
} from '../lib/news-error.ts'
import { toIsoSeconds } from '../lib/time.ts'
import type { BudgetDenial } from './reservations.ts'

const classes = {
  NEWS_QUOTA_SPENT: QuotaSpentError,
  NEWS_SHARE_SPENT: ShareSpentError,
  NEWS_MINUTE_SPENT: MinuteSpentError,
  NEWS_RATE_LIMITED: RateLimitedError,
  NEWS_BUDGET_AWAY: BudgetAwayError
}

/** The error for callers: it says when to ask again. */
export function toBudgetError({ code, until }: BudgetDenial): Error {
  return Object.assign(new classes[code](toIsoSeconds(until)), { retryAt: until })
}
