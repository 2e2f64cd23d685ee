import t from 'tap'
import { asRequest } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'

t.test('prompts: name the tools in the order of use, and end with the sourcing rules', async (t) => {
  const server = await startServer(t)
  for (const [name, args, tools] of [
    ['morning_brief', { tickers: 'AAPL', topic: 'earnings' }, ['get_news_sentiment', 'get_market_news']],
    ['compare_tickers', { tickers: 'AAPL MSFT' }, ['compare_news_sentiment', 'explain_sentiment']],
    ['explain_move', { ticker: 'AAPL' }, ['get_sentiment_trend', 'explain_sentiment']]
  ] as const) {
    const { body, headers } = asRequest('legacy', {
      method: 'prompts/get',
      params: { name, arguments: args }
    })
    const { result } = (await (await server.post(body, headers)).json()) as {
      result: { messages: [{ content: { text: string } }] }
    }
    const { text } = result.messages[0].content
    t.same(text.match(/\b(?:get|compare|explain)_\w+/g), tools)
    t.match(text, /Name the source and time .* Do not give investment advice\.$/)
  }
})
