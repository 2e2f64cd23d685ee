/** Loaded before every server: tells the benchmark what its process has used, and ends together with the benchmark. */
process.on('message', ({ collectGarbage }: { collectGarbage: boolean }) => {
  if (collectGarbage) globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ cpuMicroseconds: user + system, rss, heapUsed })
})
process.once('disconnect', () => process.exit())
