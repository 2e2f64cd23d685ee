import { eras } from '../support/rpc.ts'
import { ask, type Kind, keys, news, newsExpected } from './kind.ts'
import { chooseCall, chooseUri, unknownTicker } from './questions.ts'

const suggesting = {
  ref: { type: 'ref/prompt', name: 'morning_brief' },
  argument: { name: 'tickers', value: 'A' }
}
const methodUri = { uri: 'news:///method' }
const badArguments = { name: 'get_news_sentiment', arguments: { ticker: 'AAPL', limit: 0 } }
const missing = { uri: 'news:///tickers/AAPL/articles/none' }

/** What works, in both eras, and what each says to what is wrong. */
export const eraKinds = eras.flatMap((era): Kind[] => {
  const asking = (
    name: string,
    weight: number,
    request: Parameters<typeof ask>[2],
    expected = /^200$/,
    needs = keys
  ): Kind => ({
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
      needs: news,
      run: (caller) => ask(caller, era, { method: 'tools/call', params: chooseCall(caller.chance) })
    },
    {
      name: `${era}: tools with progress`,
      weight: 4,
      expected: newsExpected,
      needs: news,
      run: (caller) =>
        ask(
          caller,
          era,
          { method: 'tools/call', params: { ...chooseCall(caller.chance), _meta: { progressToken: 1 } } },
          { accept: 'application/json, text/event-stream' }
        )
    },
    {
      name: `${era}: latest news`,
      weight: 3,
      expected: newsExpected,
      needs: news,
      run: (caller) =>
        ask(caller, era, { method: 'resources/read', params: { uri: chooseUri(caller.chance) } })
    },
    {
      name: `${era}: unknown ticker`,
      weight: 1,
      expected: /^200 NEWS_(TICKER_UNKNOWN|RATE_LIMITED|MINUTE_SPENT|SHARE_SPENT)$/,
      needs: news,
      run: (caller) =>
        ask(caller, era, {
          method: 'tools/call',
          params: { name: 'explain_sentiment', arguments: { ticker: unknownTicker(caller.chance) } }
        })
    },
    asking('tools/list', 2, { method: 'tools/list' }),
    asking('resources/list', 1, { method: 'resources/list' }),
    asking('resources/templates/list', 1, { method: 'resources/templates/list' }),
    asking('prompts/list', 1, { method: 'prompts/list' }),
    asking('prompts/get', 2, {
      method: 'prompts/get',
      params: { name: 'compare_tickers', arguments: { tickers: 'AAPL, MSFT' } }
    }),
    asking('completion', 2, { method: 'completion/complete', params: suggesting }),
    asking('method', 1, { method: 'resources/read', params: methodUri }),
    asking('bad arguments', 1, { method: 'tools/call', params: badArguments }, /^200 INVALID_ARGUMENTS$/),
    asking('unknown tool', 1, { method: 'tools/call', params: unknown }, /^(200|400) -32602$/),
    asking('unknown prompt', 1, { method: 'prompts/get', params: unknown }, /^(200|400) -32602$/),
    asking('unknown resource', 1, { method: 'resources/read', params: missing }, /^(200|400) -3(2002|2602)$/),
    asking('unknown method', 1, { method: 'made/up' }, era === 'legacy' ? /^200 -32601$/ : /^404 -32601$/)
  ]
})
