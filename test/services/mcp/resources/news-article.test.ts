import t from 'tap'
import { connectClient } from '../../../support/clients.ts'
import { startFeedServer } from '../../../support/feed-server.ts'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { asRequest, callTool, resultList, resultText, type ToolResult } from '../../../support/rpc.ts'
import { asOf, day, noon, scoreApple, workedFeed } from '../../../support/worked-example.ts'

t.test('URI in the text and id in the data: lead to the full article, without a call', async (t) => {
  const server = await startFeedServer(t, workedFeed)
  const client = await connectClient(t, server.resource, server.token)
  const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 1, ...day })
  const [pattern = ''] = /news:\/\/\/tickers\S+/.exec(resultText(result)) ?? []
  const uri = pattern.replace('{id}', String(resultList(result, 'articles')[0]?.id))

  const { contents } = await client.readResource({ uri })

  const [read] = contents as { uri: string; mimeType: string; text: string }[]
  t.match(read, { uri, mimeType: 'application/json' })
  t.match(JSON.parse(read?.text ?? ''), {
    ticker: 'AAPL',
    title: noon.title,
    summary: noon.summary,
    source: 'A',
    domain: 'example.com',
    authors: ['A. Writer'],
    published_at: asOf,
    url: noon.url,
    topics: [{ topic: 'earnings', relevance_score: 1 }],
    overall_sentiment_score: 0.1,
    ticker_sentiment_score: 0.4,
    tickers: [{ ticker: 'AAPL', ticker_sentiment_score: 0.4 }, { ticker: 'MSFT' }],
    sample_data: false,
    notice: /third-party text/
  })
  t.equal(server.news.queries.length, 1)
})

t.test(
  'very long link, title and summary: truncated in lists, complete in the article resource',
  async (t) => {
    const long = newerArticle({
      at: asOf,
      about: scoreApple(0.1),
      url: `https://example.com/${'a'.repeat(180)}`,
      title: 'title '.repeat(40).trim(),
      summary: 'summary '.repeat(60).trim()
    })
    const server = await startFeedServer(t, { ...toFeed(long), sample_data: true })
    const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
    const [article] = resultList(result, 'articles')
    const uri = `news:///tickers/AAPL/articles/${article?.id}`
    t.match(article, { url: uri, title: /…$/, summary: /…$/ })
    t.same(
      [article?.title, article?.summary].map((text) => Buffer.byteLength(String(text)) <= 160),
      [true, true]
    )
    const { body, headers } = asRequest('legacy', { method: 'resources/read', params: { uri } })
    const read = (await (await server.post(body, headers)).json()) as {
      result: { contents: { text: string }[] }
    }
    t.match(JSON.parse(read.result.contents[0]?.text ?? ''), {
      title: long.title,
      summary: long.summary,
      url: long.url,
      sample_data: true
    })
  }
)

t.test('URI with another notation of the ticker, or with the code of a coin for a fund: found', async (t) => {
  const article = newerArticle({ at: asOf, about: { BTC: [1, 0.2], 'BRK-B': [0.5, 0.1] } })
  const server = await startFeedServer(t, toFeed(article))
  const client = await connectClient(t, server.resource, server.token)
  const result = await callTool(server, 'get_news_sentiment', { ticker: 'NYSEARCA:BTC', ...day })
  const id = resultList(result, 'articles')[0]?.id

  t.equal(server.news.queries[0]?.tickers, 'BTC')
  for (const ticker of ['BTC', 'brk.b', '%24BRK-B']) {
    const { contents } = await client.readResource({ uri: `news:///tickers/${ticker}/articles/${id}` })
    t.equal(contents[0]?.uri, `news:///tickers/${ticker === 'BTC' ? 'BTC' : 'BRK-B'}/articles/${id}`)
  }
})

t.test(
  'link over 2,048 characters: null in lists and in the article resource, and left out of texts',
  async (t) => {
    const articles = [0.1, 0.2, 0.3].map((score, index) =>
      newerArticle({
        at: asOf,
        about: scoreApple(score),
        url: `https://example.com/${index}${'a'.repeat(2048)}`
      })
    )
    const server = await startFeedServer(t, toFeed(...articles))
    const client = await connectClient(t, server.resource, server.token)
    await client.listTools() // from here on the client validates structuredContent

    const result = (await client.callTool({
      name: 'get_news_sentiment',
      arguments: { ticker: 'AAPL', ...day }
    })) as ToolResult
    const market = await client.callTool({ name: 'get_market_news', arguments: day })

    t.match(result.structuredContent, { articles_dropped: 0, articles: [{ url: null }, { url: null }] })
    t.notMatch(resultText(result), /Link:|aaaa/)
    t.match(market.structuredContent, { most_bullish: [{ ticker: 'AAPL', evidence: { url: null } }] })
    const { id } = resultList(result, 'articles')[0] ?? {}
    const { contents } = await client.readResource({ uri: `news:///tickers/AAPL/articles/${id}` })
    const [read] = contents as { text: string }[]
    t.match(JSON.parse(read?.text ?? ''), { id, domain: 'example.com', url: null })
  }
)
