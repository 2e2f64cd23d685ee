import { alternate, connections, rounds, saturate, seconds } from './load.ts'
import { startStandIns } from './ours.ts'
import { machine, ratios, report, spread, table, toMedian } from './results.ts'
import { stopServer, waitForAnswer } from './servers.ts'
import { createToolCall } from './tool-call.ts'

/** The cost of authentication: the same tool call without authentication, with the token cache, and without the cache. */
const standIns = await startStandIns()
const withCache = await standIns.startOurs({}, { file: '../server.ts', preload: ['./open-route.ts'] })
const withoutCache = await standIns.startOurs({ TOKEN_STORE_TTL_MS: '0' })
const contenders = [
  {
    name: 'no authentication',
    server: withCache,
    toolCall: createToolCall('legacy', { path: '/open', token: withCache.token })
  },
  {
    name: 'with the token cache',
    server: withCache,
    toolCall: createToolCall('legacy', { token: withCache.token })
  },
  {
    name: 'each token verified again',
    server: withoutCache,
    toolCall: createToolCall('legacy', { token: withoutCache.token })
  }
]
for (const { server, toolCall } of contenders) await waitForAnswer(server, toolCall)
const loads = await alternate(contenders, (contender) => saturate(contender, seconds))
await Promise.all([stopServer(withCache), stopServer(withoutCache)])
await standIns.close()

const [open = []] = loads
await report(
  'Authentication',
  `\`npm ci --prefix bench && npm run --prefix bench auth\`: the same tool call (\`get_news_sentiment\` from a warm cache)
without authentication, with the cache of verified tokens, and with each token verified again by Scalekit's SDK.`,
  `${machine}; ${rounds} alternating rounds of ${seconds} s, ${connections} connections. Ratios to no authentication in the same round,
medians and ranges:`,
  table(
    ['', 'ratio of requests per second', 'ratio of CPU time per request', 'requests per second'],
    contenders.map(({ name }, index) => {
      const own = loads[index] ?? []
      return [
        name,
        spread(ratios(own, open, 'requestsPerSecond')),
        spread(ratios(own, open, 'cpu')),
        toMedian(own, 'requestsPerSecond').toFixed(0)
      ]
    })
  )
)
