import fc from 'fast-check'
import t, { type Test } from 'tap'
import { ResponseCache } from '../../services/mcp/response-cache.ts'
import { catalogEntries } from '../support/catalog-entries.ts'
import { stopClock } from '../support/clock.ts'
import {
  createClient,
  mirror,
  type Question,
  questionArbitrary,
  scopedMirror,
  toRequest
} from '../support/direct-way.ts'
import { startServer } from '../support/server.ts'

t.setTimeout(480_000)

/** Starts a server and a client with callers of different scopes. */
async function start(t: Test, cachedResponses: 'together' | 'off') {
  const server = await startServer(
    t,
    {
      LOG_LEVEL: 'fatal',
      RATE_LIMIT_PER_MINUTE: '1000000',
      // News is stale after a few questions; later, no calls are left.
      CACHE_TTL_MS: '5000',
      CACHE_SOFT_TIMEOUT_MS: '60000',
      ALPHA_VANTAGE_CALLS_PER_DAY: '60'
    },
    { ...catalogEntries, tools: [mirror, scopedMirror], cachedResponses }
  )
  const client = createClient(server, {
    reader: server.token,
    'another reader': await server.signToken({ sub: 'usr_2' }),
    admin: await server.signToken({ sub: 'usr_3', scope: 'news:read news:admin' }),
    'without a scope': await server.signToken({ scope: 'openid' })
  })
  t.teardown(client.close)
  return client
}

t.test('property: thousands of requests have the same responses with and without cached ones', async (t) => {
  // Both servers fetch the same news, and answer in the same second.
  const clock = stopClock(t)
  const lookups = t.capture(ResponseCache.prototype, 'find', ResponseCache.prototype.find)
  const [direct, slow] = await Promise.all([start(t, 'together'), start(t, 'off')])
  const statuses = new Map<number, number>()
  let requests = 0
  let reused = 0

  async function ask(question: Question, index: number) {
    clock.now += question.waitMs
    const request = toRequest(question, index)
    const [received, expected] = await Promise.all([
      direct.send(request, question.caller),
      slow.send(request, question.caller)
    ])
    const { status } = JSON.parse(expected) as { status: number }
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    requests += 1
    reused += lookups().filter((lookup) => 'returned' in lookup && lookup.returned).length
    if (received === expected) return
    throw new Error(
      `${question.caller}, ${JSON.stringify(request)}\nreceived ${received}\nexpected ${expected}`
    )
  }

  const property = fc.asyncProperty(
    fc.array(questionArbitrary, { minLength: 10, maxLength: 10 }),
    async (plan) => {
      for (const index of [0, 1, 2, 3]) for (const question of plan) await ask(question, index)
    }
  )
  const seed = Number(process.env.FAST_CHECK_SEED) || clock.now
  t.comment(`seed ${seed}`)
  await fc.assert(property, { seed, numRuns: process.env.EXCHANGES ? 600 : 100, endOnFailure: true })

  t.comment(`${requests} requests, ${reused} with a cached response; ${JSON.stringify([...statuses])}`)
  t.ok(requests >= 4000 && reused > requests / 10)
  for (const status of [200, 400, 401, 403, 404]) t.ok(statuses.get(status), `status ${status}`)
})
