import type { UpstreamWindow } from '../alpha-vantage/client.ts'
import { dayMs, floorTo, formatTime, minuteMs, toIsoSeconds } from '../lib/time.ts'
import type { Window } from './window.ts'

const liveDays = [1, 7, 30, 90]

/** The windows up to now that contain `from`, shortest first: 24 hours, 7, 30 or 90 days. */
export function liveWindows(from: number, at: number): UpstreamWindow[] {
  const now = floorTo(at, 1000)
  return liveDays
    .filter((days) => now - days * dayMs <= from)
    .map((days) => ({ name: `${days}d`, from: floorTo(now - days * dayMs, minuteMs) }))
}

/** Whether `window` needs news up to now: its last day (UTC) is not over. */
export function isLive({ to }: Window, now: number): boolean {
  return to >= floorTo(now, dayMs)
}

/** The whole days (UTC) that contain `window`. */
export function wholeDays(window: Window, now: number): UpstreamWindow {
  const from = floorTo(window.from, dayMs)
  const to = floorTo(window.to, dayMs) + dayMs
  const name = `${toIsoSeconds(from).slice(0, 10)}/${toIsoSeconds(to).slice(0, 10)}`
  return { name, from, ...(to <= now && { to }) }
}

/** `requested`, but only up to the minute in which `window` ends. */
export function narrowToWindowEnd(window: Window, requested: UpstreamWindow): UpstreamWindow {
  const to = floorTo(window.to, minuteMs) + minuteMs
  return { name: `${requested.name} to ${formatTime(to)}`, from: requested.from, to }
}
