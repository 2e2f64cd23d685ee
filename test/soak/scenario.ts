import { asRequest, type Era } from '../support/rpc.ts'
import type { Caller, Outcome } from './caller.ts'
import { send } from './caller.ts'
import type { Needs } from './checks.ts'

/** A scenario of request that callers send. */
export interface Scenario {
  name: string
  /** The relative frequency. */
  weight: number
  /** The summaries that are acceptable at any time. */
  expected: RegExp
  needs: readonly Needs[]
  run(caller: Caller): Promise<Outcome>
}

/** A window may have no news, and the plan's minute may be exhausted, without any fault. */
export const newsExpected = /^200( NEWS_(NOT_FOUND|RATE_LIMITED|MINUTE_SPENT|SHARE_SPENT))?$/

/** What a request depends on. */
export const newsAndKeys: Needs[] = ['keys', 'news']
export const keysOnly: Needs[] = ['keys']

let lastId = 0

/** A unique request id, so that a misrouted answer is noticed. */
export const nextId = () => ++lastId

/** Sends one MCP request, and checks that the answer is about the requested ticker. */
export async function ask(
  caller: Caller,
  era: Era,
  request: { method: string; params?: Record<string, unknown> & { arguments?: Record<string, unknown> } },
  extraHeaders: Record<string, string> = {}
): Promise<Outcome> {
  const { body, headers } = asRequest(era, { id: nextId(), ...request })
  const token = await caller.tokens.valid(caller.subject)
  const outcome = await send(caller, { body, headers: { ...headers, ...extraHeaders }, token })
  const [, about] = /"structuredContent":\{"ticker":"([^"]+)"/.exec(outcome.text) ?? []
  const requested = request.params?.arguments?.ticker
  return about !== undefined && about !== requested
    ? { ...outcome, summary: `${outcome.summary} about ${about}, not ${requested}` }
    : outcome
}
