/** Loaded before every server: reports the resource usage of its process, and exits with the benchmark. */
process.on('message', ({ collectGarbage }: { collectGarbage: boolean }) => {
  if (collectGarbage) globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ cpuMicroseconds: user + system, rss, heapUsed })
})
process.once('disconnect', () => process.exit())
