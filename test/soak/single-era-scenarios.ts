import { asRequest } from '../support/rpc.ts'
import { send } from './caller.ts'
import { chooseCall } from './requests.ts'
import { ask, keysOnly, newsAndKeys, newsExpected, nextId, type Scenario } from './scenario.ts'

const initialize = {
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'soak', version: '1.0.0' } }
}

/** Requests that only one era has. */
export const singleEraScenarios: Scenario[] = [
  {
    name: 'legacy: initialize',
    weight: 1,
    expected: /^200$/,
    needs: keysOnly,
    run: (caller) => ask(caller, 'legacy', initialize)
  },
  {
    name: 'legacy: ping',
    weight: 1,
    expected: /^200$/,
    needs: keysOnly,
    run: (caller) => ask(caller, 'legacy', { method: 'ping' })
  },
  {
    name: 'modern: server/discover',
    weight: 1,
    expected: /^200$/,
    needs: keysOnly,
    run: (caller) => ask(caller, 'modern', { method: 'server/discover' })
  },
  {
    name: 'legacy: batch',
    weight: 2,
    expected: newsExpected,
    needs: newsAndKeys,
    async run(caller) {
      const call = { method: 'tools/call', params: chooseCall(caller.random) }
      const requests = [call, { method: 'ping' }, { method: 'tools/list' }]
      const body = requests.map((request, id) => asRequest('legacy', { id: `${id}`, ...request }).body)
      const outcome = await send(caller, { body, token: await caller.tokens.valid(caller.subject) })
      if (!outcome.summary.startsWith('200')) return outcome
      const count = JSON.parse(outcome.text).length
      return count === body.length
        ? outcome
        : { ...outcome, summary: `200 with ${count} answers of ${body.length}` }
    }
  },
  {
    name: 'legacy: batch too long',
    weight: 1,
    expected: /^400 -32600$/,
    needs: keysOnly,
    async run(caller) {
      const body = Array.from({ length: 11 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }))
      return send(caller, { body, token: await caller.tokens.valid(caller.subject) })
    }
  },
  {
    name: 'legacy: cancelled',
    weight: 2,
    expected: /^20[02]( NEWS_(NOT_FOUND|RATE_LIMITED|MINUTE_SPENT|SHARE_SPENT))?$/,
    needs: newsAndKeys,
    async run(caller) {
      const id = `cancelled ${nextId()}`
      const { body } = asRequest('legacy', { id, method: 'tools/call', params: chooseCall(caller.random) })
      const cancellation = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } }
      const token = await caller.tokens.valid(caller.subject)
      const [called, cancelled] = await Promise.all([
        send(caller, { body, token }),
        send(caller, { body: cancellation, token })
      ])
      return cancelled.summary === '202' ? called : cancelled
    }
  }
]
