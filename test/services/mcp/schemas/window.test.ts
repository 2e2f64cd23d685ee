import t from 'tap'
import { z } from 'zod'
import { windowInput } from '../../../../services/mcp/schemas/window.ts'

const { as_of: asOf, since } = windowInput('7d')

t.test('times as Alpha Vantage, this server and Python write them: ISO 8601', async (t) => {
  for (const [iso, ...texts] of [
    ['2026-11-20', '20261120', ' 2026-11-20 '],
    ['2026-11-20T09:30:00', '20261120T0930', '20261120T093000', '20261120t0930', '2026-11-20 09:30:00'],
    ['2026-11-20T09:30:00Z', '20261120T0930Z', '20261120T093000Z', '2026-11-20 09:30:00 UTC'],
    ['2026-11-20T09:30Z', '2026-11-20 09:30 UTC', '2026-11-20T09:30UTC'],
    ['2026-11-20T09:30:00.123456+00:00', '2026-11-20 09:30:00.123456+00:00'],
    [
      '2026-11-20T09:30:00+02:00',
      '2026-11-20T09:30:00+0200',
      '20261120T093000+0200',
      '20261120T0930+02',
      '2026-11-20 09:30:00+02'
    ],
    ['2026-11-20T09:30:00.5-05:30', '2026-11-20T09:30:00.5-0530'],
    ['2026-11-20T00:00:00', '20261120T0000', '20261120T000000']
  ] as const) {
    for (const text of [iso, ...texts]) {
      t.equal(asOf.parse(text)?.toUpperCase(), iso, text)
      t.equal(since.parse(text).toUpperCase(), iso, text)
    }
  }
})

t.test('impossible and incomplete times: rejected as they were received', async (t) => {
  for (const text of [
    '20261399T0000',
    '20260230',
    '20261120T',
    '20261120T09',
    '20261120T2561',
    '2026',
    '2026-11-20T09:30+2',
    '2026-11-20+0200',
    '7D'
  ]) {
    const { error } = z.object({ asOf }).safeParse({ asOf: text }, { reportInput: true })
    t.match(error?.issues, [{ input: text, message: /must be an ISO 8601 time/ }], text)
  }
})
