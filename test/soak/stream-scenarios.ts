import { asRequest } from '../support/rpc.ts'
import {
  type Caller,
  disconnected,
  maxAnswerMs,
  type Outcome,
  summarize,
  summarizeFailure
} from './caller.ts'
import { chooseCall, chooseUri } from './requests.ts'
import { keysOnly, type Scenario } from './scenario.ts'

/** Opens an event stream, and reads it until its end or for `disconnectAfterMs`. */
async function stream(
  caller: Caller,
  token: string,
  { method, params }: { method: string; params: Record<string, unknown> },
  disconnectAfterMs?: number
): Promise<Outcome> {
  const { body, headers } = asRequest('modern', { id: 'stream', method, params })
  const disconnect = new AbortController()
  const signal = AbortSignal.any([AbortSignal.timeout(maxAnswerMs), disconnect.signal])
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
    const timer =
      disconnectAfterMs === undefined ? undefined : setTimeout(() => disconnect.abort(), disconnectAfterMs)
    const text = await answer.body.text().finally(() => clearTimeout(timer))
    return { summary: summarize(answer.statusCode, text), text }
  } catch (error) {
    return disconnect.signal.aborted
      ? disconnected
      : { summary: summarizeFailure(error), text: String(error) }
  }
}

const createListen = ({ random }: Caller) => ({
  method: 'subscriptions/listen',
  params: { notifications: { resourceSubscriptions: [chooseUri(random), chooseUri(random)] } }
})

/** Event streams, and callers that disconnect from them. */
export const streamScenarios: Scenario[] = [
  {
    name: 'stream, disconnected',
    weight: 2,
    expected: /^(disconnected|200( NEWS_\w+)?)$/,
    needs: keysOnly,
    run: async (caller) => {
      const params = { ...chooseCall(caller.random), _meta: { progressToken: 1 } }
      const token = await caller.tokens.valid(caller.subject)
      return stream(caller, token, { method: 'tools/call', params }, caller.random.between(0, 20))
    }
  },
  {
    name: 'subscription, disconnected',
    weight: 1,
    expected: /^(disconnected|200)$/,
    needs: keysOnly,
    run: async (caller) =>
      stream(
        caller,
        await caller.tokens.valid(caller.subject),
        createListen(caller),
        caller.random.between(500, 3000)
      )
  },
  {
    name: 'subscription, until its token expires',
    weight: 0.3,
    expected: /^200$/,
    needs: keysOnly,
    run: async (caller) =>
      stream(caller, await caller.tokens.shortLived(caller.subject), createListen(caller))
  }
]
