import t from 'tap'
import { connectClient } from '../../../support/clients.ts'
import { articlesBefore, newerArticle, toFeed } from '../../../support/feeds.ts'
import { asRequest, callTool, eras, resultList } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'
import { scoreApple } from '../../../support/worked-example.ts'

t.test('latest news: its articles can be read, and its cursor continues in get_news_sentiment', async (t) => {
  const server = await startServer(t)
  server.news.answer = () => toFeed(...articlesBefore(Date.now() - 1000, { count: 60, everyMs: 60_000 }))
  const client = await connectClient(t, server.resource, server.token)
  const read = async (uri: string) => {
    const { contents } = await client.readResource({ uri })
    return JSON.parse((contents[0] as { text: string }).text)
  }

  const latest = await read('news:///tickers/AAPL/latest')
  const last = await read(`news:///tickers/AAPL/articles/${latest.articles[49].id}`)
  const next = await callTool(server, 'get_news_sentiment', {
    ticker: 'AAPL',
    cursor: latest.next_cursor,
    sort: 'latest',
    limit: 50
  })

  t.equal(last.title, latest.articles[49].title)
  t.equal(resultList(next, 'articles').length, 10)
  t.equal(server.news.queries.length, 1)
})

for (const era of eras) {
  t.test(
    `${era}: latest news: 50 readable articles, cached privately until the news is refreshed`,
    async (t) => {
      const server = await startServer(t, { CACHE_TTL_MS: '60000' })
      server.news.answer = () =>
        toFeed(
          ...Array.from({ length: 60 }, (_, i) =>
            newerArticle({
              at: new Date(Date.now() - (i + 1) * 60_000).toISOString(),
              about: scoreApple(0.1)
            })
          )
        )
      const read = async (uri: string) => {
        const { body, headers } = asRequest(era, { method: 'resources/read', params: { uri } })
        return (
          (await (await server.post(body, headers)).json()) as {
            result: { contents: { text: string }[]; ttlMs?: number; cacheScope?: string }
          }
        ).result
      }
      const { contents, ttlMs, cacheScope } = await read('news:///tickers/AAPL/latest')
      const { articles } = JSON.parse(contents[0]?.text ?? '')
      t.equal(articles.length, 50)
      for (const { id, title } of [articles[0], articles[49]]) {
        t.match((await read(`news:///tickers/AAPL/articles/${id}`)).contents[0]?.text, title)
      }
      if (era === 'modern') {
        t.equal(cacheScope, 'private')
        t.ok(Number(ttlMs) > 0 && Number(ttlMs) <= 60_000)
      }
    }
  )
}
