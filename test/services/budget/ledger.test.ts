import fc from 'fast-check'
import t from 'tap'
import { endLease, leaseCalls } from '../../../services/budget/leases.ts'
import {
  advanceTo,
  callsLeft,
  callsSpent,
  callsSpentBy,
  dayEnd,
  type Ledger,
  leaseOf,
  mergeLedgers,
  newLedger,
  readLedger
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
import { dayMs, free, hourMs, unlimited } from '../../support/news.ts'

const noon = Date.parse('2026-11-23T12:00:00Z')
const minuteMs = 60_000

/** Reserves calls one after the other; each is [subject, at]. Gives the ledger, and what became of each. */
function reserveAll(
  plan: Plan,
  calls: [subject: string, at: number][],
  { waitMs = 0, from = newLedger(plan, noon) } = {}
) {
  let ledger: Ledger = from
  const outcomes = calls.map(([subject, at]) => {
    const reserved = reserveCall(ledger, plan, { subject, replica: 'r', at, waitMs })
    ledger = reserved.ledger
    return 'turn' in reserved ? reserved.turn : reserved.denial.code
  })
  return { ledger, outcomes }
}

const times = (count: number, of: (index: number) => [string, number]) =>
  Array.from({ length: count }, (_, index) => of(index))

t.test('a day: as many calls as the plan has, then none until the day ends', async (t) => {
  const { ledger, outcomes } = reserveAll(
    free,
    times(27, () => ['usr_1', noon])
  )

  t.same(outcomes.slice(0, 25), Array(25).fill(noon))
  t.same(outcomes.slice(25), ['NEWS_QUOTA_SPENT', 'NEWS_QUOTA_SPENT'])
  t.equal(dayEnd(ledger), Date.parse('2026-11-24T00:00:00Z'))
  const next = Date.parse('2026-11-24T00:00:00Z')
  t.same(reserveAll(free, [['usr_1', next]], { from: ledger }).outcomes, [next])
})

t.test('a day begins when the plan says so', async (t) => {
  const plan = { ...free, dayBeginsMs: 5 * hourMs }
  const before = newLedger(plan, Date.parse('2026-11-23T04:59:59Z'))
  t.equal(before.day, Date.parse('2026-11-22T05:00:00Z'))
  t.equal(advanceTo(before, plan, Date.parse('2026-11-23T05:00:00Z')).day, Date.parse('2026-11-23T05:00:00Z'))
})

t.test("calls on the day's edge count for both days: clocks differ", async (t) => {
  const edge = Date.parse('2026-11-24T00:00:00Z')
  const { ledger } = reserveAll(free, [
    ['usr_1', edge - 40_000],
    ['usr_1', edge - 20_000],
    ['usr_2', edge - 1000]
  ])
  t.equal(callsSpent(ledger), 3)
  t.equal(callsSpent(advanceTo(ledger, free, edge)), 2)
})

t.test('a turn after midnight is of the next day', async (t) => {
  const plan = { ...free, callsPerDay: 2, callsPerSecond: 1 }
  const edge = Date.parse('2026-11-24T00:00:00Z')
  const before = reserveAll(plan, [
    ['usr_1', edge - hourMs],
    ['usr_1', edge - 100]
  ])
  t.same(reserveAll(plan, [['usr_1', edge - 50]], { from: before.ledger, waitMs: 5000 }).outcomes, [
    edge - 100 + 1050
  ])
})

t.test('a second: calls get turns one after the other, as far as one waits', async (t) => {
  const plan = { ...unlimited, callsPerSecond: 2 }
  const { ledger, outcomes } = reserveAll(
    plan,
    times(5, () => ['usr_1', noon]),
    { waitMs: 1600 }
  )
  t.same(outcomes, [noon, noon + 525, noon + 1050, noon + 1575, 'NEWS_RATE_LIMITED'])
  t.equal(ledger.turns.filter(([turn]) => turn > noon).length, 3, 'one that is refused takes no turn')
})

t.test('a minute: no more in any minute than the plan has', async (t) => {
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

t.test('a share: half of what is left while others ask, all of it when nobody does', async (t) => {
  const alone = reserveAll(
    free,
    times(30, () => ['usr_1', noon])
  )
  t.equal(callsSpentBy(alone.ledger, 'usr_1'), 25)

  const both = reserveAll(free, [['usr_2', noon], ...times(20, (): [string, number] => ['usr_1', noon])])
  t.equal(callsSpentBy(both.ledger, 'usr_1'), 12, 'half of 24')
  t.equal(both.outcomes.at(-1), 'NEWS_SHARE_SPENT')

  const later = reserveAll(
    free,
    times(20, () => ['usr_1', noon + 11 * minuteMs]),
    { from: both.ledger }
  )
  t.equal(callsSpentBy(later.ledger, 'usr_1'), 24, 'the other has been quiet for more than ten minutes')
})

t.test('a share: whoever has had none can have one, to the last', async (t) => {
  const many = times(26, (index) => [`usr_${index}`, noon])
  const { outcomes } = reserveAll(free, many)
  t.equal(outcomes.filter((one) => one === noon).length, 25)
  t.equal(outcomes.at(-1), 'NEWS_QUOTA_SPENT')
})

t.test('a reserve is kept for those who have had none', async (t) => {
  const plan = { ...free, reserve: 5 }
  const { ledger, outcomes } = reserveAll(
    plan,
    times(22, () => ['usr_1', noon])
  )
  t.same(outcomes.slice(19), [noon, 'NEWS_SHARE_SPENT', 'NEWS_SHARE_SPENT'])
  t.same(reserveAll(plan, [['usr_2', noon]], { from: ledger }).outcomes, [noon])
})

t.test('what Alpha Vantage says of its limits is believed', async (t) => {
  const empty = newLedger(free, noon)
  const spent = recordUpstreamLimit(empty, free, 'NEWS_QUOTA_SPENT', noon)
  t.same(spent.refused, { code: 'NEWS_QUOTA_SPENT', until: Date.parse('2026-11-24T00:00:00Z') })
  t.same(reserveAll(free, [['usr_1', noon + hourMs]], { from: spent }).outcomes, ['NEWS_QUOTA_SPENT'])

  const minute = recordUpstreamLimit(empty, free, 'NEWS_MINUTE_SPENT', noon)
  t.same(
    reserveAll(
      free,
      [
        ['usr_1', noon],
        ['usr_1', noon + 61_000]
      ],
      { from: minute }
    ).outcomes,
    ['NEWS_MINUTE_SPENT', noon + 61_000]
  )
  const burst = recordUpstreamLimit(empty, free, 'NEWS_RATE_LIMITED', noon)
  t.same(reserveAll(free, [['usr_1', noon]], { from: burst, waitMs: 5000 }).outcomes, [noon + 2100])
  t.equal(recordUpstreamLimit(spent, free, 'NEWS_RATE_LIMITED', noon), spent, 'the longer one holds')
})

t.test("a day that is said to be spent right after it began: the other's clock may be behind", async (t) => {
  const midnight = Date.parse('2026-11-24T00:00:00Z')
  const { refused } = recordUpstreamLimit(
    newLedger(free, midnight),
    free,
    'NEWS_QUOTA_SPENT',
    midnight + minuteMs
  )
  t.equal(refused?.until, midnight + 10 * minuteMs)
})

t.test('a call that was never made is given back, but not to another day', async (t) => {
  const { ledger } = reserveAll(free, [
    ['usr_1', noon],
    ['usr_1', noon]
  ])
  const back = cancelCall(ledger, { subject: 'usr_1', replica: 'r', turn: noon })
  t.equal(callsSpent(back), 1)
  t.equal(callsSpentBy(back, 'usr_1'), 1)
  const tomorrow = advanceTo(ledger, free, noon + dayMs)
  t.equal(cancelCall(tomorrow, { subject: 'usr_1', replica: 'r', turn: noon }), tomorrow)
})

const lease = (
  ledger: Ledger,
  plan: Plan,
  replica: string,
  { calls = 1, at = noon, used = [] as { subject: string; at: number }[] } = {}
) => leaseCalls(ledger, plan, { replica, calls, used, at })

t.test('what replicas set aside counts as spent, is a quarter at most, and can be given back', async (t) => {
  let ledger = newLedger(free, noon)
  for (const replica of ['a', 'b', 'c', 'd']) ledger = lease(ledger, free, replica, { calls: 2 })
  t.equal(callsSpent(ledger), 6, 'a quarter of 25')
  t.same(
    ledger.leases.map(([, { calls }]) => calls),
    [2, 2, 2, 0]
  )
  t.equal(callsLeft(ledger, free), 19)
  t.equal(
    callsSpent(lease(ledger, free, 'a', { calls: 2, at: noon + minuteMs })),
    6,
    'asking again sets no more aside'
  )
  t.equal(callsSpent(endLease(ledger, 'a')), 4)
})

t.test(
  'calls of a lease are counted for whom they were made, and what is set aside is filled up',
  async (t) => {
    const ledger = lease(newLedger(free, noon), free, 'a', { calls: 2 })
    const told = lease(ledger, free, 'a', {
      calls: 2,
      used: [{ subject: 'usr_1', at: noon + 1 }],
      at: noon + 2
    })
    t.equal(callsSpentBy(told, 'usr_1'), 1)
    t.equal(callsSpent(told), 3)
    t.same(told.leases[0]?.[1].calls, 2)
  }
)

t.test('a replica uses what it has set aside when nothing else is left', async (t) => {
  let ledger = lease(newLedger(free, noon), free, 'r', { calls: 2 })
  ledger = lease(ledger, free, 'other', { calls: 1 })
  const { outcomes } = reserveAll(
    free,
    times(25, () => ['usr_1', noon]),
    { from: ledger }
  )
  t.equal(outcomes.filter((one) => one === noon).length, 24, 'all but what the other has set aside')
})

t.test('what is set aside counts against the minute until it lapses', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 8 }
  const ledger = lease(newLedger(plan, noon), plan, 'a', { calls: 2 })
  const all = times(9, (): [string, number] => ['usr_1', noon])
  t.equal(reserveAll(plan, all, { from: ledger }).outcomes.filter((one) => one === noon).length, 6)
  const lapsed = advanceTo(ledger, plan, noon + hourMs + 1)
  t.same(lapsed.leases, [])
})

t.test('a text that is no ledger is none', async (t) => {
  for (const text of ['', '{', '{}', 'null', '[]', '{"version":-1}']) t.equal(readLedger(text), undefined)
  const { ledger } = reserveAll(free, [['__proto__', noon]])
  t.same(readLedger(JSON.stringify(ledger)), ledger)
})

t.test(
  'what Alpha Vantage has said is gone when its time is over: new calls can be set aside again',
  async (t) => {
    const midnight = Date.parse('2026-11-24T00:00:00Z')
    const early = recordUpstreamLimit(newLedger(free, midnight), free, 'NEWS_QUOTA_SPENT', midnight)
    const later = midnight + hourMs
    t.equal(advanceTo(early, free, midnight).refused?.code, 'NEWS_QUOTA_SPENT')
    t.equal(advanceTo(early, free, later).refused, null)
    t.same(
      leaseCalls(early, free, { replica: 'a', calls: 1, used: [], at: midnight }).leases[0]?.[1].calls,
      0
    )
    t.same(leaseCalls(early, free, { replica: 'a', calls: 1, used: [], at: later }).leases[0]?.[1].calls, 1)
  }
)

t.test('a clock that was years ahead: the count holds for today, and calls go on', async (t) => {
  const ahead = Date.parse('2030-01-01T00:00:00Z')
  const plan = { ...free, callsPerSecond: 1 }
  const { ledger } = reserveAll(plan, [['usr_1', ahead]], { from: newLedger(plan, ahead) })
  const healed = reserveAll(plan, [['usr_1', noon]], { from: ledger })
  t.same(healed.outcomes, [noon])
  t.equal(callsSpent(healed.ledger), 2)
  t.equal(dayEnd(healed.ledger), Date.parse('2026-11-24T00:00:00Z'))
})

t.test('a reserve: whoever has had none is told of one call', async (t) => {
  const plan = { ...free, callsPerDay: 5, reserve: 4 }
  const { ledger } = reserveAll(plan, [['usr_1', noon]])
  t.equal(callsAllowed(ledger, plan, { subject: 'usr_1', at: noon }), 0)
  t.equal(callsAllowed(ledger, plan, { subject: 'usr_2', at: noon }), 1)
})

t.test('calls beyond what was set aside count, too', async (t) => {
  const used = [1, 2, 3].map((ms) => ({ subject: 'usr_1', at: noon + ms }))
  t.equal(callsSpent(lease(newLedger(unlimited, noon), unlimited, 'a', { used, at: noon + 10 })), 3)
})

t.test('the minute is shared, too: who has had none of it gets one while another takes many', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 10 }
  const greedy = times(12, (index): [string, number] => ['usr_1', noon + index])
  const { ledger, outcomes } = reserveAll(plan, [['usr_2', noon - 120_000], ...greedy])
  t.equal(outcomes.filter((one) => typeof one === 'number').length, 6, 'half of ten, and the first')
  t.equal(outcomes.at(-1), 'NEWS_SHARE_SPENT')
  t.same(reserveAll(plan, [['usr_2', noon + 20]], { from: ledger }).outcomes, [noon + 20])
  const alone = reserveAll(plan, greedy)
  t.equal(alone.outcomes.filter((one) => typeof one === 'number').length, 10)
})

t.test('the queue is shared, too', async (t) => {
  const plan = { ...unlimited, callsPerSecond: 1 }
  const greedy = times(10, (): [string, number] => ['usr_1', noon])
  const { ledger, outcomes } = reserveAll(plan, [['usr_2', noon - 120_000], ...greedy], { waitMs: 6300 })
  t.equal(outcomes.filter((one) => typeof one === 'number').length, 5, 'one at once, and half of six places')
  t.equal(outcomes.at(-1), 'NEWS_SHARE_SPENT')
  t.same(reserveAll(plan, [['usr_2', noon]], { from: ledger, waitMs: 6300 }).outcomes, [noon + 4 * 1050])
})

t.test('what was set aside and never come back for is not set aside anew that day', async (t) => {
  let ledger = newLedger(free, noon)
  for (let hours = 0; hours < 10; hours++) {
    ledger = lease(ledger, free, `killed ${hours}`, { calls: 2, at: noon + hours * 61 * minuteMs })
  }
  t.equal(callsSpent(ledger), 6, 'a quarter of the day at most')
})

t.test('what is set aside leaves room for the calls of the last minute', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 8 }
  const { ledger } = reserveAll(
    plan,
    times(7, (): [string, number] => ['usr_1', noon])
  )
  t.same(lease(ledger, plan, 'a', { calls: 2, at: noon + 1 }).leases[0]?.[1].calls, 1)
})

t.test('two ledgers that have seen different things: nothing of either is lost', async (t) => {
  const common = reserveAll(free, [['usr_1', noon]]).ledger
  const reserve = (replica: string, subject: string, at: number) => {
    const reserved = reserveCall(common, free, { subject, replica, at, waitMs: 0 })
    return reserved.ledger
  }
  const one = {
    ...recordUpstreamLimit(reserve('a', 'usr_1', noon + 1), free, 'NEWS_RATE_LIMITED', noon),
    version: 7
  }
  const other = lease(reserve('b', 'usr_2', noon + 2), free, 'b', { at: noon + 3 })
  for (const merged of [mergeLedgers(one, other), mergeLedgers(other, one)]) {
    t.equal(callsSpent(merged), 4)
    t.equal(merged.version, 7)
    t.equal(callsSpentBy(merged, 'usr_1'), 2)
    t.equal(callsSpentBy(merged, 'usr_2'), 1)
    t.same(
      merged.turns.map(([turn]) => turn),
      [noon, noon + 1, noon + 2]
    )
    t.equal(merged.refused?.code, 'NEWS_RATE_LIMITED')
    t.same(
      merged.leases.map(([replica]) => replica),
      ['b']
    )
  }
  t.equal(callsSpent(mergeLedgers(one, newLedger(free, noon + dayMs))), 0, 'the later day counts')
})

const edge = Date.parse('2026-11-24T00:00:00Z')

t.test('a new day: shares begin anew, and what was set aside is gone', async (t) => {
  const { ledger } = reserveAll(
    free,
    times(3, () => ['usr_1', noon])
  )
  const leased = lease(ledger, free, 'a', { at: edge - 30 * minuteMs })
  const today = advanceTo(leased, free, edge)
  t.equal(callsSpent(today), 0)
  t.equal(callsSpentBy(today, 'usr_1'), 0)
  t.same(today.leases, [])
  t.equal(callsSpent(advanceTo(ledger, free, ledger.day - 1)), 3, 'a clock that goes back keeps the count')
})

t.test('a minute that is refused just before midnight is refused just after it', async (t) => {
  const refused = recordUpstreamLimit(newLedger(free, noon), free, 'NEWS_MINUTE_SPENT', edge - 10_000)
  t.equal(advanceTo(refused, free, edge + 10_000).refused?.code, 'NEWS_MINUTE_SPENT')
  t.equal(advanceTo(refused, free, edge + 60_000).refused, null)
})

t.test('nothing is set aside of what is spent, or while Alpha Vantage refuses', async (t) => {
  const { ledger } = reserveAll(
    free,
    times(25, () => ['usr_1', noon])
  )
  const leased = lease(ledger, free, 'a', { calls: 2 })
  t.equal(leaseOf(leased, 'a'), 0)
  t.equal(callsSpent(leased), 25)
  t.equal(
    leaseOf(
      lease(recordUpstreamLimit(newLedger(free, noon), free, 'NEWS_QUOTA_SPENT', noon), free, 'a'),
      'a'
    ),
    0
  )
})

t.test('leased calls of yesterday count for nobody today, and those of a minute count in it', async (t) => {
  const yesterday = lease(newLedger(free, noon), free, 'a', { at: edge - 10 * minuteMs })
  const told = lease(yesterday, free, 'a', {
    used: [{ subject: 'usr_1', at: edge - 5 * minuteMs }],
    at: edge + 1
  })
  t.equal(callsSpentBy(told, 'usr_1'), 0)
  const plan = { ...unlimited, callsPerMinute: 8 }
  const { ledger } = reserveAll(plan, [['usr_2', noon + 20]])
  const used = [noon + 10, noon].map((at) => ({ subject: 'usr_1', at }))
  const after = lease(ledger, plan, 'a', { calls: 2, used, at: noon + 30 })
  t.same(
    after.turns.map(([turn]) => turn),
    [noon, noon + 10, noon + 20]
  )
})

t.test('a renewal keeps the gap between two calls', async (t) => {
  const plan = { ...unlimited, callsPerSecond: 1 }
  const { ledger } = reserveAll(plan, [['usr_1', noon]])
  t.equal(nextCallAt(lease(ledger, plan, 'a', { at: noon + 100 }), plan, noon + 100), noon + 1050)
})

t.test('a call out of what is set aside is not counted again', async (t) => {
  const { ledger } = reserveAll(
    free,
    times(26, () => ['usr_1', noon]),
    { from: lease(newLedger(free, noon), free, 'r', { calls: 2 }) }
  )
  t.equal(callsSpent(ledger), 25)
  t.equal(leaseOf(ledger, 'r'), 0)
})

t.test('nothing is given back that was not had, or was of another day', async (t) => {
  const empty = newLedger(free, noon)
  t.equal(cancelCall(empty, { subject: 'usr_1', replica: 'r', turn: noon }), empty)
  const { ledger } = reserveAll(free, [
    ['usr_1', noon],
    ['usr_1', edge + hourMs]
  ])
  t.equal(cancelCall(ledger, { subject: 'usr_1', replica: 'r', turn: noon }), ledger)
})

t.test('a plan that is smaller than what is spent has none left', async (t) => {
  const { ledger } = reserveAll(
    free,
    times(3, () => ['usr_1', noon])
  )
  const smaller = { ...free, callsPerDay: 2 }
  t.equal(callsLeft(ledger, smaller), 0)
  t.same(reserveAll(smaller, [['usr_1', noon]], { from: ledger }).outcomes, ['NEWS_QUOTA_SPENT'])
})

t.test('others count as asking for ten minutes, however often they ask', async (t) => {
  const others: [string, number][] = [0, 2, 4].map((minutes) => ['usr_2', noon + minutes * minuteMs])
  const { ledger } = reserveAll(free, others)
  const greedy = (minutes: number) => times(20, (): [string, number] => ['usr_1', noon + minutes * minuteMs])
  t.equal(callsSpentBy(reserveAll(free, greedy(13), { from: ledger }).ledger, 'usr_1'), 11)
  t.equal(callsSpentBy(reserveAll(free, greedy(15), { from: ledger }).ledger, 'usr_1'), 20)
})

t.test('limits are kept with a margin, for clocks and for the way: a second in a minute', async (t) => {
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

t.test('a denial says when to ask again, and that holds', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 1 }
  const { ledger } = reserveAll(plan, [['usr_1', noon]])
  const refused = reserveCall(ledger, plan, { subject: 'usr_1', replica: 'r', at: noon + 1, waitMs: 5000 })
  const until = 'denial' in refused ? refused.denial.until : 0
  t.equal(until, noon + 56_000)
  t.ok('turn' in reserveCall(ledger, plan, { subject: 'usr_1', replica: 'r', at: until, waitMs: 5000 }))
  const early = recordUpstreamLimit(newLedger(free, edge), free, 'NEWS_QUOTA_SPENT', edge)
  t.same(reserveAll(free, [['usr_1', edge + 10 * minuteMs]], { from: early }).outcomes, [
    edge + 10 * minuteMs
  ])
})

t.test('what is set aside holds for an hour', async (t) => {
  const ledger = lease(newLedger(free, noon), free, 'a')
  t.equal(leaseOf(advanceTo(ledger, free, noon + 59 * minuteMs), 'a'), 1)
  t.equal(leaseOf(advanceTo(ledger, free, noon + 61 * minuteMs), 'a'), 0)
})

t.test('who has just asked is not noted again', async (t) => {
  const { ledger } = reserveAll(free, [['usr_1', noon]])
  t.equal(recordRequester(ledger, 'usr_1', noon + 1000), ledger)
  const both = recordRequester(ledger, 'usr_2', noon + 1000)
  t.equal(recordRequester(both, 'usr_3', noon + 2000), both, 'two who ask are enough to know')
  t.not(recordRequester(both, 'usr_3', noon + 90_000), both)
})

t.test('calls of a lease that were made leave no room for others', async (t) => {
  const leased = lease(newLedger(free, noon), free, 'a', { calls: 2 })
  const spent = reserveAll(
    free,
    times(23, () => ['usr_1', noon]),
    { from: leased }
  ).ledger
  const used = [1, 2].map((ms) => ({ subject: 'usr_1', at: noon + ms }))
  const told = lease(spent, free, 'a', { calls: 2, used, at: noon + 10 })
  t.equal(callsSpent(told), 25)
  t.equal(leaseOf(told, 'a'), 0)
})

t.test('calls of a lease that were made and not told yet are not made again', async (t) => {
  const leased = lease(newLedger(free, noon), free, 'a', { calls: 1 })
  const { ledger } = reserveAll(
    free,
    times(24, (index) => [`usr_${index}`, noon]),
    { from: leased }
  )
  const ask = { subject: 'usr_x', replica: 'a', at: noon, waitMs: 0 }
  t.ok('turn' in reserveCall(ledger, free, ask))
  t.match(reserveCall(ledger, free, { ...ask, untold: 1 }), { denial: { code: 'NEWS_QUOTA_SPENT' } })
})

t.test('turns of one subject at one time stay as many when ledgers are merged', async (t) => {
  const plan = { ...unlimited, callsPerMinute: 8 }
  const { ledger } = reserveAll(
    plan,
    times(8, () => ['usr_1', noon])
  )
  t.equal(mergeLedgers(ledger, { ...newLedger(plan, noon), version: 99 }).turns.length, 8)
})

const subjects = ['usr_1', 'usr_2', 'usr_3', '__proto__', 'constructor']

t.test('whatever happens, no limit is overspent and nobody is above the share', async () => {
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
          replica: fc.constantFrom('a', 'b'),
          pauseMs: fc.constantFrom(0, 0, 10, 900, 20_000, 700_000, 4 * hourMs),
          waitMs: fc.constantFrom(0, 3000, 70_000),
          does: fc.constantFrom('reserve', 'reserve', 'reserve', 'lease', 'away', 'end')
        }),
        { maxLength: 120 }
      ),
      (plan, steps) => {
        let at = noon
        let ledger = newLedger(plan, at)
        const made: number[] = []
        const asked = new Map<string, number>()
        const used = new Map<string, { subject: string; at: number }[]>()
        for (const { subject, replica, pauseMs, waitMs, does } of steps) {
          at += pauseMs
          if (does === 'lease') {
            ledger = leaseCalls(ledger, plan, { replica, calls: 2, used: used.get(replica) ?? [], at })
            used.delete(replica)
          }
          if (does === 'end') {
            ledger = endLease(
              leaseCalls(ledger, plan, { replica, calls: 0, used: used.get(replica) ?? [], at }),
              replica
            )
            used.delete(replica)
          }
          // Out of reach: a call of those that are set aside.
          const mayUse = leaseOf(ledger, replica) - (used.get(replica)?.length ?? 0) > 0
          const until = ledger.leases.find(([one]) => one === replica)?.[1].until ?? 0
          const isOver = at > Math.min(until, dayEnd(ledger)) - minuteMs || plan.callsPerSecond > 0
          if (does === 'away' && mayUse && !isOver) {
            used.set(replica, [...(used.get(replica) ?? []), { subject, at }])
            made.push(at)
          }
          if (does !== 'reserve') continue
          const before = advanceTo(ledger, plan, nextCallAt(ledger, plan, at))
          const own = leaseOf(before, replica)
          // Nearly ten minutes: who asks twice within a minute is noted once.
          const othersAsk = [...asked].some(([one, time]) => one !== subject && time > at - 9 * minuteMs)
          if (used.has(replica)) continue // it would tell of those first
          asked.set(subject, at)
          const reserved = reserveCall(ledger, plan, { subject, replica, at, waitMs })
          ledger = reserved.ledger
          if (!('turn' in reserved)) continue
          const mine = callsSpentBy(before, subject)
          const share = Math.max(1, plan.share * (callsLeft(before, plan) + own + mine))
          if (plan.callsPerDay > 0 && othersAsk && mine + 1 > share) throw new Error('above the share')
          if (reserved.turn < at || reserved.turn > at + waitMs + 1) throw new Error('not in time')
          made.push(reserved.turn)
        }
        for (const turn of made) {
          const after = (ms: number) => made.filter((one) => one >= turn && one < turn + ms).length
          if (plan.callsPerSecond > 0 && after(1000) > plan.callsPerSecond)
            throw new Error('second overspent')
          if (plan.callsPerMinute > 0 && after(minuteMs) > plan.callsPerMinute)
            throw new Error('minute overspent')
        }
        const days = Map.groupBy(made, (turn) => Math.floor((turn - plan.dayBeginsMs) / dayMs))
        for (const calls of days.values()) {
          if (plan.callsPerDay > 0 && calls.length > plan.callsPerDay) throw new Error('day overspent')
        }
      }
    ),
    { numRuns: 2000 }
  )
})
