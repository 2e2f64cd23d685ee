/** Reports the resource usage of the server's process, and exits with the benchmark. Loaded before each server. */
process.on('message', ({ collectGarbage }: { collectGarbage: boolean }) => {
  if (collectGarbage) globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  process.send?.({ cpuMicroseconds: user + system, rss, heapUsed })
})
process.once('disconnect', () => process.exit())
