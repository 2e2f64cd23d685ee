export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** ISO 8601, UTC, to the second. */
export function toIsoSeconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

export function floorTo(time: number, step: number): number {
  return Math.floor(time / step) * step
}

/** An age for people: `40 s`, `12 min` or `5 h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`
}
