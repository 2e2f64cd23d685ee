import { alternate, connections } from './load.ts'
import { createSurroundings } from './ours.ts'
import { createQuestion } from './question.ts'
import { machine, ratios, report, spread, table, toMedian } from './results.ts'
import { stopServer, waitForAnswer } from './servers.ts'

/** The cost of authentication: the same tool call without a guard, with the cache of verified tokens, and without it. */
const rounds = 5
const seconds = 4

const surroundings = await createSurroundings()
const withStore = await surroundings.startOurs({}, ['./open-route.ts'])
const withoutStore = await surroundings.startOurs({ TOKEN_STORE_TTL_MS: '0' })
const contenders = [
  {
    name: 'no authentication',
    server: withStore,
    question: createQuestion('legacy', { path: '/open', token: withStore.token })
  },
  {
    name: 'with the store of good tokens',
    server: withStore,
    question: createQuestion('legacy', { token: withStore.token })
  },
  {
    name: 'every token checked again',
    server: withoutStore,
    question: createQuestion('legacy', { token: withoutStore.token })
  }
]
for (const { server, question } of contenders) await waitForAnswer(server, question)
const loads = await alternate(contenders, { rounds, seconds })
await Promise.all([stopServer(withStore), stopServer(withoutStore)])
await surroundings.close()

const [open = []] = loads
await report(
  'Authentication',
  `\`npm ci --prefix bench && npm run --prefix bench auth\`: the same tool call (\`get_news_sentiment\` from warm cache) without a
guard, with the store of good tokens, and with every token checked again by Scalekit's SDK.`,
  `${machine}; ${rounds} alternating rounds of ${seconds} s, ${connections} connections. Ratios to no authentication in the same round, medians and
ranges:`,
  table(
    ['', 'ratio of requests a second', 'ratio of CPU time a request', 'requests a second'],
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
