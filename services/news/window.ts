import createError from '@fastify/error'
import type { Article } from '../alpha-vantage/article.ts'
import { dayMs, floorTo, hourMs, toIsoSeconds } from '../lib/time.ts'

/** The times of a question do not fit together. */
export const WindowError = createError('INVALID_ARGUMENTS', '%s', 400)
const units: Record<string, number> = { h: hourMs, d: dayMs, w: 7 * dayMs }

export const maxWindowMs = 90 * dayMs
/** Clocks differ a little: what is this much too late counts as the latest that there is. */
const clientClockSkewMs = 5 * 60_000

/** A span of time, both ends in it: milliseconds since 1970. */
export interface Window {
  from: number
  to: number
}

/** A window as callers ask for it: moments of ISO 8601, or spans back from there, such as `24h`, `7d` or `2w`. */
export interface WindowInput {
  /** Spans count back from `until`. */
  since: string
  /** Spans count back from `as_of`, which is also the default. */
  until?: string | undefined
  /** Nothing later is looked at; now when absent. No span. */
  as_of?: string | undefined
}

const durationPattern = /^([1-9]\d{0,3})([hdw])$/i
const instantPattern = /^2\d{3}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$/i

/** Whether `text` is a span back: hours, days or weeks, up to 90 days. */
export function isDuration(text: string): boolean {
  return durationPattern.test(text) && parseDuration(text) <= maxWindowMs
}

/** Whether `text` is a moment since 2000: a date alone or with a time, which is UTC unless it says otherwise. */
export function isInstant(text: string): boolean {
  const day = text.slice(0, 10)
  // Dates that are in no calendar would become others.
  return (
    instantPattern.test(text) &&
    !Number.isNaN(parseInstant(text)) &&
    toIsoSeconds(parseInstant(day)).startsWith(day)
  )
}

/** Whether a window that does not end now is asked for. */
export function isHistorical({ until, as_of }: WindowInput): boolean {
  return until !== undefined || as_of !== undefined
}

/**
 * The window that is asked for at the time `at`, to the second. A date alone is a whole day (UTC): from its beginning,
 * up to its last second.
 * @throws {WindowError} when the window is empty, in the future, or longer than 90 days.
 */
export function parseWindow({ since, until, as_of }: WindowInput, at: number): Window {
  const now = floorTo(at, 1000)
  const asOf = as_of === undefined ? now : parseWindowEnd('as_of', as_of, now, clientClockSkewMs)
  const to =
    until === undefined
      ? asOf
      : parseWindowEnd('until', until, asOf, as_of === undefined ? clientClockSkewMs : 0)
  const from = isDuration(since) ? to - parseDuration(since) : parseInstant(since)
  if (from >= to)
    throw new WindowError(`since (${toIsoSeconds(from)}) has to be earlier than ${toIsoSeconds(to)}.`)
  if (to - from > maxWindowMs) {
    throw new WindowError(
      `From ${toIsoSeconds(from)} to ${toIsoSeconds(to)} is longer than 90 days: ask for less at a time.`
    )
  }
  return { from, to }
}

/**
 * `window` as far as it is known to somebody who looked at `lookedAt`: a span back then counts from there.
 * @throws {WindowError} when it begins later than that.
 */
export function clampToFetchTime(lookedAt: number, window: Window, { since }: WindowInput): Window {
  const to = Math.min(window.to, floorTo(lookedAt, 1000))
  const from = isDuration(since) ? to - (window.to - window.from) : window.from
  if (from >= to) {
    throw new WindowError(
      `The news at hand goes up to ${toIsoSeconds(to)}: ask for an earlier since, or later again.`
    )
  }
  return { from, to }
}

/** Those of `articles` that were published in `window`. */
export function articlesIn(articles: readonly Article[], { from, to }: Window): Article[] {
  return articles.filter(({ publishedMs }) => publishedMs >= from && publishedMs <= to)
}

function parseWindowEnd(name: string, text: string, latest: number, skew: number): number {
  if (isDuration(text)) return latest - parseDuration(text)
  const start = parseInstant(text)
  if (start > latest + skew) {
    throw new WindowError(
      `${name} (${toIsoSeconds(start)}) is later than ${toIsoSeconds(latest)}, and nothing after that is looked at.`
    )
  }
  return Math.min(/t/i.test(text) ? start : start + dayMs - 1000, latest)
}

function parseDuration(text: string): number {
  const [, count, unit = ''] = durationPattern.exec(text) ?? []
  return Number(count) * (units[unit.toLowerCase()] ?? Number.NaN)
}

function parseInstant(text: string): number {
  return Date.parse(/T[^Z+-]*$/i.test(text) ? `${text}Z` : text)
}
