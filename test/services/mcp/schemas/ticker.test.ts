import t from 'tap'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { asRequest, callTool } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { day, minutesBefore } from '../../../support/worked-example.ts'

t.test('completion: suggests every ticker of the latest feed', async (t) => {
  const server = await startServer(t)
  const articles = Array.from({ length: 100 }, (_, index) =>
    newerArticle({ at: minutesBefore(index * 10), about: { AAPL: [1, 0.1], [`ZZ${index}`]: [0.5, 0] } })
  )
  server.news.answer = () => toFeed(...articles)
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })

  const params = {
    ref: { type: 'ref/prompt', name: 'explain_move' },
    argument: { name: 'ticker', value: 'zz' }
  }
  const { body, headers } = asRequest('legacy', { method: 'completion/complete', params })
  const response = await server.post(body, headers)

  t.match(await response.json(), { result: { completion: { total: 100 } } })
})
