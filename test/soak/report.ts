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
  idle: measurements,
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
          .map(([outcome, count]) => `${outcome} × ${count}`)
          .join(', ')
      ])
    ]),
    '',
    `faults: ${faults.length}`,
    formatTable(Object.entries(countEach(faults)).map(([name, times]) => [`  ${name}`, String(times)])),
    '',
    formatTable([
      ['idle', 'heap MB', 'external MB', 'RSS MB', 'descriptors', 'handles'],
      ...measurements.flatMap(({ steady, restarted }, index) =>
        Object.entries({ steady, restarted }).map(([name, measure]) => [
          `  ${index + 1} ${name}`,
          toMb(measure.heapBytes).toFixed(1),
          toMb(measure.externalBytes).toFixed(1),
          toMb(measure.rssBytes).toFixed(0),
          String(measure.descriptors),
          String(measure.resources.length)
        ])
      )
    ]),
    `heap of the steady replica, second half: ${computeHeapTrend(measurements).toFixed(2)} MB a minute`,
    '',
    `calls to Alpha Vantage: ${calls.seen.length} received there, ${calls.spent} counted, limit ${plan.perDay} a day; ${maxWithin(calls.seen, 60_000)} in the busiest minute, limit ${plan.perMinute}`,
    `replica restarts: ${exits.length}, exit codes ${exits.map(({ code }) => code).join(', ') || 'none'}`,
    `event loop delay: p99 ${toMs(delays.map(({ p99 }) => p99))} ms, longest ${toMs(delays.map(({ max }) => max))} ms`,
    `unexpected answers: ${unexpected.count}`,
    ...unexpected.first.map((request) =>
      [
        `  ${request.scenario} at ${request.replica}: ${request.summary} after ${Math.round(request.to - request.from)} ms`,
        `  faults: ${request.faults.join('; ') || 'none'}`,
        `  ${request.text.slice(0, 1000).replaceAll('\n', ' ')}`
      ].join('\n')
    ),
    ...errors.slice(0, 10).map((line) => `logged: ${line}`)
  ].join('\n')
}

/** Aligns the columns: the first and the seventh to the left, the others to the right. */
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
