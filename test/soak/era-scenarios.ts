import { eras } from '../support/rpc.ts'
import { chooseCall, chooseUri, unknownTicker } from './requests.ts'
import { ask, keysOnly, newsAndKeys, newsExpected, type Scenario } from './scenario.ts'

const suggesting = {
  ref: { type: 'ref/prompt', name: 'morning_brief' },
  argument: { name: 'tickers', value: 'A' }
}
const methodUri = { uri: 'news:///method' }
const badArguments = { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', limit: 0 } }
const missing = { uri: 'news:///tickers/AAPL/articles/none' }

/** Requests in both eras: valid ones, and invalid ones with their errors. */
export const eraScenarios = eras.flatMap((era): Scenario[] => {
  const createScenario = (
    name: string,
    weight: number,
    request: Parameters<typeof ask>[2],
    expected = /^200$/,
    needs = keysOnly
  ): Scenario => ({
    name: `${era}: ${name}`,
    weight,
    expected,
    needs,
    run: (caller) => ask(caller, era, request)
  })
  const unknown = { name: 'nothing', arguments: {} }

  return [
    {
      name: `${era}: tools`,
      weight: 12,
      expected: newsExpected,
      needs: newsAndKeys,
      run: (caller) => ask(caller, era, { method: 'tools/call', params: chooseCall(caller.random) })
    },
    {
      name: `${era}: tools with progress`,
      weight: 4,
      expected: newsExpected,
      needs: newsAndKeys,
      run: (caller) =>
        ask(
          caller,
          era,
          { method: 'tools/call', params: { ...chooseCall(caller.random), _meta: { progressToken: 1 } } },
          { accept: 'application/json, text/event-stream' }
        )
    },
    {
      name: `${era}: latest news`,
      weight: 3,
      expected: newsExpected,
      needs: newsAndKeys,
      run: (caller) =>
        ask(caller, era, { method: 'resources/read', params: { uri: chooseUri(caller.random) } })
    },
    {
      name: `${era}: unknown ticker`,
      weight: 1,
      expected: /^200 NEWS_(TICKER_UNKNOWN|RATE_LIMITED|MINUTE_SPENT|SHARE_SPENT)$/,
      needs: newsAndKeys,
      run: (caller) =>
        ask(caller, era, {
          method: 'tools/call',
          params: { name: 'explain_sentiment', arguments: { ticker: unknownTicker(caller.random) } }
        })
    },
    createScenario('tools/list', 2, { method: 'tools/list' }),
    createScenario('resources/list', 1, { method: 'resources/list' }),
    createScenario('resources/templates/list', 1, { method: 'resources/templates/list' }),
    createScenario('prompts/list', 1, { method: 'prompts/list' }),
    createScenario('prompts/get', 2, {
      method: 'prompts/get',
      params: { name: 'compare_tickers', arguments: { tickers: 'AAPL, MSFT' } }
    }),
    createScenario('completion', 2, { method: 'completion/complete', params: suggesting }),
    createScenario('method', 1, { method: 'resources/read', params: methodUri }),
    createScenario(
      'bad arguments',
      1,
      { method: 'tools/call', params: badArguments },
      /^200 INVALID_ARGUMENTS$/
    ),
    createScenario('unknown tool', 1, { method: 'tools/call', params: unknown }, /^(200|400) -32602$/),
    createScenario('unknown prompt', 1, { method: 'prompts/get', params: unknown }, /^(200|400) -32602$/),
    createScenario(
      'unknown resource',
      1,
      { method: 'resources/read', params: missing },
      /^(200|400) -3(2002|2602)$/
    ),
    createScenario(
      'unknown method',
      1,
      { method: 'made/up' },
      era === 'legacy' ? /^200 -32601$/ : /^404 -32601$/
    )
  ]
})
