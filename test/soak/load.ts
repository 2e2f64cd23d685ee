import { setTimeout as sleep } from 'node:timers/promises'
import { Agent } from 'undici'
import type { Outcome } from './caller.ts'
import { createChance } from './chance.ts'
import type { Answered } from './checks.ts'
import { eraKinds } from './era-kinds.ts'
import type { Fleet } from './fleet.ts'
import type { Kind } from './kind.ts'
import { oneEraKinds } from './one-era-kinds.ts'
import { refusedKinds } from './refused-kinds.ts'
import { rudeKinds } from './rude-kinds.ts'
import { sdkKinds } from './sdk-kinds.ts'
import { streamKinds } from './stream-kinds.ts'
import type { Tokens } from './tokens.ts'

const kinds: Kind[] = [
  ...eraKinds,
  ...oneEraKinds,
  ...refusedKinds,
  ...streamKinds,
  ...rudeKinds,
  ...sdkKinds
]
const callers = 20
const subjects = 8
const longestPauseMs = 300
/** Before whoever met nobody tries again. */
const longestRetryMs = 1000

/** Callers who do all kinds of things for so long, and are gone when it resolves. */
export async function runLoad(
  { replicas }: Fleet,
  {
    tokens,
    seed,
    forMs,
    signal,
    onAnswer
  }: {
    tokens: Tokens
    seed: number
    forMs: number
    signal: AbortSignal
    onAnswer(answered: Answered, outcome: Outcome): void
  }
) {
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  const until = performance.now() + forMs
  const bag = kinds.flatMap((kind) => Array<Kind>(Math.ceil(kind.weight * 10)).fill(kind))

  async function call(index: number) {
    const chance = createChance(seed * callers + index)
    while (performance.now() < until && !signal.aborted) {
      const { name: kind, expected, needs, run } = chance.pick(bag)
      const replica = chance.pick(replicas)
      const from = performance.now()
      const outcome = await run({ subject: `usr_${index % subjects}`, chance, tokens, replica, agent })
      const to = performance.now()
      const lastFrom = outcome.from ?? from
      onAnswer(
        { kind, expected, needs, replica: replica.name, said: outcome.said, from, to, lastFrom },
        outcome
      )
      await sleep(chance.between(0, outcome.said.startsWith('gone') ? longestRetryMs : longestPauseMs))
    }
  }

  await Promise.all(Array.from({ length: callers }, (_, index) => call(index)))
  await agent.destroy()
}
