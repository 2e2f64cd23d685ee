import { countEach, mostWithin } from './figures.ts'
import { plan } from './fleet.ts'
import type { Soaked } from './soak.ts'
import { trendOf } from './verdict.ts'

/** The figures, for people. */
export function describe({
  seed,
  loadMs,
  kinds,
  faults,
  unexpected,
  rests,
  calls,
  exits,
  errors,
  delays
}: Soaked): string {
  const requests = kinds.reduce((sum, { count }) => sum + count, 0)
  return [
    `${requests} requests in ${loadMs / 1000} s of load (${((requests * 1000) / loadMs).toFixed(0)} a second), seed ${seed}`,
    '',
    table([
      ['milliseconds', 'count', 'p50', 'p95', 'p99', 'max', 'answers'],
      ...kinds.map(({ kind, count, said, p50, p95, p99, max }) => [
        kind,
        String(count),
        ...[p50, p95, p99, max].map((ms) => ms.toFixed(ms < 10 ? 1 : 0)),
        Object.entries(said)
          .map(([one, times]) => `${one} × ${times}`)
          .join(', ')
      ])
    ]),
    '',
    `faults: ${faults.length}`,
    table(Object.entries(countEach(faults)).map(([name, times]) => [`  ${name}`, String(times)])),
    '',
    table([
      ['at rest', 'heap MB', 'external MB', 'RSS MB', 'descriptors', 'handles'],
      ...rests.flatMap(({ steady, restarted }, index) =>
        Object.entries({ steady, restarted }).map(([name, one]) => [
          `  ${index + 1} ${name}`,
          inMb(one.heapBytes).toFixed(1),
          inMb(one.externalBytes).toFixed(1),
          inMb(one.rssBytes).toFixed(0),
          String(one.descriptors),
          String(one.resources.length)
        ])
      )
    ]),
    `heap of the steady replica, second half: ${trendOf(rests).toFixed(2)} MB a minute`,
    '',
    `calls to Alpha Vantage: ${calls.seen.length} seen there, ${calls.spent} counted, of ${plan.perDay} a day; ${mostWithin(calls.seen, 60_000)} in the fullest minute, of ${plan.perMinute}`,
    `replicas ended and started again: ${exits.length}, exit codes ${exits.map(({ code }) => code).join(', ') || 'none'}`,
    `event loop delay: p99 ${inMs(delays.map(({ p99 }) => p99))} ms, longest ${inMs(delays.map(({ max }) => max))} ms`,
    `unexpected answers: ${unexpected.count}`,
    ...unexpected.first.map((one) =>
      [
        `  ${one.kind} at ${one.replica}: ${one.said} after ${Math.round(one.to - one.from)} ms`,
        `  faults: ${one.faults.join('; ') || 'none'}`,
        `  ${one.text.slice(0, 1000).replaceAll('\n', ' ')}`
      ].join('\n')
    ),
    ...errors.slice(0, 10).map((line) => `logged: ${line}`)
  ].join('\n')
}

/** The columns one below the other; the first and the last to the left. */
function table(rows: string[][]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)),
    []
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0
          if (column === 0) return cell.padEnd(width)
          return column === 6 ? cell : cell.padStart(width)
        })
        .join('  ')
    )
    .join('\n')
}

const inMb = (bytes: number) => bytes / 2 ** 20
const inMs = (seconds: number[]) => (Math.max(0, ...seconds) * 1000).toFixed(0)
