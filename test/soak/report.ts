import { plan } from './fleet.ts'
import type { SoakResult } from './soak.ts'
import { countEach, maxWithin } from './statistics.ts'
import { computeHeapTrend } from './verdict.ts'

/** Formats the result as text. */
export function formatReport({
  seed,
  loadMs,
  scenarios,
  faults,
  unexpected,
  idle: rests,
  calls,
  exits,
  errors,
  delays
}: SoakResult): string {
  const requests = scenarios.reduce((sum, { count }) => sum + count, 0)
  return [
    `${requests} requests in ${loadMs / 1000} s of load (${((requests * 1000) / loadMs).toFixed(0)} a second), seed ${seed}`,
    '',
    formatTable([
      ['milliseconds', 'count', 'p50', 'p95', 'p99', 'max', 'answers'],
      ...scenarios.map(({ scenario, count, summary, p50, p95, p99, max }) => [
        scenario,
        String(count),
        ...[p50, p95, p99, max].map((ms) => ms.toFixed(ms < 10 ? 1 : 0)),
        Object.entries(summary)
          .map(([one, times]) => `${one} × ${times}`)
          .join(', ')
      ])
    ]),
    '',
    `faults: ${faults.length}`,
    formatTable(Object.entries(countEach(faults)).map(([name, times]) => [`  ${name}`, String(times)])),
    '',
    formatTable([
      ['idle', 'heap MB', 'external MB', 'RSS MB', 'descriptors', 'handles'],
      ...rests.flatMap(({ steady, restarted }, index) =>
        Object.entries({ steady, restarted }).map(([name, one]) => [
          `  ${index + 1} ${name}`,
          toMb(one.heapBytes).toFixed(1),
          toMb(one.externalBytes).toFixed(1),
          toMb(one.rssBytes).toFixed(0),
          String(one.descriptors),
          String(one.resources.length)
        ])
      )
    ]),
    `heap of the steady replica, second half: ${computeHeapTrend(rests).toFixed(2)} MB a minute`,
    '',
    `calls to Alpha Vantage: ${calls.seen.length} received there, ${calls.spent} counted, limit ${plan.perDay} a day; ${maxWithin(calls.seen, 60_000)} in the busiest minute, limit ${plan.perMinute}`,
    `replica restarts: ${exits.length}, exit codes ${exits.map(({ code }) => code).join(', ') || 'none'}`,
    `event loop delay: p99 ${toMs(delays.map(({ p99 }) => p99))} ms, longest ${toMs(delays.map(({ max }) => max))} ms`,
    `unexpected answers: ${unexpected.count}`,
    ...unexpected.first.map((one) =>
      [
        `  ${one.scenario} at ${one.replica}: ${one.summary} after ${Math.round(one.to - one.from)} ms`,
        `  faults: ${one.faults.join('; ') || 'none'}`,
        `  ${one.text.slice(0, 1000).replaceAll('\n', ' ')}`
      ].join('\n')
    ),
    ...errors.slice(0, 10).map((line) => `logged: ${line}`)
  ].join('\n')
}

/** Aligns the columns: the first and the last to the left, the others to the right. */
function formatTable(rows: string[][]): string {
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

const toMb = (bytes: number) => bytes / 2 ** 20
const toMs = (seconds: number[]) => (Math.max(0, ...seconds) * 1000).toFixed(0)
