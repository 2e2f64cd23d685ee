import { asRequest } from '../support/rpc.ts'
import { type Caller, goneBecause, left, longestAnswerMs, type Outcome, sayOf } from './caller.ts'
import { type Kind, keys } from './kind.ts'
import { chooseCall, chooseUri } from './questions.ts'

/** Opens a stream of events, and reads as long as it is told to. */
async function stream(
  caller: Caller,
  token: string,
  { method, params }: { method: string; params: Record<string, unknown> },
  expiresAtMs?: number
): Promise<Outcome> {
  const { body, headers } = asRequest('modern', { id: 'stream', method, params })
  const leave = new AbortController()
  const signal = AbortSignal.any([AbortSignal.timeout(longestAnswerMs), leave.signal])
  try {
    const answer = await caller.agent.request({
      origin: caller.replica.origin,
      path: '/mcp',
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers
      },
      body: JSON.stringify(body),
      signal
    })
    const timer = expiresAtMs === undefined ? undefined : setTimeout(() => leave.abort(), expiresAtMs)
    const text = await answer.body.text().finally(() => clearTimeout(timer))
    return { said: sayOf(answer.statusCode, text), text }
  } catch (error) {
    return leave.signal.aborted ? left : { said: goneBecause(error), text: String(error) }
  }
}

const listening = ({ chance }: Caller) => ({
  method: 'subscriptions/listen',
  params: { notifications: { resourceSubscriptions: [chooseUri(chance), chooseUri(chance)] } }
})

/** Streams of events, and those who leave them. */
export const streamKinds: Kind[] = [
  {
    name: 'leaves a stream',
    weight: 2,
    expected: /^(left|200( NEWS_\w+)?)$/,
    needs: keys,
    run: async (caller) => {
      const params = { ...chooseCall(caller.chance), _meta: { progressToken: 1 } }
      const token = await caller.tokens.good(caller.subject)
      return stream(caller, token, { method: 'tools/call', params }, caller.chance.between(0, 20))
    }
  },
  {
    name: 'subscription, left',
    weight: 1,
    expected: /^(left|200)$/,
    needs: keys,
    run: async (caller) =>
      stream(
        caller,
        await caller.tokens.good(caller.subject),
        listening(caller),
        caller.chance.between(500, 3000)
      )
  },
  {
    name: 'subscription, to the end of its token',
    weight: 0.3,
    expected: /^200$/,
    needs: keys,
    run: async (caller) => stream(caller, await caller.tokens.short(caller.subject), listening(caller))
  }
]
