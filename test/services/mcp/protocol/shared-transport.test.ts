import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { z } from 'zod'
import { defineTool } from '../../../../services/mcp/primitives/tool.ts'
import { asRequest, type Era, eras, parseEvents } from '../../../support/rpc.ts'
import { startServer, type TestServer } from '../../../support/server.ts'
import { holdBack } from '../../../support/slow-body.ts'
import { until } from '../../../support/until.ts'

const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }

/** A tool that says who called it and with which mark, with as many notes and as slowly as it is asked to. */
function createEcho() {
  const echo = {
    /** The marks of the calls that run, and of those whose signals aborted. */
    running: new Set<string>(),
    aborted: new Set<string>(),
    started: (_mark: string) => {},
    release: Promise.withResolvers<void>(),
    /** Waits until no call runs any more. */
    settled: () => until(() => echo.running.size === 0)
  }
  const tool = defineTool({
    name: 'echo',
    title: 'Echo',
    description: 'Echoes.',
    annotations,
    inputSchema: z.strictObject({
      mark: z.string(),
      steps: z.int().default(0),
      waitMs: z.int().default(0),
      isHeld: z.boolean().default(false)
    }),
    outputSchema: z.object({ mark: z.string(), subject: z.string() }),
    async handler({ mark, steps, waitMs, isHeld }, { auth, signal, reportProgress }) {
      echo.running.add(mark)
      if (signal.aborted) echo.aborted.add(mark)
      const aborted = once(signal, 'abort').then(() => echo.aborted.add(mark))
      echo.started(mark)
      try {
        signal.throwIfAborted()
        for (let progress = 1; progress <= steps; progress += 1) {
          await sleep(waitMs)
          await reportProgress({ progress, total: steps, message: mark })
        }
        if (isHeld) await Promise.race([echo.release.promise, aborted])
        return { text: mark, structuredContent: { mark, subject: auth.subject } }
      } finally {
        echo.running.delete(mark)
      }
    }
  })
  return { echo, tool }
}

/** A tool by the same name that sends notes of 100 kB. */
function createFlood(flood: (note: (progress: number) => Promise<void>) => Promise<void>) {
  const message = 'x'.repeat(100_000)
  return defineTool({
    name: 'echo',
    title: 'Flood',
    description: 'Floods.',
    annotations,
    inputSchema: z.strictObject({}),
    async handler(_input, { reportProgress }) {
      await flood((progress) => reportProgress({ progress, message }))
      return { text: 'done' }
    }
  })
}

interface Sent {
  id?: string | number
  args: Record<string, unknown>
  progressToken?: string | number | undefined
}

const callEcho = (era: Era, { id = 1, args, progressToken }: Sent) =>
  asRequest(era, {
    id,
    method: 'tools/call',
    params: {
      name: 'echo',
      arguments: args,
      ...(progressToken !== undefined && { _meta: { progressToken } })
    }
  })

/** A POST whose socket is in the test's hands. */
function open(
  { port, token }: Pick<TestServer, 'port' | 'token'>,
  { body, headers }: { body: unknown; headers: Record<string, string> },
  accept = 'application/json, text/event-stream',
  agent?: Agent
): ClientRequest {
  const opened = request({
    host: 'localhost',
    port,
    path: '/mcp',
    method: 'POST',
    agent,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept, ...headers }
  })
  opened.on('error', () => {}) // some are cut off on purpose
  opened.end(JSON.stringify(body))
  return opened
}

async function answerOf(opened: ClientRequest) {
  const [response] = (await once(opened, 'response')) as [IncomingMessage]
  return { status: response.statusCode, headers: response.headers, body: await text(response) }
}

const cancellation = (requestId: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId }
})

/** A server with the tool, and a call that is held until `echo.release` resolves. */
async function startHolding(t: Test, environment = {}) {
  const { echo, tool } = createEcho()
  const server = await startServer(t, environment, { tools: [tool] })
  t.teardown(() => echo.release.resolve())
  const hold = async (
    era: Era,
    { token = server.token, accept, ...sent }: { token?: string; accept?: string } & Partial<Sent>
  ) => {
    const started = Promise.withResolvers<void>()
    const mark = String(sent.args?.mark ?? 'held')
    echo.started = (one) => void (one === mark && started.resolve())
    const opened = open(
      { port: server.port, token },
      callEcho(era, { ...sent, args: { mark, isHeld: true, ...sent.args } }),
      accept
    )
    const answer = answerOf(opened)
    answer.catch(() => {}) // of one that is cut off, nobody asks
    await started.promise
    return { opened, answer }
  }
  return { ...server, echo, hold }
}

for (const era of eras) {
  t.test(`${era}: a caller who leaves aborts the handler's signal, before and during a stream`, async (t) => {
    const { echo, hold } = await startHolding(t)

    const quiet = await hold(era, { args: { mark: 'quiet' } })
    const noisy = await hold(era, { args: { mark: 'noisy', steps: 1 }, progressToken: 1 })
    await once(noisy.opened, 'response')
    quiet.opened.destroy()
    noisy.opened.destroy()

    await echo.settled()
    t.same([...echo.aborted].toSorted(), ['noisy', 'quiet'])
  })

  t.test(`${era}: an answer that takes long becomes a stream with comments that keep it open`, async (t) => {
    const { echo, hold } = await startHolding(t, { SSE_KEEP_ALIVE_MS: '20' })

    const both = await hold(era, { args: { mark: 'both' } })
    const json = await hold(era, { args: { mark: 'json' }, accept: 'application/json' })
    const [response] = (await once(both.opened, 'response')) as [IncomingMessage]
    // Two signs of life; on a busy machine they may come together.
    let received = ''
    while (received.split(': keep-alive').length < 3) received += String((await once(response, 'data'))[0])
    echo.release.resolve()

    t.match(response.headers, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
    const { body } = await both.answer
    t.match(body, /^(: keep-alive\n\n)+event: message\ndata: .*\n\n$/)
    t.match(parseEvents(body), [{ id: 1, result: { structuredContent: { mark: 'both' } } }])
    const asked = await json.answer
    t.match(asked.headers['content-type'], 'application/json', 'who takes no streams gets none')
    t.match(JSON.parse(asked.body), { id: 1, result: { structuredContent: { mark: 'json' } } })
  })

  t.test(
    `${era}: a caller who does not read slows the handler down, and misses nothing that was sent`,
    async (t) => {
      let sent = 0
      const tool = createFlood(async (note) => {
        for (sent = 1; sent <= 200; sent += 1) await note(sent)
      })
      const server = await startServer(t, {}, { tools: [tool] })
      const call = callEcho(era, { args: {}, progressToken: 'p' })
      const inBase64 = `=?base64?${Buffer.from('echo').toString('base64')}?=`
      const encoded = { ...call, headers: { ...call.headers, 'mcp-name': inBase64 } }

      for (const called of era === 'legacy' ? [call] : [call, encoded]) {
        const opened = open(server, called)
        const [response] = (await once(opened, 'response')) as [IncomingMessage]
        for (let before = -1; before !== sent; ) {
          before = sent
          await sleep(200)
        }
        t.ok(sent < 200, `the handler waits after ${sent} of 200 notes`)
        const messages = parseEvents(await text(response))

        t.same(
          messages.slice(0, 200).map((note) => (note.params as { progress: number }).progress),
          Array.from({ length: 200 }, (_, index) => index + 1)
        )
        t.match(messages[200], { id: 1, result: { content: [{ text: 'done' }] } })
      }
    }
  )

  t.test(`${era}: notes that a handler does not wait for do not pile up`, async (t) => {
    const finished = Promise.withResolvers<void>()
    const tool = createFlood(async (note) => {
      const sent = Array.from({ length: 1000 }, (_, index) => note(index + 1))
      finished.resolve()
      await Promise.all(sent)
    })
    const server = await startServer(t, {}, { tools: [tool] })

    const opened = open(server, callEcho(era, { args: {}, progressToken: 'p' }))
    await finished.promise
    const messages = parseEvents((await answerOf(opened)).body)

    t.ok(messages.length < 100, `${messages.length - 1} of 1000 notes were sent`)
    t.match(messages.at(-1), { id: 1, result: { content: [{ text: 'done' }] } })
  })

  t.test(`${era}: a request that arrives in full after the grace period is told so, too`, async (t) => {
    const server = await startHolding(t, { SHUTDOWN_GRACE_MS: '100' })
    const [finish] = await holdBack(server, [callEcho(era, { args: { mark: 'late' } })])

    const closed = server.app.close()
    await sleep(200)

    t.match(await finish?.(), {
      status: 503,
      body: { id: 1, error: { code: -32000, message: /shutting down/ } }
    })
    await closed
  })

  t.test(`${era}: at shutdown an open request may finish`, async (t) => {
    const { app, echo, hold } = await startHolding(t)

    const { answer } = await hold(era, {})
    const closed = app.close()
    echo.release.resolve()

    t.match(JSON.parse((await answer).body), { id: 1, result: { structuredContent: { mark: 'held' } } })
    await closed
  })

  t.test(
    `${era}: what is open at the end of the grace period is told so, and streams end cleanly`,
    async (t) => {
      const { app, echo, hold } = await startHolding(t, { SHUTDOWN_GRACE_MS: '100' })

      const json = await hold(era, { args: { mark: 'json' }, id: 'j' })
      const stream = await hold(era, { args: { mark: 'stream', steps: 1 }, id: 's', progressToken: 1 })
      await app.close()

      const told = { error: { code: -32000, message: /shutting down/ } }
      const first = await json.answer
      t.equal(first.status, 503)
      t.match(JSON.parse(first.body), { id: 'j', ...told })
      t.match(parseEvents((await stream.answer).body), [
        { method: 'notifications/progress' },
        { id: 's', ...told }
      ])
      t.same([...echo.aborted].toSorted(), ['json', 'stream'])
    }
  )
}

t.test(
  'a cancellation reaches the request of its caller and id: its signal aborts, and nothing is answered',
  async (t) => {
    const { echo, hold, post } = await startHolding(t)
    const json = await hold('legacy', { id: 'a', args: { mark: 'json' } })
    const stream = await hold('legacy', { id: 'b', args: { mark: 'stream', steps: 1 }, progressToken: 1 })

    for (const id of ['a', 'b']) {
      const response = await post(cancellation(id))
      t.equal(response.status, 202)
      t.equal(await response.text(), '')
    }

    const { status, body } = await json.answer
    t.equal(status, 202)
    t.equal(body, '')
    t.match(parseEvents((await stream.answer).body), [{ method: 'notifications/progress' }])
    t.same([...echo.aborted].toSorted(), ['json', 'stream'])
  }
)

t.test(
  "a cancellation never reaches another caller's request, nor one of two that it may mean",
  async (t) => {
    const { echo, hold, post, signToken } = await startHolding(t)
    const token = await signToken({ sub: 'usr_2' })
    const other = await hold('legacy', { id: 1, token, args: { mark: 'other' } })
    const modern = await hold('modern', { id: 1, args: { mark: 'modern' } })
    const first = await hold('legacy', { id: 2, args: { mark: 'first' } })
    const second = await hold('legacy', { id: 2, args: { mark: 'second' } })
    const text = await hold('legacy', { id: '3', args: { mark: 'text' } })

    for (const id of [1, 2, 3, undefined, null, {}]) t.equal((await post(cancellation(id))).status, 202)
    t.equal((await post({ jsonrpc: '2.0', method: 'notifications/cancelled' })).status, 202)
    echo.release.resolve()

    for (const [mark, { answer }] of Object.entries({ other, modern, first, second, text })) {
      t.match(JSON.parse((await answer).body), { result: { structuredContent: { mark } } }, mark)
    }
    t.equal(echo.aborted.size, 0)
  }
)

t.test('a cancellation is of the same token, however its scheme is written', async (t) => {
  const { echo, hold, post, token, signToken } = await startHolding(t)
  const another = await signToken({ jti: 'another' })
  const other = await hold('legacy', { id: 1, token: another, args: { mark: 'other' } })
  const own = await hold('legacy', { id: 2, args: { mark: 'own' } })

  await post(cancellation(1))
  await post(cancellation(2), { authorization: `bearer ${token}` })

  t.equal((await own.answer).status, 202)
  echo.release.resolve()
  t.match(JSON.parse((await other.answer).body), { result: { structuredContent: { mark: 'other' } } })
})

t.test('a request that is cancelled in its own batch gets no answer, the others do', async (t) => {
  const { echo, post } = await startHolding(t)
  const { body: held } = callEcho('legacy', { id: 1, args: { mark: 'held', isHeld: true } })
  const { body: quick } = callEcho('legacy', { id: 2, args: { mark: 'quick' } })

  const response = await post([held, quick, cancellation(1)])

  t.match(await response.json(), [{ id: 2, result: { structuredContent: { mark: 'quick' } } }])
  await echo.settled()
  t.ok(echo.aborted.has('held'))
})

/** Many that collide, and some that a cancellation can mean. */
const ids = fc.oneof(fc.constantFrom<string | number>(1, '1', 2, 0, -1, '', 'a b'), fc.nat({ max: 10_000 }))
const planArbitrary = fc.record({
  era: fc.constantFrom<Era>('legacy', 'legacy', 'modern'),
  caller: fc.nat({ max: 2 }),
  /** More than one is a batch, which only the legacy era has. */
  ids: fc.uniqueArray(ids, { minLength: 1, maxLength: 4 }),
  progressToken: fc.option(fc.constantFrom<string | number>(1, '1', 'p', 0), { nil: undefined }),
  accept: fc.constantFrom('application/json', 'text/event-stream', 'application/json, text/event-stream'),
  steps: fc.nat({ max: 3 }),
  waitMs: fc.nat({ max: 12 }),
  isHeld: fc.constantFrom(true, true, false),
  fate: fc.constantFrom('read', 'read', 'read', 'read', 'leave', 'cancel')
})

t.test('of thousands of concurrent exchanges none crosses another', async (t) => {
  const { echo, tool } = createEcho()
  const server = await startServer(t, { LOG_LEVEL: 'error' }, { tools: [tool] })
  const subjects = ['usr_0', 'usr_1', 'usr_2']
  const tokens = await Promise.all(subjects.map((sub) => server.signToken({ sub })))
  const agent = new Agent({ keepAlive: true, maxSockets: 1500 })
  t.teardown(() => agent.destroy())
  let answers = 0
  let cancellations = 0
  let mostAtOnce = 0

  const property = fc.asyncProperty(
    fc.array(planArbitrary, { minLength: 1500, maxLength: 1500, size: 'max' }),
    async (plans) => {
      const cancelled = new Set(
        plans.flatMap(({ fate, caller, ids: [id] }) =>
          fate === 'cancel' ? [JSON.stringify([caller, id])] : []
        )
      )
      echo.release = Promise.withResolvers()
      const held = (async () => {
        for (const deadline = Date.now() + 20_000; echo.running.size < 1000; await sleep(10)) {
          if (Date.now() > deadline) break
        }
        mostAtOnce = Math.max(mostAtOnce, echo.running.size)
        echo.release.resolve()
      })()
      await Promise.all(
        plans.map(async ({ era, caller, ids, progressToken, accept, steps, waitMs, isHeld, fate }, index) => {
          const asked = (era === 'legacy' ? ids : ids.slice(0, 1)).map((id) => ({
            id,
            mark: `${index} ${JSON.stringify(id)}`
          }))
          const bodies = asked.map(({ id, mark }) =>
            callEcho(era, { id, args: { mark, steps, waitMs, isHeld }, progressToken })
          )
          const [{ body, headers }] = bodies as [ReturnType<typeof callEcho>]
          const sent = { headers, body: bodies.length === 1 ? body : bodies.map((one) => one.body) }
          const credentials = { port: server.port, token: tokens[caller] ?? '' }
          const opened = open(credentials, sent, accept, agent)
          const answer = answerOf(opened)
          if (fate === 'leave') {
            await Promise.race([answer, sleep(waitMs)]).catch(() => {})
            opened.destroy()
            return
          }
          if (fate === 'cancel') {
            const note = open(credentials, { headers: {}, body: cancellation(ids[0]) }, accept, agent)
            if ((await answerOf(note)).status !== 202) throw new Error('a cancellation was not accepted')
          }

          const got = await answer
          const isStream = got.headers['content-type'] === 'text/event-stream'
          const messages = isStream ? parseEvents(got.body) : got.body ? [JSON.parse(got.body)].flat() : []
          const unanswered = new Map(asked.map(({ id, mark }) => [id, mark]))
          for (const message of messages) {
            if (message.method) {
              const { progressToken: token, message: mark } = message.params
              if (token !== progressToken || ![...unanswered.values()].includes(mark)) {
                throw new Error(`a note that is none of its own: ${JSON.stringify(message)}`)
              }
              continue
            }
            const { mark, subject } = message.result.structuredContent
            if (mark !== unanswered.get(message.id) || subject !== subjects[caller]) {
              throw new Error(`an answer that is none of its own: ${JSON.stringify(message)}`)
            }
            unanswered.delete(message.id)
            answers += 1
          }
          for (const id of unanswered.keys()) {
            cancellations += 1
            if (era === 'modern' || !cancelled.has(JSON.stringify([caller, id]))) {
              throw new Error(
                `no answer to ${JSON.stringify(id)}, which nobody cancelled: ${got.status} ${got.body}`
              )
            }
          }
        })
      )
      await held
      await echo.settled()
    }
  )
  const seed = Number(process.env.FAST_CHECK_SEED) || Date.now()
  t.comment(`seed ${seed}`)
  const rounds = process.env.EXCHANGES ? 3 : 1
  await fc.assert(property, { seed, numRuns: rounds, endOnFailure: true })

  t.comment(`${answers} answers, ${cancellations} cancelled, ${mostAtOnce} requests open at once`)
  t.ok(answers > 1500 * rounds && cancellations > 10 && mostAtOnce >= 1000)
})
