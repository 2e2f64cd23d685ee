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

// Loaded into the server's process before the server (`--import`), with `--expose-gc`: only the process itself can collect
// its garbage.
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
