import t from 'tap'
import { asRequest } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'

t.test('resources/list: the chart page may load nothing from the network', async (t) => {
  const server = await startServer(t)
  const { body, headers } = asRequest('legacy', { method: 'resources/list' })
  const { result } = (await (await server.post(body, headers)).json()) as {
    result: { resources: Record<string, unknown>[] }
  }
  t.same(result.resources.find(({ uri }) => uri === 'ui://finance-news/sentiment.html')?._meta, {
    ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true }
  })
})
