import { setInterval } from 'node:timers/promises'
import { Agent } from 'undici'
import { callNews, type ToolResult } from '../support/rpc.ts'
import type { Test } from '../support/temp.ts'
import { type Outcome, send } from './caller.ts'
import { type CompletedRequest, isExpected } from './checks.ts'
import { createFaults } from './faults.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { type IdleMeasurement, measureIdle } from './idle.ts'
import { runLoad } from './load.ts'
import { createRandom } from './random.ts'
import { createSchedule, settleAll } from './schedule.ts'
import { createStatistics, type ScenarioStatistics } from './statistics.ts'
import { createTokens, type Tokens } from './tokens.ts'

const cycleSeconds = 60
const minCycles = 2
const scrapeIntervalMs = 5000
const maxShown = 10

/** The result of a soak run. */
export interface SoakResult {
  seed: number
  /** The duration of the load, in milliseconds. */
  loadMs: number
  scenarios: ScenarioStatistics[]
  /** The name of each injected fault. */
  faults: string[]
  unexpected: { count: number; first: (CompletedRequest & Outcome & { faults: string[] })[] }
  /** One measurement after each cycle. The first cycle warms up. */
  idle: IdleMeasurement[]
  calls: { seen: number[]; spent: number }
  exits: { code: number | null }[]
  /** The errors that the replicas logged. */
  errors: string[]
  /** Event loop delays of the replicas in seconds, one entry for each scrape. */
  delays: { p99: number; max: number }[]
}

/** Runs mixed load and injects faults. An idle measurement after each cycle shows leaks. */
export async function soak(
  t: Test,
  {
    seconds,
    seed,
    signal,
    print
  }: { seconds: number; seed: number; signal: AbortSignal; print(line: string): void }
): Promise<SoakResult> {
  const fleet = await startFleet(t)
  const tokens = await createTokens(fleet)
  const statistics = createStatistics()
  const exits: SoakResult['exits'] = []
  const unexpected: SoakResult['unexpected'] = { count: 0, first: [] }
  const faults = createFaults(fleet, { tokens, signal, onExit: ({ code }) => exits.push({ code }) })
  const schedule = createSchedule(faults, signal)
  const delays: SoakResult['delays'] = []

  function onComplete(request: CompletedRequest, { text }: Outcome) {
    statistics.record(request)
    if (isExpected(request, schedule)) return
    unexpected.count += 1
    if (unexpected.first.length >= maxShown) return
    const recentFaults = schedule.injected.filter(({ to }) => to >= request.from - 10_000)
    const faults = recentFaults.map(({ target, name, from, to }) => {
      const [start, end] = [from, to].map((time) => Math.round(time - request.from))
      return `${target} ${name}, ${start} to ${end} ms`
    })
    unexpected.first.push({ ...request, text, faults })
  }

  const cycles = Math.max(minCycles, Math.round(seconds / cycleSeconds))
  const forMs = (seconds * 1000) / cycles
  const idle: IdleMeasurement[] = []
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const done = new AbortController()
    const cycleSeed = seed * cycles + cycle
    const recording = recordDelays(fleet, delays, done.signal)
    await settleAll([
      runLoad(fleet, { tokens, seed: cycleSeed, forMs, signal, onComplete }),
      schedule.run({ seed: cycleSeed, forMs, isLast: cycle === cycles })
    ]).finally(() => done.abort())
    await recording
    signal.throwIfAborted()
    const measured = await measureIdle(fleet, idle[0])
    idle.push(measured)
    print(
      `cycle ${cycle} of ${cycles}: ${statistics.byScenario().reduce((sum, { count }) => sum + count, 0)} requests, ${unexpected.count} unexpected, heap ${(measured.steady.heapBytes / 2 ** 20).toFixed(1)} MB`
    )
  }

  return {
    seed,
    loadMs: cycles * forMs,
    scenarios: statistics.byScenario(),
    faults: schedule.injected.map(({ target, name }) => `${target}: ${name}`),
    unexpected,
    idle,
    calls: { seen: fleet.upstream.calls, ...(await readBudget(fleet, tokens)) },
    exits,
    errors: fleet.replicas.flatMap((replica) => replica.errorLines()),
    delays
  }
}

async function recordDelays({ replicas }: Fleet, delays: SoakResult['delays'], signal: AbortSignal) {
  try {
    for await (const _ of setInterval(scrapeIntervalMs, undefined, { signal })) {
      for (const replica of replicas) {
        const metrics = await replica.metrics().catch(() => undefined) // the replica is restarting
        if (!metrics) continue
        const inSeconds = (name: string) => metrics.get(`nodejs_eventloop_lag_${name}_seconds`) ?? Number.NaN
        delays.push({ p99: inSeconds('p99'), max: inSeconds('max') })
      }
    }
  } catch {
    // the cycle has ended
  }
}

/** Reads the number of counted calls. */
async function readBudget({ steady }: Fleet, tokens: Tokens) {
  const agent = new Agent()
  const caller = { subject: 'usr_0', random: createRandom(0), tokens, replica: steady, agent }
  const { params, ...request } = callNews({})
  const body = { ...request, params: { ...params, name: 'get_news_budget' } }
  const { text } = await send(caller, { body, token: await tokens.valid('usr_0') })
  await agent.destroy()
  const { structuredContent: budget = {} } = (JSON.parse(text) as { result: ToolResult }).result
  return { spent: Number(budget.spent_today) }
}
