import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import type { Outcome } from './caller.ts'
import type { CompletedRequest } from './checks.ts'
import { disconnectScenarios } from './disconnect-scenarios.ts'
import { eraScenarios } from './era-scenarios.ts'
import type { Fleet } from './fleet.ts'
import { createRandom } from './random.ts'
import { rejectedScenarios } from './rejected-scenarios.ts'
import type { Scenario } from './scenario.ts'
import { sdkScenarios } from './sdk-scenarios.ts'
import { singleEraScenarios } from './single-era-scenarios.ts'
import { streamScenarios } from './stream-scenarios.ts'
import type { Tokens } from './tokens.ts'

const scenarios: Scenario[] = [
  ...eraScenarios,
  ...singleEraScenarios,
  ...rejectedScenarios,
  ...streamScenarios,
  ...disconnectScenarios,
  ...sdkScenarios
]
const callerCount = 20
const subjectCount = 8
const maxPauseMs = 300
/** The maximum pause after a failed connection. */
const maxRetryPauseMs = 1000

/** Runs callers with random scenarios for `forMs`. Resolves when all have finished. */
export async function runLoad(
  { replicas }: Fleet,
  {
    tokens,
    seed,
    forMs,
    signal,
    onComplete
  }: {
    tokens: Tokens
    seed: number
    forMs: number
    signal: AbortSignal
    onComplete(request: CompletedRequest, outcome: Outcome): void
  }
) {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  const until = performance.now() + forMs
  const weightedScenarios = scenarios.flatMap((scenario) =>
    Array<Scenario>(Math.ceil(scenario.weight * 10)).fill(scenario)
  )

  async function call(index: number) {
    const random = createRandom(seed * callerCount + index)
    while (performance.now() < until && !signal.aborted) {
      const { name: scenario, expected, needs, run } = random.pick(weightedScenarios)
      const replica = random.pick(replicas)
      const from = performance.now()
      const outcome = await run({
        subject: `usr_${index % subjectCount}`,
        random,
        tokens,
        replica,
        agent
      })
      const to = performance.now()
      const lastFrom = outcome.from ?? from
      onComplete(
        { scenario, expected, needs, replica: replica.name, summary: outcome.summary, from, to, lastFrom },
        outcome
      )
      await sleep(random.between(0, outcome.summary.startsWith('gone') ? maxRetryPauseMs : maxPauseMs))
    }
  }

  await Promise.all(Array.from({ length: callerCount }, (_, index) => call(index)))
  await agent.destroy()
}
