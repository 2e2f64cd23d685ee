import t from 'tap'
import { catalogEntries, send } from '../../../support/catalog-entries.ts'
import { cancellation } from '../../../support/echo.ts'
import { callNews, eras } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

for (const era of eras) {
  t.test(`${era}: an unexpected error is logged, and its message is not sent to the client`, async (t) => {
    const server = await startServer(t, {}, catalogEntries)

    const response = await send(server, era, 'resources/read', { uri: 'test://broken' })

    const body = await response.text()
    t.match(body, '-32603')
    t.notMatch(body, 'hunter2')
    t.ok(server.log.some((line) => line.includes('hunter2')))
  })

  t.test(`${era}: an error of Alpha Vantage reaches the client with its code`, async (t) => {
    const server = await startServer(t)
    server.news.answer = () => ({ 'Error Message': 'Invalid inputs.' })

    const response = await send(server, era, 'resources/read', { uri: 'news:///tickers/AAPL/latest' })

    t.match(await response.json(), {
      error: { code: -32603, message: /AAPL/, data: { code: 'NEWS_TICKER_UNKNOWN' } }
    })
  })
}

t.test('a request cancelled in its own batch: no error is logged, and no call is made', async (t) => {
  const { post, log, news } = await startServer(t)
  const params = { uri: 'news:///tickers/AAPL/latest' }
  const read = { jsonrpc: '2.0', id: 1, method: 'resources/read', params }

  for (const request of [read, callNews({ ticker: 'AAPL' })]) await post([request, cancellation(1)])

  t.same(
    log.filter((line) => line.includes('failed')),
    []
  )
  t.equal(news.queries.length, 0)
})
