import fc from 'fast-check'
import t from 'tap'
import {
  advanceTo,
  callsLeft,
  callsSpent,
  callsSpentBy,
  dayEnd,
  type Ledger,
  newLedger
} from '../../../services/budget/ledger.ts'
import type { Plan } from '../../../services/budget/plan.ts'
import {
  callsAllowed,
  cancelCall,
  nextCallAt,
  recordRequester,
  recordUpstreamLimit,
  reserveCall
} from '../../../services/budget/reservations.ts'
import type { UpstreamLimitCode } from '../../../services/lib/news-error.ts'
import { midnight, minuteMs, noon, repeat, reserveAll } from '../../support/ledgers.ts'
import { dayMs, free, hourMs, unlimited } from '../../support/news.ts'

const limitedBy = (code: UpstreamLimitCode, at = noon, from = newLedger(free, at)) =>
  recordUpstreamLimit(from, free, { code, at })

t.test('daily limit: as many calls as the plan allows, then none until the day ends', async (t) => {
  const { ledger, outcomes } = reserveAll(
    free,
    repeat(27, () => ['usr_1', noon])
  )

  t.same(outcomes.slice(0, 25), Array(25).fill(noon))
  t.same(outcomes.slice(25), ['NEWS_QUOTA_SPENT', 'NEWS_QUOTA_SPENT'])
  t.equal(dayEnd(ledger), midnight)
  t.same(reserveAll(free, [['usr_1', midnight]], { from: ledger }).outcomes, [midnight])
})

t.test('a call that has to wait until after midnight counts for the next day', async (t) => {
  const plan = { ...free, callsPerDay: 2, callsPerSecond: 1 }
  const before = reserveAll(plan, [
    ['usr_1', midnight - hourMs],
    ['usr_1', midnight - 100]
  ])
  t.same(reserveAll(plan, [['usr_1', midnight - 50]], { from: before.ledger, maxWaitMs: 5000 }).outcomes, [
    midnight - 100 + 1050
  ])
})

t.test('limit of the second: calls are spaced, as far as the caller waits', async (t) => {
  const plan = { ...unlimited, callsPerSecond: 2 }
  const { ledger, outcomes } = reserveAll(
    plan,
    repeat(5, () => ['usr_1', noon]),
    { maxWaitMs: 1600 }
  )
  t.same(outcomes, [noon, noon + 525, noon + 1050, noon + 1575, 'NEWS_RATE_LIMITED'])
  t.equal(ledger.scheduledCalls.filter(([at]) => at > noon).length, 3, 'a denied call takes no time')
})

t.test('minute limit: no minute has more calls than the plan allows', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 3 }
  const { outcomes } = reserveAll(
    plan,
    [0, 20_000, 40_000, 50_000, 61_000, 70_000].map((ms) => ['usr_1', noon + ms])
  )
  t.same(outcomes, [
    noon,
    noon + 20_000,
    noon + 40_000,
    'NEWS_MINUTE_SPENT',
    noon + 61_000,
    'NEWS_MINUTE_SPENT'
  ])
})

t.test('minute limit: calls wait 61 seconds, a margin of one second', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 1 }
  t.same(
    reserveAll(plan, [
      ['usr_1', noon],
      ['usr_1', noon + 60_500],
      ['usr_1', noon + 61_000]
    ]).outcomes,
    [noon, 'NEWS_MINUTE_SPENT', noon + 61_000]
  )
})

t.test('share: half of the calls left while others make requests, all of them otherwise', async (t) => {
  const alone = reserveAll(
    free,
    repeat(30, () => ['usr_1', noon])
  )
  t.equal(callsSpentBy(alone.ledger, 'usr_1'), 25)

  const both = reserveAll(free, [['usr_2', noon], ...repeat(20, () => ['usr_1', noon])])
  t.equal(callsSpentBy(both.ledger, 'usr_1'), 12, 'half of 24')
  t.equal(both.outcomes.at(-1), 'NEWS_SHARE_SPENT')

  const later = reserveAll(
    free,
    repeat(20, () => ['usr_1', noon + 11 * minuteMs]),
    { from: both.ledger }
  )
  t.equal(callsSpentBy(later.ledger, 'usr_1'), 24, 'the other made no request for more than ten minutes')
})

t.test('share: a subject without a call can make one, down to the last call', async (t) => {
  const { outcomes } = reserveAll(
    free,
    repeat(26, (index) => [`usr_${index}`, noon])
  )
  t.equal(outcomes.filter((outcome) => outcome === noon).length, 25)
  t.equal(outcomes.at(-1), 'NEWS_QUOTA_SPENT')
})

t.test('share of the minute: a subject without a call gets one while another makes many', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 10 }
  const many = repeat(12, (index) => ['usr_1', noon + index])
  const { ledger, outcomes } = reserveAll(plan, [['usr_2', noon - 120_000], ...many])
  t.equal(outcomes.filter((outcome) => typeof outcome === 'number').length, 6, 'half of ten, and the first')
  t.equal(outcomes.at(-1), 'NEWS_SHARE_SPENT')
  t.same(reserveAll(plan, [['usr_2', noon + 20]], { from: ledger }).outcomes, [noon + 20])
  const alone = reserveAll(plan, many)
  t.equal(alone.outcomes.filter((outcome) => typeof outcome === 'number').length, 10)
})

t.test('share of the queue: a subject without a call gets a place while another waits', async (t) => {
  const plan = { ...unlimited, callsPerSecond: 1 }
  const many = repeat(10, () => ['usr_1', noon])
  const { ledger, outcomes } = reserveAll(plan, [['usr_2', noon - 120_000], ...many], { maxWaitMs: 6300 })
  t.equal(
    outcomes.filter((outcome) => typeof outcome === 'number').length,
    5,
    'one immediately, and half of six places in the queue'
  )
  t.equal(outcomes.at(-1), 'NEWS_SHARE_SPENT')
  t.same(reserveAll(plan, [['usr_2', noon]], { from: ledger, maxWaitMs: 6300 }).outcomes, [noon + 4 * 1050])
})

t.test('reserved calls: denied to subjects with a call today, granted to others', async (t) => {
  const plan = { ...free, reserve: 5 }
  const { ledger, outcomes } = reserveAll(
    plan,
    repeat(22, () => ['usr_1', noon])
  )
  t.same(outcomes.slice(19), [noon, 'NEWS_SHARE_SPENT', 'NEWS_SHARE_SPENT'])
  t.same(reserveAll(plan, [['usr_2', noon]], { from: ledger }).outcomes, [noon])
})

t.test('callsAllowed: with reserved calls only, a subject without a call may have one', async (t) => {
  const plan = { ...free, callsPerDay: 5, reserve: 4 }
  const { ledger } = reserveAll(plan, [['usr_1', noon]])
  t.equal(callsAllowed(ledger, plan, { subject: 'usr_1', at: noon }), 0)
  t.equal(callsAllowed(ledger, plan, { subject: 'usr_2', at: noon }), 1)
})

t.test('limit reported by Alpha Vantage: calls are denied until it ends', async (t) => {
  const day = limitedBy('NEWS_QUOTA_SPENT')
  t.same(day.upstreamLimit, { code: 'NEWS_QUOTA_SPENT', until: midnight })
  t.same(reserveAll(free, [['usr_1', noon + hourMs]], { from: day }).outcomes, ['NEWS_QUOTA_SPENT'])

  const calls: [string, number][] = [
    ['usr_1', noon],
    ['usr_1', noon + 61_000]
  ]
  const minute = limitedBy('NEWS_MINUTE_SPENT')
  t.same(reserveAll(free, calls, { from: minute }).outcomes, ['NEWS_MINUTE_SPENT', noon + 61_000])
  const burst = limitedBy('NEWS_RATE_LIMITED')
  t.same(reserveAll(free, [['usr_1', noon]], { from: burst, maxWaitMs: 5000 }).outcomes, [noon + 2100])
  t.equal(limitedBy('NEWS_RATE_LIMITED', noon, day), day, 'the limit that ends later stays')
})

t.test('daily limit reported in the first ten minutes of a day: holds for those minutes only', async (t) => {
  const limited = limitedBy('NEWS_QUOTA_SPENT', midnight + minuteMs)
  const end = midnight + 10 * minuteMs
  t.equal(limited.upstreamLimit?.until, end)
  t.same(reserveAll(free, [['usr_1', end]], { from: limited }).outcomes, [end])
})

t.test('denial: a call is possible at its retry time', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 1 }
  const { ledger } = reserveAll(plan, [['usr_1', noon]])
  const denied = reserveCall(ledger, plan, { subject: 'usr_1', at: noon + 1, maxWaitMs: 5000 })
  const until = 'denial' in denied ? denied.denial.until : 0
  t.equal(until, noon + 56_000)
  t.ok('callAt' in reserveCall(ledger, plan, { subject: 'usr_1', at: until, maxWaitMs: 5000 }))
})

t.test('cancelCall: removes a call of the day from both counts', async (t) => {
  const { ledger } = reserveAll(free, [
    ['usr_1', noon],
    ['usr_1', noon]
  ])
  const after = cancelCall(ledger, { subject: 'usr_1', callAt: noon })
  t.equal(callsSpent(after), 1)
  t.equal(callsSpentBy(after, 'usr_1'), 1)
})

t.test('cancelCall: ignores a call of another day, or of a subject without calls', async (t) => {
  const empty = newLedger(free, noon)
  t.equal(cancelCall(empty, { subject: 'usr_1', callAt: noon }), empty)
  const { ledger } = reserveAll(free, [
    ['usr_1', noon],
    ['usr_1', midnight + hourMs]
  ])
  t.equal(cancelCall(ledger, { subject: 'usr_1', callAt: noon }), ledger)
  const tomorrow = advanceTo(ledger, free, noon + 2 * dayMs)
  t.equal(cancelCall(tomorrow, { subject: 'usr_1', callAt: noon }), tomorrow)
})

t.test('requesters: a subject shares for ten minutes after its last request', async (t) => {
  const requests: [string, number][] = [0, 2, 4].map((minutes) => ['usr_2', noon + minutes * minuteMs])
  const { ledger } = reserveAll(free, requests)
  const spentAfter = (minutes: number) => {
    const calls = repeat(20, () => ['usr_1', noon + minutes * minuteMs])
    return callsSpentBy(reserveAll(free, calls, { from: ledger }).ledger, 'usr_1')
  }
  t.equal(spentAfter(13), 11)
  t.equal(spentAfter(15), 20)
})

t.test('requesters: requests of the last minute, or of two other subjects, are not recorded', async (t) => {
  const { ledger } = reserveAll(free, [['usr_1', noon]])
  t.equal(recordRequester(ledger, 'usr_1', noon + 1000), ledger)
  const both = recordRequester(ledger, 'usr_2', noon + 1000)
  t.equal(recordRequester(both, 'usr_3', noon + 2000), both, 'two are enough to share')
  t.not(recordRequester(both, 'usr_3', noon + 90_000), both)
})

const subjects = ['usr_1', 'usr_2', 'usr_3', '__proto__', 'constructor']

t.test('property: no plan limit is exceeded and no subject exceeds its share', async () => {
  fc.assert(
    fc.property(
      fc.record({
        callsPerDay: fc.integer({ min: 0, max: 30 }),
        callsPerMinute: fc.integer({ min: 0, max: 6 }),
        callsPerSecond: fc.integer({ min: 0, max: 3 }),
        share: fc.constantFrom(0.1, 0.5, 1),
        reserve: fc.integer({ min: 0, max: 4 }),
        dayBeginsMs: fc.constantFrom(0, 5 * hourMs)
      }),
      fc.array(
        fc.record({
          subject: fc.constantFrom(...subjects),
          pauseMs: fc.constantFrom(0, 0, 10, 900, 20_000, 700_000, 4 * hourMs),
          maxWaitMs: fc.constantFrom(0, 3000, 70_000)
        }),
        { maxLength: 120 }
      ),
      (plan, steps) => {
        let at = noon
        let ledger = newLedger(plan, at)
        const callTimes: number[] = []
        const requests = new Map<string, number>()
        for (const { subject, pauseMs, maxWaitMs } of steps) {
          at += pauseMs
          // Nearly ten minutes: a subject's requests within a minute are recorded once.
          const isShared = [...requests].some(
            ([requester, time]) => requester !== subject && time > at - 9 * minuteMs
          )
          requests.set(subject, at)
          const reserved = reserveCall(ledger, plan, { subject, at, maxWaitMs })
          if ('callAt' in reserved) {
            const { callAt } = reserved
            if (callAt < at || callAt > at + maxWaitMs + 1) throw new Error('not in time')
            if (isShared) checkShare(advanceTo(ledger, plan, nextCallAt(ledger, plan, at)), plan, subject)
            callTimes.push(callAt)
          }
          ledger = reserved.ledger
        }
        checkLimits(plan, callTimes)
      }
    ),
    { numRuns: 2000 }
  )
})

/** @throws if one more call of `subject` is above its share. */
function checkShare(before: Ledger, plan: Plan, subject: string) {
  const spent = callsSpentBy(before, subject)
  const share = Math.max(1, plan.share * (callsLeft(before, plan) + spent))
  if (plan.callsPerDay > 0 && spent + 1 > share) throw new Error('above the share')
}

/** @throws if calls at `callTimes` exceed a limit of `plan`. */
function checkLimits(plan: Plan, callTimes: readonly number[]) {
  for (const start of callTimes) {
    const callsWithin = (ms: number) => callTimes.filter((at) => at >= start && at < start + ms).length
    if (plan.callsPerSecond > 0 && callsWithin(1000) > plan.callsPerSecond)
      throw new Error('limit per second exceeded')
    if (plan.callsPerMinute > 0 && callsWithin(minuteMs) > plan.callsPerMinute)
      throw new Error('limit per minute exceeded')
  }
  const days = Map.groupBy(callTimes, (at) => Math.floor((at - plan.dayBeginsMs) / dayMs))
  for (const calls of days.values()) {
    if (plan.callsPerDay > 0 && calls.length > plan.callsPerDay) throw new Error('daily limit exceeded')
  }
}
