import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { ResponseCache } from '../../services/mcp/response-cache.ts'
import { mirror } from '../support/direct-way.ts'
import { callEcho, cancellation, createEcho, openPost, readResponse } from '../support/echo.ts'
import { asRequest, type Era, parseEvents } from '../support/rpc.ts'
import { startServer } from '../support/server.ts'

/** The request IDs. Many IDs collide, but some identify one request and can be cancelled. */
const ids = fc.oneof(fc.constantFrom<string | number>(1, '1', 2, 0, -1, '', 'a b'), fc.nat({ max: 10_000 }))
const exchangeArbitrary = fc.record({
  era: fc.constantFrom<Era>('legacy', 'legacy', 'modern'),
  caller: fc.nat({ max: 2 }),
  /** Several IDs form a batch, which only the legacy era supports. */
  ids: fc.uniqueArray(ids, { minLength: 1, maxLength: 4 }),
  progressToken: fc.option(fc.constantFrom<string | number>(1, '1', 'p', 0), { nil: undefined }),
  accept: fc.constantFrom('application/json', 'text/event-stream', 'application/json, text/event-stream'),
  steps: fc.nat({ max: 3 }),
  waitMs: fc.nat({ max: 12 }),
  isHeld: fc.constantFrom(true, true, false),
  action: fc.constantFrom('read', 'read', 'read', 'read', 'disconnect', 'cancel')
})
type Planned = typeof exchangeArbitrary extends fc.Arbitrary<infer Value> ? Value : never
/** A question that several callers ask: all but the first get a cached response. */
const questionArbitrary = fc.record({
  era: fc.constantFrom<Era>('legacy', 'modern'),
  caller: fc.nat({ max: 2 }),
  id: ids,
  mark: fc.nat({ max: 20 })
})
type Question = typeof questionArbitrary extends fc.Arbitrary<infer Value> ? Value : never

const subjects = ['usr_0', 'usr_1', 'usr_2']

/** Checks each message of a response. Returns the ids of the requests without a response. */
function checkMessages(
  messages: Record<string, unknown>[],
  { caller, progressToken }: Planned,
  requests: readonly { id: string | number; mark: string }[]
) {
  const unanswered = new Map(requests.map(({ id, mark }) => [id, mark]))
  for (const message of messages) {
    if (message.method) {
      const { progressToken: token, message: mark } = message.params as Record<string, unknown>
      if (token === progressToken && [...unanswered.values()].includes(String(mark))) continue
      throw new Error(`a notification of another exchange: ${JSON.stringify(message)}`)
    }
    const { structuredContent } = message.result as { structuredContent: { mark: string; subject: string } }
    const id = message.id as string | number
    if (structuredContent.mark !== unanswered.get(id) || structuredContent.subject !== subjects[caller]) {
      throw new Error(`a response of another exchange: ${JSON.stringify(message)}`)
    }
    unanswered.delete(id)
  }
  return [...unanswered.keys()]
}

t.test('property: of thousands of concurrent exchanges, none receives a message of another', async (t) => {
  const { echo, tool } = createEcho()
  const server = await startServer(t, { LOG_LEVEL: 'error' }, { tools: [tool, mirror] })
  const tokens = await Promise.all(subjects.map((sub) => server.signToken({ sub })))
  const agent = new Agent({ keepAlive: true, maxSockets: 1500 })
  const questionAgent = new Agent({ keepAlive: true, maxSockets: 100 })
  t.teardown(() => agent.destroy())
  t.teardown(() => questionAgent.destroy())
  const lookups = t.capture(ResponseCache.prototype, 'find', ResponseCache.prototype.find)
  let responses = 0
  let cancellations = 0
  let maxConcurrent = 0
  let reused = 0

  /** Holds the calls until a thousand run together. */
  async function holdCalls() {
    for (const deadline = Date.now() + 20_000; echo.running.size < 1000; await sleep(10)) {
      if (Date.now() > deadline) break
    }
    maxConcurrent = Math.max(maxConcurrent, echo.running.size)
    echo.release.resolve()
  }

  async function run(planned: Planned, index: number, cancelled: ReadonlySet<string>) {
    const { era, caller, progressToken, accept, steps, waitMs, isHeld, action } = planned
    const requests = (era === 'legacy' ? planned.ids : planned.ids.slice(0, 1)).map((id) => ({
      id,
      mark: `${index} ${JSON.stringify(id)}`
    }))
    const calls = requests.map(({ id, mark }) =>
      callEcho(era, { id, args: { mark, steps, waitMs, isHeld }, progressToken })
    )
    const [{ body, headers }] = calls as [ReturnType<typeof callEcho>]
    const post = { headers, body: calls.length === 1 ? body : calls.map((call) => call.body) }
    const credentials = { port: server.port, token: tokens[caller] ?? '' }
    const opened = openPost(credentials, post, accept, agent)
    const response = readResponse(opened)
    if (action === 'disconnect') {
      await Promise.race([response, sleep(waitMs)]).catch(() => {})
      opened.destroy()
      return
    }
    if (action === 'cancel') {
      const message = { headers: {}, body: cancellation(planned.ids[0]) }
      const { status } = await readResponse(openPost(credentials, message, accept, agent))
      if (status !== 202) throw new Error('a cancellation was not accepted')
    }
    const received = await response
    const isStream = received.headers['content-type'] === 'text/event-stream'
    const json = received.body && !isStream ? [JSON.parse(received.body)].flat() : []
    const unanswered = checkMessages(isStream ? parseEvents(received.body) : json, planned, requests)
    responses += requests.length - unanswered.length
    cancellations += unanswered.length
    for (const id of unanswered) {
      if (era === 'legacy' && cancelled.has(JSON.stringify([caller, id]))) continue
      throw new Error(
        `no response to ${JSON.stringify(id)}, which was not cancelled: ${received.status} ${received.body}`
      )
    }
  }

  async function ask({ era, caller, id, mark }: Question) {
    const params = { name: 'mirror', arguments: { a: mark } }
    const post = asRequest(era, { id, method: 'tools/call', params })
    const credentials = { port: server.port, token: tokens[caller] ?? '' }
    const { body } = await readResponse(openPost(credentials, post, undefined, questionAgent))
    const received = JSON.parse(body)
    const { content, resultType } = received.result
    const [{ text }] = content
    const isOwn =
      received.id === id &&
      text === `{"a":"${mark}"}` &&
      resultType === (era === 'modern' ? 'complete' : undefined)
    if (!isOwn) throw new Error(`a response to another question: ${body}`)
  }

  const many = { minLength: 1500, maxLength: 1500, size: 'max' } as const
  const property = fc.asyncProperty(
    fc.array(exchangeArbitrary, many),
    fc.array(questionArbitrary, many),
    async (plan, questions) => {
      const cancelled = new Set(
        plan
          .filter(({ action }) => action === 'cancel')
          .map(({ caller, ids: [id] }) => JSON.stringify([caller, id]))
      )
      echo.release = Promise.withResolvers()
      const held = holdCalls()
      await Promise.all([
        ...plan.map((planned, index) => run(planned, index, cancelled)),
        ...questions.map((question) => ask(question))
      ])
      reused += lookups().filter((lookup) => 'returned' in lookup && lookup.returned).length
      await held
      await echo.settled()
    }
  )
  const seed = Number(process.env.FAST_CHECK_SEED) || Date.now()
  t.comment(`seed ${seed}`)
  const rounds = process.env.EXCHANGES ? 3 : 1
  await fc.assert(property, { seed, numRuns: rounds, endOnFailure: true })

  t.comment(
    `${responses} responses, ${cancellations} cancelled, ${maxConcurrent} requests open at once, ${reused} cached responses`
  )
  t.ok(responses > 1500 * rounds && cancellations > 10 && maxConcurrent >= 1000)
  t.ok(reused > 1000 * rounds)
})
