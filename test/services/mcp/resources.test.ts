import t from 'tap'
import { catalogEntries, connectEra, send, textContents } from '../../support/catalog-entries.ts'
import { eras } from '../../support/rpc.ts'
import { startServer } from '../../support/server.ts'

const server = await startServer(t, {}, catalogEntries)

for (const era of eras) {
  t.test(`${era}: resources and templates are listed in a fixed order, and read`, async (t) => {
    const client = await connectEra(t, era, server)

    const { resources } = await client.listResources()
    const { resourceTemplates } = await client.listResourceTemplates()
    const clock = await client.readResource({ uri: 'test://clock' })
    const pair = await client.readResource({ uri: 'test://pair/x%2Fy/and/%C3%A4' })

    t.same(
      resources.map(({ name }) => name),
      ['topics', 'method', 'sentiment_page', 'clock', 'broken', 'guarded']
    )
    t.match(resources[3], {
      uri: 'test://clock',
      title: 'Clock',
      description: 'Returns the caller.',
      mimeType: 'text/plain',
      annotations: { audience: ['user'], priority: 0.5 },
      icons: [{ src: 'data:image/svg+xml,<svg/>', mimeType: 'image/svg+xml' }]
    })
    t.same(
      resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      [
        'news:///tickers/{ticker}/latest',
        'news:///tickers/{ticker}/articles/{id}',
        'test://pair/{a}/and/{b}',
        'test://guarded/{style}'
      ]
    )
    t.same(clock.contents, textContents('test://clock', 'usr_1'))
    t.same(pair.contents, textContents('test://pair', 'x/y ä'))
  })

  t.test(`${era}: every spelling of a ticker URI reads the same latest news`, async (t) => {
    const fresh = await startServer(t)
    const client = await connectEra(t, era, fresh)

    for (const spelling of ['CRYPTO:BTC', 'CRYPTO%3ABTC', 'crypto%3abtc']) {
      const { contents } = await client.readResource({ uri: `news:///tickers/${spelling}/latest` })
      const [content] = contents as { uri: string; mimeType: string; text: string }[]
      t.match(content, { uri: 'news:///tickers/CRYPTO%3ABTC/latest', mimeType: 'application/json' })
      t.match(JSON.parse(content?.text ?? ''), {
        ticker: 'CRYPTO:BTC',
        sample_data: true,
        articles: [{}, {}, {}]
      })
    }
    t.equal(fresh.news.queries.length, 1)
  })

  t.test(`${era}: topics and the method are resources`, async (t) => {
    const client = await connectEra(t, era, server)
    const read = async (uri: string) => {
      const { contents } = await client.readResource({ uri })
      return contents[0] as { mimeType: string; text: string }
    }

    const topics = await read('news:///topics')
    const method = await read('news:///method')

    t.equal(Object.keys(JSON.parse(topics.text)).length, 15)
    t.match(JSON.parse(topics.text), { economy_monetary: 'Economy - Monetary' })
    t.equal(method.mimeType, 'text/markdown')
    t.match(method.text, /S = Σ w·s \/ Σ w/)
  })

  t.test(`${era}: a URI without a resource: not found`, async (t) => {
    for (const uri of [
      'test://nothing',
      'test://pair/x',
      'test://pair/none/and/b',
      'test://pair/%/and/b',
      'news:///tickers/no ticker/latest',
      'news:///tickers//latest',
      'toString',
      ''
    ]) {
      const response = await send(server, era, 'resources/read', { uri })
      const { error } = (await response.json()) as { error: object }
      t.match(error, { code: era === 'legacy' ? -32002 : -32602, data: { uri } }, uri)
    }
  })

  t.test(`${era}: an article that no answer has named: not found, and no call is made`, async (t) => {
    const fresh = await startServer(t)

    for (const uri of [
      'news:///tickers/AAPL/articles/AAAAAAAAAAAA',
      'news:///tickers/no%20ticker/articles/x'
    ]) {
      const response = await send(fresh, era, 'resources/read', { uri })
      const { error } = (await response.json()) as { error: object }
      t.match(error, { code: era === 'legacy' ? -32002 : -32602, data: { uri } })
    }
    t.equal(fresh.news.queries.length, 0)
  })
}
