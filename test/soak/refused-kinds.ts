import { callNews } from '../support/rpc.ts'
import { type Caller, send } from './caller.ts'
import { type Kind, keys } from './kind.ts'

const body = callNews({ ticker: 'AAPL' })

const kindOf = (name: string, expected: RegExp, run: Kind['run']): Kind => ({
  name,
  weight: 1,
  expected,
  needs: keys,
  run
})

/** A token that is not good enough. */
const refused = (
  name: string,
  expected: RegExp,
  tokenOf: (caller: Caller) => Promise<string> | string | undefined
) => kindOf(name, expected, async (caller) => send(caller, { body, token: await tokenOf(caller) }))

/** Something else than JSON-RPC, with a good token. */
const unreadable = (name: string, expected: RegExp, sent: string, headers: Record<string, string> = {}) =>
  kindOf(name, expected, async (caller) =>
    send(caller, { body: sent, headers, token: await caller.tokens.good(caller.subject) })
  )

/** What anybody may ask for. */
function open(name: string, expected: RegExp, request: { path: string; method?: 'GET' | 'DELETE' }): Kind {
  const kind = kindOf(name, expected, (caller) => send(caller, { method: 'GET', ...request }))
  return name === '/readyz' ? kind : { ...kind, needs: [] }
}

/** What is refused, and what needs no token. */
export const refusedKinds: Kind[] = [
  refused('no token', /^401 unauthorized$/, () => undefined),
  refused('garbage token', /^401 invalid_token$/, () => 'garbage'),
  refused('malformed token', /^400 invalid_request$/, () => 'a b'),
  refused('expired token', /^401 invalid_token$/, ({ tokens }) => tokens.expired()),
  refused("another resource's token", /^401 invalid_token$/, ({ tokens }) => tokens.foreign()),
  refused('token of an unknown key', /^401 invalid_token$/, ({ tokens }) => tokens.forged()),
  refused('token of a withdrawn key', /^401 (invalid_token|unauthorized)$/, ({ tokens }) =>
    tokens.withdrawn()
  ),
  refused('token without the scope', /^403 insufficient_scope$/, ({ tokens }) => tokens.scopeless()),
  unreadable('malformed JSON', /^400 -32700$/, '{"jsonrpc":"2.0",'),
  unreadable('empty body', /^400 -32700$/, ''),
  unreadable('too large a body', /^413 -32600$/, JSON.stringify({ ...body, more: 'x'.repeat(140_000) })),
  unreadable('not JSON-RPC', /^400 -32600$/, '{"hello":"world"}'),
  unreadable('plain text', /^415 -32600$/, 'hello', { 'content-type': 'text/plain' }),
  open('/healthz', /^200$/, { path: '/healthz' }),
  open('/readyz', /^200$/, { path: '/readyz' }),
  open('/mcp/docs', /^200$/, { path: '/mcp/docs' }),
  open('metadata', /^200$/, { path: '/.well-known/oauth-protected-resource/mcp' }),
  open('GET /mcp without a token', /^401 unauthorized$/, { path: '/mcp' }),
  open('DELETE /mcp without a token', /^401 unauthorized$/, { path: '/mcp', method: 'DELETE' }),
  open('nowhere', /^404 not_found$/, { path: '/nowhere' })
]
