import { readdirSync } from 'node:fs'

/** The resources of a process after a garbage collection. */
export interface Measure {
  heapBytes: number
  /** Memory outside the heap: buffers, and native memory of JavaScript objects. */
  externalBytes: number
  rssBytes: number
  descriptors: number
  /** The resources that keep the event loop alive. */
  resources: string[]
}

// `--import` loads this module into the server's process before the server. Only the process itself can collect its
// garbage, with `--expose-gc`.
process.on('message', () => {
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  const measure: Measure = {
    heapBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
    descriptors: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo()
  }
  process.send?.(measure)
})
// Does not keep the process alive.
process.channel?.unref()
