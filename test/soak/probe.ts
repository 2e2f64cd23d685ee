import { readdirSync } from 'node:fs'

/** What a process has at rest, once its garbage is gone. */
export interface Measure {
  heapBytes: number
  /** Outside of the heap: buffers, and what native code has for JavaScript. */
  externalBytes: number
  rssBytes: number
  descriptors: number
  /** What keeps the event loop going. */
  resources: string[]
}

// Loaded into the server's process before the server itself (`--import`), with `--expose-gc`: only from within can it be
// told what is garbage.
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
// The server ends when it has nothing left to do, as it would without this.
process.channel?.unref()
