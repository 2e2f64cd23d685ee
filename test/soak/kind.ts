import { asRequest, type Era } from '../support/rpc.ts'
import type { Caller, Outcome } from './caller.ts'
import { send } from './caller.ts'
import type { Needs } from './checks.ts'

/** Something that callers do. */
export interface Kind {
  name: string
  /** How often, beside the others. */
  weight: number
  /** What may come at any time. */
  expected: RegExp
  needs: readonly Needs[]
  run(caller: Caller): Promise<Outcome>
}

/** There may be no news in a window, and the plan's minute may be spent, whatever else is in order. */
export const newsExpected = /^200( NEWS_(NOT_FOUND|RATE_LIMITED|MINUTE_SPENT|SHARE_SPENT))?$/

/** What a request needs to go well. */
export const news: Needs[] = ['keys', 'news']
export const keys: Needs[] = ['keys']

let lastId = 0

/** An id that no other request has: an answer that has gone astray is seen by it. */
export const nextId = () => ++lastId

/** Sends one request of MCP, and says whether its answer is about the ticker that was asked for. */
export async function ask(
  caller: Caller,
  era: Era,
  request: { method: string; params?: Record<string, unknown> & { arguments?: Record<string, unknown> } },
  more: Record<string, string> = {}
): Promise<Outcome> {
  const { body, headers } = asRequest(era, { id: nextId(), ...request })
  const token = await caller.tokens.good(caller.subject)
  const outcome = await send(caller, { body, headers: { ...headers, ...more }, token })
  const [, about] = /"structuredContent":\{"ticker":"([^"]+)"/.exec(outcome.text) ?? []
  const wanted = request.params?.arguments?.ticker
  return about !== undefined && about !== wanted
    ? { ...outcome, said: `${outcome.said} about ${about}, not ${wanted}` }
    : outcome
}
