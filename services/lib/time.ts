export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/** ISO 8601 in UTC, to the second, from milliseconds since 1970. */
export function toIsoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

/** Formats a time for people, as `2026-11-22 20:14 UTC`, from milliseconds since 1970 or from ISO 8601. */
export function formatTime(time: number | string): string {
  const iso = new Date(time).toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

/** Formats when to try again. Rounded up to the minute, because the time must not be too early. */
export function formatRetryTime(time: number): string {
  return formatTime(Math.ceil(time / minuteMs) * minuteMs)
}

/** The largest multiple of `step` that is not above `time`. */
export function floorTo(time: number, step: number): number {
  return Math.floor(time / step) * step
}

/** Formats an age for people: `40 s`, `12 min` or `5 h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`
}
