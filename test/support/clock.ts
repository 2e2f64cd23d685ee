import type { Test } from './temp.ts'

/**
 * Stops the clocks of this process until the end of `t`, for servers that start later in the test. The test moves the
 * returned clock.
 */
export function stopClock(t: Test): { now: number } {
  const wall = Date.now
  const monotonic = performance.now
  const clock = { now: Date.now() }
  const offset = performance.now() - clock.now
  Date.now = () => clock.now
  performance.now = () => clock.now + offset
  t.teardown(() => {
    Date.now = wall
    performance.now = monotonic
  })
  return clock
}
