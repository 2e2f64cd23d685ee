import t from 'tap'
import { toIsoSeconds } from '../../../services/lib/time.ts'
import { isLive, liveWindows, wholeDays } from '../../../services/news/fetch-windows.ts'
import { clampToFetchTime, isDuration, isInstant, parseWindow } from '../../../services/news/window.ts'

const now = Date.parse('2026-11-22T20:30:15.678Z')
const read = (input: { since: string; until?: string; as_of?: string }) => {
  const { from, to } = parseWindow(input, now)
  return [toIsoSeconds(from), toIsoSeconds(to)]
}

t.test('durations count back from the end, instants without an offset are UTC', async (t) => {
  t.same(read({ since: '24h' }), ['2026-11-21T20:30:15Z', '2026-11-22T20:30:15Z'])
  t.same(read({ since: '2W', until: '24H' }), ['2026-11-07T20:30:15Z', '2026-11-21T20:30:15Z'])
  t.same(read({ since: '2026-11-20T08:00', until: '2026-11-21T09:30:05+02:00' }), [
    '2026-11-20T08:00:00Z',
    '2026-11-21T07:30:05Z'
  ])
  t.same(read({ since: '7d', as_of: '2026-11-10T00:00:00Z' }), [
    '2026-11-03T00:00:00Z',
    '2026-11-10T00:00:00Z'
  ])
  t.same(read({ since: '24h', until: '2d', as_of: '2026-11-10T00:00:00Z' }), [
    '2026-11-07T00:00:00Z',
    '2026-11-08T00:00:00Z'
  ])
})

t.test('date without a time: the whole day, up to now', async (t) => {
  t.same(read({ since: '2026-11-20', until: '2026-11-20' }), ['2026-11-20T00:00:00Z', '2026-11-20T23:59:59Z'])
  t.same(read({ since: '2026-11-22', until: '2026-11-22' }), ['2026-11-22T00:00:00Z', '2026-11-22T20:30:15Z'])
  t.same(read({ since: '7d', as_of: '2026-11-22' }), ['2026-11-15T20:30:15Z', '2026-11-22T20:30:15Z'])
})

t.test('until or as_of up to five minutes ahead: counts as now', async (t) => {
  t.same(read({ since: '24h', until: '2026-11-22T20:34:00Z' })[1], '2026-11-22T20:30:15Z')
  t.same(read({ since: '24h', as_of: '2026-11-22T20:34:00Z' })[1], '2026-11-22T20:30:15Z')
})

t.test('invalid window: throws an error that names the times', async (t) => {
  for (const [input, message] of [
    [{ since: '24h', until: '2026-11-23' }, /until .* is later than 2026-11-22 20:30 UTC/],
    [{ since: '24h', as_of: '2026-12-01' }, /as_of .* is later/],
    [
      { since: '24h', until: '2026-11-11', as_of: '2026-11-10' },
      /until .* is later than 2026-11-10 23:59 UTC/
    ],
    [{ since: '2026-11-22T20:30:15Z' }, /since .* must be earlier/],
    [{ since: '2026-11-20', until: '2026-11-19' }, /since .* must be earlier/],
    [{ since: '2026-01-01' }, /longer than 90 days/]
  ] as const) {
    t.throws(() => read(input), { code: 'INVALID_ARGUMENTS', message }, JSON.stringify(input))
  }
})

t.test('isDuration and isInstant: accept valid input, reject anything else', async (t) => {
  t.ok(['1h', '24h', '7d', '12W', '2160H'].every(isDuration))
  t.notOk(['', 'h', '0d', '-1d', '1.5d', '7 d', '7m', '91d', '2161h', '10000h', '7d7d'].some(isDuration))
  t.ok(
    ['2026-11-20', '2026-11-20T09:30', '2026-11-20t09:30z', '2026-11-20T09:30:00.5-05:00'].every(isInstant)
  )
  t.notOk(
    [
      '',
      'today',
      '2026',
      '2026-11',
      '20-11-2026',
      '2026-13-01',
      '2026-02-30',
      '2026-11-20T25:00',
      '2026-11-20 09:30',
      '0000-01-01',
      '1999-12-31',
      '1e9'
    ].some(isInstant)
  )
})

t.test('news fetched earlier: a duration moves back with the end, an instant stays', async (t) => {
  const fetchedAtMs = now - 60_000
  const clamp = (input: { since: string; until?: string }) => {
    const { from, to } = clampToFetchTime(fetchedAtMs, parseWindow(input, now), input)
    return [toIsoSeconds(from), toIsoSeconds(to)]
  }

  t.same(clamp({ since: '24h' }), ['2026-11-21T20:29:15Z', '2026-11-22T20:29:15Z'])
  t.same(clamp({ since: '2026-11-20' }), ['2026-11-20T00:00:00Z', '2026-11-22T20:29:15Z'])
  t.same(clamp({ since: '2026-11-20', until: '2026-11-21' }), [
    '2026-11-20T00:00:00Z',
    '2026-11-21T23:59:59Z'
  ])
  t.throws(() => clamp({ since: '2026-11-22T20:30:00Z' }), {
    code: 'INVALID_ARGUMENTS',
    message: /ends at 2026-11-22 20:29 UTC\./
  })
})

t.test('fetch windows: 24 hours, 7, 30 or 90 days up to now, or whole days in the past', async (t) => {
  const names = (since: string) => liveWindows(parseWindow({ since }, now).from, now).map(({ name }) => name)

  t.same(names('24h'), ['1d', '7d', '30d', '90d'])
  t.same(names('25h')[0], '7d')
  t.same(names('7d')[0], '7d')
  t.same(names('30d')[0], '30d')
  t.same(names('31d'), ['90d'])
  t.equal(toIsoSeconds(liveWindows(now, now)[0]?.from ?? 0), '2026-11-21T20:30:00Z', 'whole minutes')
  const past = wholeDays(parseWindow({ since: '36h', until: '2026-11-10T06:00:00Z' }, now), now)
  t.match(past, { name: '2026-11-08/2026-11-11' })
  t.same(
    [toIsoSeconds(past.from), toIsoSeconds(past.to ?? 0)],
    ['2026-11-08T00:00:00Z', '2026-11-11T00:00:00Z']
  )
  t.equal(wholeDays({ from: now - 1000, to: now }, now).to, undefined, 'today is not over')
  t.ok(isLive({ from: 0, to: Date.parse('2026-11-22T00:00:00Z') }, now))
  t.notOk(isLive({ from: 0, to: Date.parse('2026-11-21T23:59:59Z') }, now))
})

t.test('instants without an offset: UTC in every time zone of the machine', async (t) => {
  const zone = process.env.TZ
  t.teardown(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
  process.env.TZ = 'Asia/Tokyo'

  const { from, to } = parseWindow(
    { since: '2026-11-20T08:00', until: '2026-11-21T09:30' },
    Date.parse('2026-11-22T20:30:15Z')
  )
  t.same([toIsoSeconds(from), toIsoSeconds(to)], ['2026-11-20T08:00:00Z', '2026-11-21T09:30:00Z'])
})

t.test('window that is empty at fetch time: throws INVALID_ARGUMENTS', async (t) => {
  const now = Date.parse('2026-11-22T20:30:15Z')
  const input = { since: '2026-11-22T20:29:15Z' }
  t.throws(() => clampToFetchTime(now - 60_000, parseWindow(input, now), input), {
    code: 'INVALID_ARGUMENTS'
  })
})
