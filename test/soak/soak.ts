import { setInterval } from 'node:timers/promises'
import { Agent } from 'undici'
import { callNews, type ToolResult } from '../support/rpc.ts'
import type { Test } from '../support/temp.ts'
import { type Outcome, send } from './caller.ts'
import { createChance } from './chance.ts'
import { type Answered, isExpected } from './checks.ts'
import { createFaults } from './faults.ts'
import { createFigures, type KindFigures } from './figures.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { runLoad } from './load.ts'
import { type Rest, rest } from './rest.ts'
import { allOf, createSchedule } from './schedule.ts'
import { createTokens, type Tokens } from './tokens.ts'

const cycleSeconds = 60
const fewestCycles = 2
const betweenScrapesMs = 5000
const mostShown = 10

/** What a soak has shown. */
export interface Soaked {
  seed: number
  /** How long there was load, in milliseconds. */
  loadMs: number
  kinds: KindFigures[]
  /** The names of the faults, each as often as it was injected. */
  faults: string[]
  unexpected: { count: number; first: (Answered & Outcome & { faults: string[] })[] }
  /** The first one after a minute to warm up. */
  rests: Rest[]
  calls: { seen: number[]; spent: number }
  exits: { code: number | null }[]
  /** What the replicas have logged as errors. */
  errors: string[]
  /** Event loop delays of the replicas in seconds, scrape by scrape. */
  delays: { p99: number; max: number }[]
}

/** Puts the servers under mixed load while faults are injected; a quiet moment each minute shows what they keep. */
export async function soak(
  t: Test,
  {
    seconds,
    seed,
    signal,
    say
  }: { seconds: number; seed: number; signal: AbortSignal; say(line: string): void }
): Promise<Soaked> {
  const fleet = await startFleet(t)
  const tokens = await createTokens(fleet)
  const figures = createFigures()
  const exits: Soaked['exits'] = []
  const unexpected: Soaked['unexpected'] = { count: 0, first: [] }
  const faults = createFaults(fleet, { tokens, signal, onExit: ({ code }) => exits.push({ code }) })
  const schedule = createSchedule(faults, signal)
  const delays: Soaked['delays'] = []

  function onAnswer(answered: Answered, { text }: Outcome) {
    figures.record(answered)
    if (isExpected(answered, schedule)) return
    unexpected.count += 1
    if (unexpected.first.length >= mostShown) return
    const lately = schedule.injected.filter(({ to }) => to >= answered.from - 10_000)
    const faults = lately.map(({ victim, name, from, to }) => {
      const [begun, over] = [from, to].map((time) => Math.round(time - answered.from))
      return `${victim} ${name}, ${begun} to ${over} ms`
    })
    unexpected.first.push({ ...answered, text, faults })
  }

  const cycles = Math.max(fewestCycles, Math.round(seconds / cycleSeconds))
  const forMs = (seconds * 1000) / cycles
  const rests: Rest[] = []
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const done = new AbortController()
    const cycleSeed = seed * cycles + cycle
    const watching = watchDelays(fleet, delays, done.signal)
    await allOf([
      runLoad(fleet, { tokens, seed: cycleSeed, forMs, signal, onAnswer }),
      schedule.run({ seed: cycleSeed, forMs, isLast: cycle === cycles })
    ]).finally(() => done.abort())
    await watching
    signal.throwIfAborted()
    const measured = await rest(fleet, rests[0])
    rests.push(measured)
    say(
      `cycle ${cycle} of ${cycles}: ${figures.byKind().reduce((sum, { count }) => sum + count, 0)} requests, ${unexpected.count} unexpected, heap ${(measured.steady.heapBytes / 2 ** 20).toFixed(1)} MB`
    )
  }

  return {
    seed,
    loadMs: cycles * forMs,
    kinds: figures.byKind(),
    faults: schedule.injected.map(({ victim, name }) => `${victim}: ${name}`),
    unexpected,
    rests,
    calls: { seen: fleet.upstream.calls, ...(await readBudget(fleet, tokens)) },
    exits,
    errors: fleet.replicas.flatMap((replica) => replica.written()),
    delays
  }
}

async function watchDelays({ replicas }: Fleet, delays: Soaked['delays'], signal: AbortSignal) {
  try {
    for await (const _ of setInterval(betweenScrapesMs, undefined, { signal })) {
      for (const replica of replicas) {
        const metrics = await replica.metrics().catch(() => undefined) // it is being started again
        if (!metrics) continue
        const inSeconds = (name: string) => metrics.get(`nodejs_eventloop_lag_${name}_seconds`) ?? Number.NaN
        delays.push({ p99: inSeconds('p99'), max: inSeconds('max') })
      }
    }
  } catch {
    // the cycle is over
  }
}

/** How many calls the replicas count. */
async function readBudget({ steady }: Fleet, tokens: Tokens) {
  const agent = new Agent()
  const caller = { subject: 'usr_0', chance: createChance(0), tokens, replica: steady, agent }
  const { params, ...request } = callNews({})
  const body = { ...request, params: { ...params, name: 'get_news_budget' } }
  const { text } = await send(caller, { body, token: await tokens.good('usr_0') })
  await agent.destroy()
  const { structuredContent: budget = {} } = (JSON.parse(text) as { result: ToolResult }).result
  return { spent: Number(budget.spent_today) }
}
