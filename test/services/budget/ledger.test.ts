import t from 'tap'
import {
  advanceTo,
  callsLeft,
  callsSpent,
  callsSpentBy,
  dayEnd,
  newLedger
} from '../../../services/budget/ledger.ts'
import { recordUpstreamLimit } from '../../../services/budget/reservations.ts'
import { midnight, minuteMs, noon, repeat, reserveAll } from '../../support/ledgers.ts'
import { dayMs, free, hourMs } from '../../support/news.ts'

t.test('the day starts at the time of the plan', async (t) => {
  const plan = { ...free, dayBeginsMs: 5 * hourMs }
  const before = newLedger(plan, Date.parse('2026-11-23T04:59:59Z'))
  t.equal(before.dayStart, Date.parse('2026-11-22T05:00:00Z'))
  t.equal(
    advanceTo(before, plan, Date.parse('2026-11-23T05:00:00Z')).dayStart,
    Date.parse('2026-11-23T05:00:00Z')
  )
})

t.test('calls in the last 30 seconds of a day: also counted for the next day', async (t) => {
  const { ledger } = reserveAll(free, [
    ['usr_1', midnight - 40_000],
    ['usr_1', midnight - 20_000],
    ['usr_2', midnight - 1000]
  ])
  t.equal(callsSpent(ledger), 3)
  t.equal(callsSpent(advanceTo(ledger, free, midnight)), 2)
})

t.test('new day: the counts of the team and of each subject are 0', async (t) => {
  const { ledger } = reserveAll(
    free,
    repeat(3, () => ['usr_1', noon])
  )
  const today = advanceTo({ ...ledger, version: 7, leases: [['replica', {}]], lapsed: 2 }, free, midnight)
  t.match(today, { version: 7, leases: [], lapsed: 0 })
  t.equal(callsSpent(today), 0)
  t.equal(callsSpentBy(today, 'usr_1'), 0)
  t.equal(dayEnd(today), midnight + dayMs)
})

t.test('clock goes back a day: the count stays', async (t) => {
  const { ledger } = reserveAll(
    free,
    repeat(3, () => ['usr_1', noon])
  )
  t.equal(callsSpent(advanceTo(ledger, free, ledger.dayStart - 1)), 3)
})

t.test('ledger written by a clock years ahead: its count applies to today, and calls continue', async (t) => {
  const ahead = Date.parse('2030-01-01T00:00:00Z')
  const plan = { ...free, callsPerSecond: 1 }
  const { ledger } = reserveAll(plan, [['usr_1', ahead]], { from: newLedger(plan, ahead) })
  const today = reserveAll(plan, [['usr_1', noon]], { from: ledger })
  t.same(today.outcomes, [noon])
  t.equal(callsSpent(today.ledger), 2)
  t.equal(dayEnd(today.ledger), midnight)
})

t.test('limit reported by Alpha Vantage: removed when it ends', async (t) => {
  const limited = recordUpstreamLimit(newLedger(free, midnight), free, {
    code: 'NEWS_QUOTA_SPENT',
    at: midnight
  })
  t.equal(advanceTo(limited, free, midnight).upstreamLimit?.code, 'NEWS_QUOTA_SPENT')
  t.equal(advanceTo(limited, free, midnight + hourMs).upstreamLimit, null)
})

t.test('minute limit reported just before midnight: still applies just after it', async (t) => {
  const limited = recordUpstreamLimit(newLedger(free, noon), free, {
    code: 'NEWS_MINUTE_SPENT',
    at: midnight - 10_000
  })
  t.equal(advanceTo(limited, free, midnight + 10_000).upstreamLimit?.code, 'NEWS_MINUTE_SPENT')
  t.equal(advanceTo(limited, free, midnight + minuteMs).upstreamLimit, null)
})

t.test('plan with fewer calls than are spent: no calls are left', async (t) => {
  const { ledger } = reserveAll(
    free,
    repeat(3, () => ['usr_1', noon])
  )
  const smaller = { ...free, callsPerDay: 2 }
  t.equal(callsLeft(ledger, smaller), 0)
  t.same(reserveAll(smaller, [['usr_1', noon]], { from: ledger }).outcomes, ['NEWS_QUOTA_SPENT'])
})
