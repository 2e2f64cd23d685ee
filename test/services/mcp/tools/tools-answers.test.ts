import t, { type Test } from 'tap'
import { newerArticle, toFeed } from '../../../support/feeds.ts'
import { asRequest, callTool, eras, resultList, resultText } from '../../../support/rpc.ts'
import { startServer } from '../../../support/server.ts'

const asOf = '2026-10-21T12:00:00Z'
const day = { since: '24h', as_of: asOf }
const minutesBefore = (minutes: number, from = asOf) =>
  new Date(Date.parse(from) - minutes * 60_000).toISOString()
const titleOf = ({ title }: { title?: unknown }) => title
async function startWith(t: Test, answer: unknown, environment = {}) {
  const server = await startServer(t, environment)
  server.news.answer = () => answer
  return server
}
const about = (score: number, relevance = 1) => ({ AAPL: [relevance, score] as [number, number] })

t.test('as many articles are asked for as ALPHA_VANTAGE_LIMIT says', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_LIMIT: '50' })
  await callTool(server, 'get_news_sentiment', { ticker: 'AAPL' })
  t.match(server.news.queries, [{ limit: '50' }])
})

t.test(
  'a cursor leads through the news of its own ticker and time, and ends with the last article',
  async (t) => {
    const server = await startServer(t)
    const ask = (args: Record<string, unknown>) =>
      callTool(server, 'get_news_sentiment', { ticker: 'MSFT', ...args })
    const cursorOf = async (args: Record<string, unknown>) =>
      JSON.parse(
        Buffer.from(String((await ask(args)).structuredContent?.next_cursor), 'base64url').toString()
      )
    const [, , otherTime] = await cursorOf({ ticker: 'AAPL' })
    const [name, key, fetchedAtMs, at, offset] = await cursorOf({})
    const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify([name, ...parts])).toString('base64url')

    t.match(await ask({ cursor: forge('AAPL 7d', otherTime, at, offset) }), {
      isError: true,
      _meta: { code: 'INVALID_ARGUMENTS' }
    })
    t.match(await ask({ cursor: forge(key, fetchedAtMs - 1, at, offset) }), {
      isError: true,
      _meta: { code: 'NEWS_CURSOR_EXPIRED' }
    })

    const three = Array.from({ length: 3 }, (_, index) =>
      newerArticle({ at: minutesBefore(index), about: about(0.1) })
    )
    server.news.answer = () => toFeed(...three)
    const all = await ask({ ticker: 'AAPL', limit: 3, ...day })
    t.match(all.structuredContent, { articles: { length: 3 }, next_cursor: null })
  }
)

t.test('with an end or as_of, no article from outside of the window is listed, whatever came', async (t) => {
  const dayAfter = newerArticle({ at: '2026-10-23T12:00:00Z', about: about(-1) })
  const inside = newerArticle({ at: asOf, about: about(0.4) })
  const yearBefore = newerArticle({ at: '2025-10-21T12:00:00Z', about: about(-1) })
  const server = await startWith(t, toFeed(dayAfter, inside, yearBefore))
  for (const end of [{ as_of: asOf }, { until: asOf }]) {
    const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', limit: 50, ...end })
    t.same(resultList(result, 'articles').map(titleOf), [inside.title], JSON.stringify(end))
    t.match(result.structuredContent, { articles_available: 1 })
  }
})

t.test('of several full feeds the one that goes back least decides', async (t) => {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) =>
    toFeed(
      ...Array.from({ length: 50 }, (_, index) =>
        newerArticle({
          at: minutesBefore(index * (tickers === 'AAPL' ? 10 : 2)),
          about: { [tickers]: [1, 0.1] }
        })
      )
    )
  for (const tickers of [
    ['AAPL', 'MSFT'],
    ['MSFT', 'AAPL']
  ]) {
    const compared = await callTool(server, 'compare_news_sentiment', { tickers, ...day })
    const articles = Object.fromEntries(
      resultList(compared, 'ranking').map((one) => [one.ticker, one.articles])
    )
    t.same(articles, { AAPL: 10, MSFT: 50 }, 'the last 98 minutes')
  }
})

t.test('of many tickers, the articles of the first three and the last three are linked', async (t) => {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) =>
    toFeed(
      ...[1, 2, 3].map((minutes) =>
        newerArticle({ at: minutesBefore(minutes), about: { [tickers]: [1, Number(tickers.slice(1)) / 10] } })
      )
    )
  const { content } = await callTool(server, 'compare_news_sentiment', {
    tickers: Array.from({ length: 10 }, (_, index) => `T${index}`),
    ...day
  })
  t.same(
    content.flatMap(({ uri }) => uri?.split('/')[4] ?? []),
    ['T9', 'T8', 'T7', 'T2', 'T1', 'T0']
  )
})

t.test('what one of several feeds says of itself holds for the comparison', async (t) => {
  const server = await startServer(t)
  server.news.answer = (_reply, { tickers = '' }) => ({
    ...toFeed(
      newerArticle({ at: asOf, about: { [tickers]: [1, 0.1] } }),
      ...(tickers === 'MSFT' ? [{}] : [])
    ),
    sample_data: tickers === 'MSFT'
  })
  const { structuredContent } = await callTool(server, 'compare_news_sentiment', {
    tickers: ['AAPL', 'MSFT'],
    ...day
  })
  t.match(structuredContent, { articles_dropped: 1, sample_data: true })
})

t.test('points: headlines by relevance, how many, and which days are cut short', async (t) => {
  const articles = [0.2, 0.9, 0.5, 0.7].map((relevance, index) =>
    newerArticle({
      at: minutesBefore(index, '2026-10-19T12:00:00Z'),
      about: about(0.1, relevance),
      title: `Relevance ${relevance} ${'long '.repeat(20)}`
    })
  )
  const server = await startWith(t, toFeed(...articles))
  const points = async (since: string, until: string) =>
    resultList(await callTool(server, 'get_sentiment_trend', { ticker: 'AAPL', since, until }), 'points')
  const whole = await points('2026-10-18', '2026-10-19')
  t.same(
    whole.map(({ partial }) => partial),
    [undefined, undefined],
    'whole days are not cut short'
  )
  const headlines = (whole[1]?.headlines ?? []) as string[]
  t.same(
    headlines.map((one) => one.slice(0, 13)),
    ['Relevance 0.9', 'Relevance 0.7', 'Relevance 0.5']
  )
  t.ok(headlines.every((title) => Buffer.byteLength(title) <= 50 && title.endsWith('…')))
  t.same(
    (await points('2026-10-18T00:01Z', '2026-10-19T23:58Z')).map(({ partial }) => partial),
    [true, true]
  )
  const headlinesOf = async (since: string) =>
    (await points(since, '2026-10-19')).map(({ headlines }) => (headlines as string[]).length).at(-1)
  t.same(
    [await headlinesOf('2026-10-15'), await headlinesOf('2026-10-12'), await headlinesOf('2026-10-03')],
    [3, 2, 1]
  )
})

t.test('the day from which a full feed is known is partial', async (t) => {
  const server = await startWith(
    t,
    toFeed(
      ...Array.from({ length: 50 }, (_, index) =>
        newerArticle({ at: minutesBefore(index * 60), about: about(0.1) })
      )
    )
  )
  const trend = await callTool(server, 'get_sentiment_trend', {
    ticker: 'AAPL',
    since: '2026-10-15',
    until: '2026-10-21'
  })
  t.same(
    resultList(trend, 'points').map(({ date, partial }) => [date, partial]),
    [
      ['2026-10-19', true],
      ['2026-10-20', undefined],
      ['2026-10-21', undefined]
    ]
  )
})

t.test('the text tells a certain change from one within its uncertainty', async (t) => {
  const on = (date: string, ...scores: number[]) =>
    scores.map((score, index) => newerArticle({ at: `${date}T0${index}:00:00Z`, about: about(score) }))
  const server = await startWith(
    t,
    toFeed(...on('2026-10-18', 0.1, 0.1, 0.1), ...on('2026-10-19', 0.5, 0.5, 0.5))
  )
  const trend = { ticker: 'AAPL', since: '2026-10-18', until: '2026-10-19' }
  t.match(
    resultText(await callTool(server, 'get_sentiment_trend', trend)),
    /Largest change: \+0\.40 from 2026-10-18 to 2026-10-19, more than its uncertainty of 0\.00/
  )
  server.news.answer = () => toFeed(...on('2026-10-18', -0.9, 0.1, 0.9), ...on('2026-10-19', -0.5, 0.5, 0.9))
  t.match(
    resultText(
      await callTool(server, 'get_sentiment_trend', { ...trend, ticker: 'AAPL', since: '2026-10-17' })
    ),
    /within its uncertainty of/
  )
})

t.test(
  'the worst first, as many as asked for; articles without a score of their own are not neutral',
  async (t) => {
    const levels: Record<string, [number, number]> = {
      A: [1, -0.8],
      B: [1, -0.1],
      C: [1, -0.4],
      D: [1, 0.3],
      E: [1, 0.6],
      F: [1, 0.1]
    }
    const articles = [1, 2, 3].map((minutes) => newerArticle({ at: minutesBefore(minutes), about: levels }))
    const plain = {
      ...newerArticle({ at: asOf, about: { A: [0.1, -0.8] } }),
      overall_sentiment_score: undefined
    }
    const server = await startWith(t, toFeed(plain, ...articles))
    const ask = (args: object) => callTool(server, 'get_market_news', { ...args, ...day })
    const tickersOf = (result: Awaited<ReturnType<typeof ask>>, name: string) =>
      resultList(result, name).map(({ ticker }) => ticker)
    const all = await ask({})
    t.same(
      [tickersOf(all, 'most_bullish'), tickersOf(all, 'most_bearish')],
      [
        ['E', 'D', 'F'],
        ['A', 'C', 'B']
      ]
    )
    const two = await ask({ limit: 2 })
    t.same(
      [tickersOf(two, 'most_bullish'), tickersOf(two, 'most_bearish')],
      [
        ['E', 'D'],
        ['A', 'C']
      ]
    )
    t.match(all.structuredContent, {
      market: { articles: 4, bullish: 0, neutral: 3, bearish: 0 },
      tickers_ranked: 6
    })
    t.same(tickersOf(await ask({ min_articles: 4 }), 'most_bearish'), ['A'])
  }
)

t.test(
  'the story that pulls most is first, whichever way, and is told by its article that pulls most',
  async (t) => {
    const text = { title: 'a b c d e f', summary: '' }
    const both = (score: number, relevance: number) =>
      ({ AAPL: [relevance, score], MSFT: [0.1, 0] }) as Record<string, [number, number]>
    const server = await startWith(
      t,
      toFeed(
        newerArticle({ at: asOf, about: both(-0.1, 0.2), ...text, source: 'Copy' }),
        newerArticle({ at: minutesBefore(60), about: both(-0.9, 1), ...text, source: 'Original' }),
        newerArticle({ at: asOf, about: about(0.3), title: 'Other', summary: '' }),
        newerArticle({ at: asOf, about: about(0.1), title: 'Third', summary: '' })
      )
    )
    const result = await callTool(server, 'explain_sentiment', { ticker: 'AAPL', ...day })
    t.match(resultList(result, 'stories'), [
      { source: 'Original', articles: 2, score: -0.9 },
      { title: 'Other' },
      { title: 'Third' }
    ])
  }
)

t.test('a level of nearly 0 has no sign', async (t) => {
  const server = await startWith(
    t,
    toFeed(...[1, 2, 3].map((minutes) => newerArticle({ at: minutesBefore(minutes), about: about(-0.001) })))
  )
  t.match(
    resultText(await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })),
    /level 0\.00 \(.* band 0\.00 to 0\.00\)/
  )
})

t.test(
  'a very long link, title and summary: short in lists, whole in the resource that stands for the link',
  async (t) => {
    const long = newerArticle({
      at: asOf,
      about: about(0.1),
      url: `https://example.com/${'a'.repeat(180)}`,
      title: 'title '.repeat(40).trim(),
      summary: 'summary '.repeat(60).trim()
    })
    const server = await startWith(t, { ...toFeed(long), sample_data: true })
    const result = await callTool(server, 'get_news_sentiment', { ticker: 'AAPL', ...day })
    const [article] = resultList(result, 'articles')
    const link = result.content[1]
    t.match(article, { url: link?.uri, title: /…$/, summary: /…$/ })
    t.same(
      [article?.title, article?.summary, link?.name].map((text) => Buffer.byteLength(String(text)) <= 160),
      [true, true, true]
    )
    t.ok(Buffer.byteLength(String(link?.name)) <= 60)
    const { body, headers } = asRequest('legacy', { method: 'resources/read', params: { uri: link?.uri } })
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

for (const era of eras) {
  t.test(
    `${era}: latest: 50 articles, linked, for who asked only, until the news is asked for anew`,
    async (t) => {
      const server = await startServer(t, { CACHE_TTL_MS: '60000' })
      server.news.answer = () =>
        toFeed(
          ...Array.from({ length: 60 }, (_, i) =>
            newerArticle({ at: new Date(Date.now() - (i + 1) * 60_000).toISOString(), about: about(0.1) })
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

  t.test(`${era}: what lists tell of pages, patterns and bounds`, async (t) => {
    const { post } = await startServer(t)
    const { body, headers } = asRequest(era, { method: 'tools/list' })
    const listed = (await (await post(body, headers)).json()) as {
      result: { tools: { name: string; _meta?: unknown; inputSchema: { properties: unknown } }[] }
    }
    const tools = Object.fromEntries(listed.result.tools.map((tool) => [tool.name, tool]))
    const page = 'ui://finance-news/sentiment.html'
    for (const name of ['compare_news_sentiment', 'get_sentiment_trend']) {
      t.same(tools[name]?._meta, { ui: { resourceUri: page }, 'ui/resourceUri': page })
    }
    t.equal(tools.get_news_sentiment?._meta, undefined)
    t.match(tools.get_news_sentiment?.inputSchema.properties, {
      limit: { minimum: 1, maximum: 50 },
      min_relevance: { minimum: 0, maximum: 1 }
    })
    t.notMatch(JSON.stringify(listed), /9007199254740991|"pattern"/)
  })
}

t.test('four stories by default; every ticker of a feed is suggested', async (t) => {
  const server = await startServer(t)
  const articles = Array.from({ length: 100 }, (_, index) =>
    newerArticle({
      at: minutesBefore(index * 10),
      about: { AAPL: [1, 0.1], [`ZZ${index}`]: [0.5, 0] },
      title: `only${index}`,
      summary: ''
    })
  )
  server.news.answer = () => toFeed(...articles)
  t.match(await callTool(server, 'explain_sentiment', { ticker: 'AAPL', ...day }), {
    structuredContent: { stories: { length: 4 }, other_stories: { count: 96 } }
  })
  const params = {
    ref: { type: 'ref/prompt', name: 'explain_move' },
    argument: { name: 'ticker', value: 'zz' }
  }
  const { body, headers } = asRequest('legacy', { method: 'completion/complete', params })
  t.match(await (await server.post(body, headers)).json(), { result: { completion: { total: 100 } } })
})

t.test('which tools prompts name, in which order, and that they end with what is honest', async (t) => {
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

t.test('hosts are told of the page what it may load', async (t) => {
  const server = await startServer(t)
  const { body, headers } = asRequest('legacy', { method: 'resources/list' })
  const { result } = (await (await server.post(body, headers)).json()) as {
    result: { resources: Record<string, unknown>[] }
  }
  t.same(result.resources.find(({ uri }) => uri === 'ui://finance-news/sentiment.html')?._meta, {
    ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true }
  })
})
