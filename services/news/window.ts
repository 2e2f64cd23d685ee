import createError from '@fastify/error'
import type { Article } from '../alpha-vantage/article.ts'
import { dayMs, floorTo, formatTime, hourMs, minuteMs, toIsoSeconds } from '../lib/time.ts'

/** The times of a query contradict each other or exceed the limits. */
export const WindowError = createError('INVALID_ARGUMENTS', '%s', 400)

const unitMs: Record<string, number> = { h: hourMs, d: dayMs, w: 7 * dayMs }

export const maxWindowMs = 90 * dayMs
/** A time up to this far in the future counts as now, because clients' clocks may be ahead. */
const clientClockSkewMs = 5 * minuteMs

/** A time range that includes both ends: milliseconds since 1970. */
export interface Window {
  from: number
  to: number
}

/** A window as callers write it: ISO 8601 instants, or durations back from another time, such as `24h`, `7d` or `2w`. */
export interface WindowInput {
  /** A duration counts back from `until`. */
  since: string
  /** A duration counts back from `as_of`, which is also the default. */
  until?: string | undefined
  /** An instant: later articles are ignored. Default: now. */
  as_of?: string | undefined
}

const durationPattern = /^([1-9]\d{0,3})([hdw])$/i
const instantPattern = /^2\d{3}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/i

/** Whether `text` is a duration in hours, days or weeks of at most 90 days. */
export function isDuration(text: string): boolean {
  return durationPattern.test(text) && parseDuration(text) <= maxWindowMs
}

/** Whether `text` is an ISO 8601 date or date-time since 2000. Without an offset it is UTC. */
export function isInstant(text: string): boolean {
  const date = text.slice(0, 10)
  // Date.parse turns an impossible date, such as 30 February, into another one.
  return (
    instantPattern.test(text) &&
    !Number.isNaN(parseInstant(text)) &&
    toIsoSeconds(parseInstant(date)).startsWith(date)
  )
}

/** Whether the query sets its own end instead of now. */
export function isHistorical({ until, as_of }: WindowInput): boolean {
  return until !== undefined || as_of !== undefined
}

/**
 * The window requested at time `at`, in whole seconds. A date without a time means its first second in `since` and its
 * last in `until` and `as_of` (UTC).
 * @throws {WindowError} if the window is empty, in the future, or longer than 90 days.
 */
export function parseWindow({ since, until, as_of }: WindowInput, at: number): Window {
  const now = floorTo(at, 1000)
  const latest = as_of === undefined ? now : parseWindowEnd('as_of', as_of, now, clientClockSkewMs)
  const to =
    until === undefined
      ? latest
      : parseWindowEnd('until', until, latest, as_of === undefined ? clientClockSkewMs : 0)
  const from = isDuration(since) ? to - parseDuration(since) : parseInstant(since)
  if (from >= to) throw new WindowError(`since (${formatTime(from)}) must be earlier than ${formatTime(to)}.`)
  if (to - from > maxWindowMs) {
    throw new WindowError(
      `From ${formatTime(from)} to ${formatTime(to)} is longer than 90 days. Use a shorter window.`
    )
  }
  return { from, to }
}

/**
 * `window` limited to what news fetched at `fetchedAtMs` covers. If `since` is a duration, the start moves back with the
 * end.
 * @throws {WindowError} if the window starts after the fetch.
 */
export function clampToFetchTime(fetchedAtMs: number, window: Window, { since }: WindowInput): Window {
  const to = Math.min(window.to, floorTo(fetchedAtMs, 1000))
  const from = isDuration(since) ? to - (window.to - window.from) : window.from
  if (from >= to) {
    throw new WindowError(
      `The cached news ends at ${formatTime(to)}. Use an earlier since, or try again later.`
    )
  }
  return { from, to }
}

/** The articles published in `window`. */
export function articlesIn(articles: readonly Article[], { from, to }: Window): Article[] {
  return articles.filter(({ publishedMs }) => publishedMs >= from && publishedMs <= to)
}

function parseWindowEnd(name: string, text: string, latest: number, skewMs: number): number {
  if (isDuration(text)) return latest - parseDuration(text)
  const start = parseInstant(text)
  if (start > latest + skewMs) {
    throw new WindowError(
      `${name} (${formatTime(start)}) is later than ${formatTime(latest)}. Use an earlier time.`
    )
  }
  return Math.min(/t/i.test(text) ? start : start + dayMs - 1000, latest)
}

function parseDuration(text: string): number {
  const [, amount, unit = ''] = durationPattern.exec(text) ?? []
  return Number(amount) * (unitMs[unit.toLowerCase()] ?? Number.NaN)
}

function parseInstant(text: string): number {
  return Date.parse(/T[^Z+-]*$/i.test(text) ? `${text}Z` : text)
}
