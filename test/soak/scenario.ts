import { asRequest, type Era } from '../support/rpc.ts'
import type { Caller, Outcome } from './caller.ts'
import { send } from './caller.ts'
import type { Needs } from './checks.ts'

/** A kind of request that callers send. */
export interface Scenario {
  name: string
  /** The relative frequency. */
  weight: number
  /** The summaries that are acceptable at any time. */
  expected: RegExp
  needs: readonly Needs[]
  run(caller: Caller): Promise<Outcome>
}

/** Without any fault, a window may have no news, and the minute limit may be exhausted. */
export const newsExpected = /^200( NEWS_(NOT_FOUND|RATE_LIMITED|MINUTE_SPENT|SHARE_SPENT))?$/

/** What a request depends on. */
export const newsAndKeys: Needs[] = ['keys', 'news']
export const keysOnly: Needs[] = ['keys']

let lastId = 0

/** Returns a unique request ID, so that the soak detects a misrouted answer. */
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
  const [, answeredTicker] = /"structuredContent":\{"ticker":"([^"]+)"/.exec(outcome.text) ?? []
  const requestedTicker = request.params?.arguments?.ticker
  return answeredTicker !== undefined && answeredTicker !== requestedTicker
    ? { ...outcome, summary: `${outcome.summary} about ${answeredTicker}, not ${requestedTicker}` }
    : outcome
}
