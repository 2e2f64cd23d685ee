import t from 'tap'
import { callsSpent, callsSpentBy } from '../../../services/budget/ledger.ts'
import { formatLedger, parseLedger } from '../../../services/budget/ledger-format.ts'
import { recordUpstreamLimit } from '../../../services/budget/reservations.ts'
import { midnight, noon, reserveAll } from '../../support/ledgers.ts'
import { free } from '../../support/news.ts'

/** A ledger that the previous release stored, with two replicas, one of which has a lease. */
const previousText = `{
  "version": 12, "day": ${midnight - 86_400_000},
  "made": [["replica-a", 3], ["replica-b", 2]], "subjects": [["usr_1", 4]],
  "turns": [[${noon - 5000}, "usr_1"], [${noon - 1000}, "usr_1"]], "askers": [["usr_1", ${noon}]],
  "refused": {"code": "NEWS_MINUTE_SPENT", "until": ${noon + 30_000}},
  "leases": [["replica-b", {"calls": 1, "until": ${noon + 1_800_000}}]], "lapsed": 0
}`

t.test('ledger of the previous release: its count and its limit apply', async (t) => {
  const ledger = parseLedger(previousText)
  if (!ledger) throw new Error('not parsed')
  t.equal(callsSpent(ledger), 5)
  t.equal(callsSpentBy(ledger, 'usr_1'), 4)
  t.match(ledger, {
    version: 12,
    scheduledCalls: [[noon - 5000, 'usr_1'], [noon - 1000]],
    requesters: [['usr_1', noon]],
    upstreamLimit: { code: 'NEWS_MINUTE_SPENT', until: noon + 30_000 }
  })
  const { ledger: after, outcomes } = reserveAll(
    free,
    [
      ['usr_2', noon],
      ['usr_2', noon + 31_000]
    ],
    { from: ledger }
  )
  t.same(outcomes, ['NEWS_MINUTE_SPENT', noon + 31_000])
  t.equal(callsSpent(after), 6)
})

t.test(
  'stored ledger: a replica of the previous release finds its keys, its count and its lease',
  async (t) => {
    const ledger = parseLedger(previousText)
    if (!ledger) throw new Error('not parsed')
    t.same(JSON.parse(formatLedger(ledger)), JSON.parse(previousText))
    const { ledger: after } = reserveAll(free, [['usr_2', noon + 31_000]], { from: ledger })
    t.match(JSON.parse(formatLedger(after)), {
      made: [
        ['replica-a', 3],
        ['replica-b', 2],
        ['all', 1]
      ],
      leases: [['replica-b', { calls: 1 }]]
    })
  }
)

t.test('pause of the previous release after a lost count: removed', async (t) => {
  const text = previousText.replace('NEWS_MINUTE_SPENT', 'NEWS_BUDGET_AWAY')
  t.match(parseLedger(text), { version: 12, upstreamLimit: null })
})

t.test('formatLedger, then parseLedger: the same ledger', async (t) => {
  const { ledger } = reserveAll(free, [['__proto__', noon]])
  const limited = recordUpstreamLimit(ledger, free, { code: 'NEWS_QUOTA_SPENT', at: noon })
  for (const each of [ledger, limited]) t.same(parseLedger(formatLedger(each)), each)
})

t.test('parseLedger: invalid JSON or an invalid schema yields undefined', async (t) => {
  for (const text of ['', '{', '{}', 'null', '[]', '{"version":-1}']) t.equal(parseLedger(text), undefined)
})
