import { callNews } from '../support/rpc.ts'
import { type Caller, send } from './caller.ts'
import { keysOnly, type Scenario } from './scenario.ts'

const body = callNews({ ticker: 'AAPL' })

const createScenario = (name: string, expected: RegExp, run: Scenario['run']): Scenario => ({
  name,
  weight: 1,
  expected,
  needs: keysOnly,
  run
})

/** A request with an invalid token, or with none. */
const withBadToken = (
  name: string,
  expected: RegExp,
  createToken: (caller: Caller) => Promise<string> | string | undefined
) =>
  createScenario(name, expected, async (caller) => send(caller, { body, token: await createToken(caller) }))

/** A body that is not JSON-RPC, with a valid token. */
const withBadBody = (name: string, expected: RegExp, sent: string, headers: Record<string, string> = {}) =>
  createScenario(name, expected, async (caller) =>
    send(caller, { body: sent, headers, token: await caller.tokens.valid(caller.subject) })
  )

/** A request without a token. */
function withoutToken(
  name: string,
  expected: RegExp,
  request: { path: string; method?: 'GET' | 'DELETE' }
): Scenario {
  const scenario = createScenario(name, expected, (caller) => send(caller, { method: 'GET', ...request }))
  return name === '/readyz' ? scenario : { ...scenario, needs: [] }
}

/** Rejected requests, and public routes. */
export const rejectedScenarios: Scenario[] = [
  withBadToken('no token', /^401 unauthorized$/, () => undefined),
  withBadToken('garbage token', /^401 invalid_token$/, () => 'garbage'),
  withBadToken('malformed token', /^400 invalid_request$/, () => 'a b'),
  withBadToken('expired token', /^401 invalid_token$/, ({ tokens }) => tokens.expired()),
  withBadToken("another resource's token", /^401 invalid_token$/, ({ tokens }) => tokens.foreign()),
  withBadToken('token of an unknown key', /^401 invalid_token$/, ({ tokens }) => tokens.forged()),
  withBadToken('token of a withdrawn key', /^401 (invalid_token|unauthorized)$/, ({ tokens }) =>
    tokens.withdrawn()
  ),
  withBadToken('token without the scope', /^403 insufficient_scope$/, ({ tokens }) => tokens.scopeless()),
  withBadBody('malformed JSON', /^400 -32700$/, '{"jsonrpc":"2.0",'),
  withBadBody('empty body', /^400 -32700$/, ''),
  withBadBody('body too large', /^413 -32600$/, JSON.stringify({ ...body, filler: 'x'.repeat(140_000) })),
  withBadBody('not JSON-RPC', /^400 -32600$/, '{"hello":"world"}'),
  withBadBody('plain text', /^415 -32600$/, 'hello', { 'content-type': 'text/plain' }),
  withoutToken('/healthz', /^200$/, { path: '/healthz' }),
  withoutToken('/readyz', /^200$/, { path: '/readyz' }),
  withoutToken('/mcp/docs', /^200$/, { path: '/mcp/docs' }),
  withoutToken('metadata', /^200$/, { path: '/.well-known/oauth-protected-resource/mcp' }),
  withoutToken('GET /mcp without a token', /^401 unauthorized$/, { path: '/mcp' }),
  withoutToken('DELETE /mcp without a token', /^401 unauthorized$/, { path: '/mcp', method: 'DELETE' }),
  withoutToken('unknown path', /^404 not_found$/, { path: '/nowhere' })
]
