import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import t, { type Test } from 'tap'
import { errorResponses } from '../../../local/alpha-vantage/error-bodies.ts'
import { sampleTickers } from '../../../local/alpha-vantage/sample-news.ts'
import { connectClient } from '../../support/clients.ts'
import { callNews, callTool } from '../../support/rpc.ts'
import { startServer, type TestServer } from '../../support/server.ts'

interface ToolAnswer {
  result: {
    content: [{ type: 'text'; text: string }]
    structuredContent?: { articles: Record<string, unknown>[] } & Record<string, unknown>
    isError?: true
    _meta?: { code: string }
  }
}

async function ask({ post }: TestServer, args: Record<string, unknown>): Promise<ToolAnswer['result']> {
  const response = await post(callNews(args))
  return ((await response.json()) as ToolAnswer).result
}

/** An article as Alpha Vantage's older answers have it; figures are strings but for the overall score. */
const olderArticle = {
  title: 'Apple Hospitality REIT Inc. raises $5',
  url: 'https://www.zacks.com/stock/news/1/apple',
  time_published: '20261020T143000',
  authors: ['A. Writer'],
  summary: 'A summary.',
  banner_image: null,
  source: 'Zacks Commentary',
  category_within_source: 'n/a',
  source_domain: 'www.zacks.com',
  topics: [{ topic: 'Financial Markets', relevance_score: '0.5' }],
  overall_sentiment_score: 0.103,
  overall_sentiment_label: 'Neutral',
  ticker_sentiment: [
    {
      ticker: 'MSFT',
      relevance_score: '0.9',
      ticker_sentiment_score: '-0.5',
      ticker_sentiment_label: 'Bearish'
    },
    {
      ticker: 'AAPL',
      relevance_score: '0.021',
      ticker_sentiment_score: '0.245',
      ticker_sentiment_label: 'Somewhat-Bullish'
    }
  ]
}

/** The same as newer answers have it: topics are slugs, the domain is the source's name, no banner, no authors. */
const { banner_image: _, ...withoutBanner } = olderArticle
const newerArticle = {
  ...withoutBanner,
  title: 'A newer one',
  url: 'https://www.example.org/newer',
  time_published: '20261021T090000',
  authors: [],
  source: 'Example',
  source_domain: 'Example',
  topics: [{ topic: 'financial_markets', relevance_score: '0.5' }]
}

const feedOf = (...feed: unknown[]) => ({ items: String(feed.length), feed })

t.test('asks NEWS_SENTIMENT for the ticker, and answers with the newest three', async (t) => {
  const server = await startServer(t)

  const { structuredContent, content } = await ask(server, { ticker: ' aapl ' })

  t.match(server.news.queries, [
    { function: 'NEWS_SENTIMENT', tickers: 'AAPL', sort: 'LATEST', limit: '1000', apikey: 'SECRETKEY123' }
  ])
  t.equal(structuredContent?.ticker, 'AAPL')
  t.equal(structuredContent?.articles.length, 3)
  const times = structuredContent?.articles.map((article) => String(article.published_at)) ?? []
  t.same(times, times.toSorted().reverse(), 'newest first')
  t.match(
    content[0].text,
    /^> 📰 .+\n> .+\n> Source: .+\n> Link: https.+\nPublished: .+ UTC\nSentiment: .+ for AAPL \(score .+\)/m
  )
})

t.test('gives every field of an article, in the older and in the newer format', async (t) => {
  const server = await startServer(t)
  server.news.answer = () => feedOf(olderArticle, newerArticle)

  const { structuredContent, content } = await ask(server, { ticker: 'AAPL' })

  t.match(structuredContent, { articles_available: 2, articles_dropped: 0, sample_data: false })
  const withoutIds = structuredContent?.articles.map(({ id: _, ...article }) => article)
  t.same(withoutIds, [
    {
      title: 'A newer one',
      summary: 'A summary.',
      source: 'Example',
      published_at: '2026-10-21T09:00:00Z',
      url: 'https://www.example.org/newer',
      ticker_sentiment_label: 'Somewhat-Bullish',
      ticker_sentiment_score: 0.245,
      relevance_score: 0.021
    },
    {
      title: 'Apple Hospitality REIT Inc. raises $5',
      summary: 'A summary.',
      source: 'Zacks Commentary',
      published_at: '2026-10-20T14:30:00Z',
      url: 'https://www.zacks.com/stock/news/1/apple',
      ticker_sentiment_label: 'Somewhat-Bullish',
      ticker_sentiment_score: 0.245,
      relevance_score: 0.021
    }
  ])
  t.match(
    content[0].text,
    'Published: 2026-10-20 14:30 UTC\nSentiment: Somewhat-Bullish for AAPL (score 0.24, relevance 0.02)'
  )
  t.notMatch(content[0].text, 'Sample data')
})

t.test('limit gives as many articles, 1 to 50', async (t) => {
  const server = await startServer(t)

  for (const limit of [1, 20, 50]) {
    const { structuredContent } = await ask(server, { ticker: 'MSFT', limit, since: '30d' })
    t.equal(structuredContent?.articles.length, limit)
  }
  t.equal(server.news.queries.length, 1, 'all from one call')
})

t.test('every kind of ticker is taken, in any case and with blanks around it', async (t) => {
  const server = await startServer(t)
  server.news.answer = () => feedOf(olderArticle)

  for (const ticker of ['AAPL', 'brk-a', 'BRK.B', 'Crypto:btc', 'FOREX:USD', ' tsla\n', '7203', 'X']) {
    const { structuredContent } = await ask(server, { ticker })
    t.equal(structuredContent?.ticker, ticker.trim().toUpperCase())
  }
})

t.test('bad arguments: a tool error that says which and why, and no call to Alpha Vantage', async (t) => {
  const server = await startServer(t)
  const bad: [Record<string, unknown>, RegExp][] = [
    [{}, /ticker/],
    [{ ticker: '' }, /must be one ticker, such as AAPL/],
    [{ ticker: 'AAPL,MSFT' }, /must be one ticker/],
    [{ ticker: 'Apple Inc' }, /must be one ticker/],
    [{ ticker: 'AAPL&apikey=x' }, /must be one ticker/],
    [{ ticker: 'STOCK:AAPL' }, /must be one ticker/],
    [{ ticker: 'A'.repeat(100) }, /must be one ticker/],
    [{ ticker: 7 }, /expected string.*ticker/s],
    [{ ticker: 'AAPL', limit: 0 }, />=1.*limit/s],
    [{ ticker: 'AAPL', limit: 51 }, /<=50.*limit/s],
    [{ ticker: 'AAPL', limit: 2.5 }, /limit/],
    [{ ticker: 'AAPL', limit: '3' }, /limit/],
    [{ symbol: 'AAPL' }, /Unrecognized key: "symbol"/]
  ]

  for (const [args, message] of bad) {
    const { isError, content } = await ask(server, args)
    t.equal(isError, true, JSON.stringify(args))
    t.match(content[0].text, message)
  }
  t.equal(server.news.queries.length, 0)
})

/** What Alpha Vantage says of its limits, and of what there is not, is believed for a while. */
const errorBodies: Record<string, { body: unknown; code: string; says: RegExp; isBelieved?: true }> = {
  'an unknown ticker': {
    body: errorResponses.invalidInputs,
    isBelieved: true,
    code: 'NEWS_TICKER_UNKNOWN',
    says: /does not know AAPL/
  },
  'no news (older)': {
    body: errorResponses.noArticles,
    isBelieved: true,
    code: 'NEWS_NOT_FOUND',
    says: /no news on AAPL/
  },
  'no news (newer)': {
    body: { items: '0', feed: [] },
    isBelieved: true,
    code: 'NEWS_NOT_FOUND',
    says: /no news on AAPL/
  },
  'a spent day': {
    body: errorResponses.dailyLimit,
    isBelieved: true,
    code: 'NEWS_QUOTA_SPENT',
    says: /no calls left today/
  },
  'a spent day, as a note': {
    body: errorResponses.dailyLimitAsNote,
    isBelieved: true,
    code: 'NEWS_QUOTA_SPENT',
    says: /no calls left today/
  },
  'a burst': { body: errorResponses.burst, isBelieved: true, code: 'NEWS_RATE_LIMITED', says: /spread out/ },
  'a premium burst': {
    body: errorResponses.premiumBurst,
    isBelieved: true,
    code: 'NEWS_RATE_LIMITED',
    says: /spread out/
  },
  'the older minute limit': {
    body: errorResponses.minuteLimit,
    isBelieved: true,
    code: 'NEWS_MINUTE_SPENT',
    says: /no calls left this minute/
  },
  'the premium minute limit': {
    body: errorResponses.premiumMinuteLimit,
    isBelieved: true,
    code: 'NEWS_MINUTE_SPENT',
    says: /no calls left this minute/
  },
  'a bad key': { body: errorResponses.invalidKey, code: 'NEWS_KEY_REFUSED', says: /ALPHA_VANTAGE_API_KEY/ },
  'a bad key under Information': {
    body: { Information: errorResponses.invalidKey['Error Message'] },
    code: 'NEWS_KEY_REFUSED',
    says: /ALPHA_VANTAGE_API_KEY/
  },
  'the demo key': { body: errorResponses.demoKey, code: 'NEWS_DEMO_KEY', says: /demo key/ },
  'a premium endpoint': { body: errorResponses.premiumEndpoint, code: 'NEWS_PREMIUM_ONLY', says: /plan/ },
  'a bad function': {
    body: errorResponses.invalidCall,
    code: 'NEWS_CALL_REFUSED',
    says: /ALPHA_VANTAGE_BASE_URL/
  },
  'a text never seen before': {
    body: { Information: 'Hello.' },
    code: 'NEWS_UPSTREAM_FAULT',
    says: /is failing/
  },
  'an empty object': { body: {}, code: 'NEWS_UPSTREAM_FAULT', says: /is failing/ },
  'a feed that is no list': { body: { feed: 'none' }, code: 'NEWS_UPSTREAM_FAULT', says: /is failing/ },
  'a feed of broken articles alone': {
    body: feedOf({}, null),
    code: 'NEWS_UPSTREAM_FAULT',
    says: /is failing/
  }
}

const withoutRetries = { ALPHA_VANTAGE_DEADLINE_MS: '0' }
/** For faults with a call after each that goes well: nothing of them is left behind. */
const [shared, retrying] = await Promise.all([startServer(t, withoutRetries), startServer(t)])

for (const [index, [name, { body, code, says, isBelieved }]] of Object.entries(errorBodies).entries()) {
  t.test(`${name}: its own tool error, without the key`, async (t) => {
    const server = isBelieved ? await startServer(t, withoutRetries) : shared
    const ticker = isBelieved ? 'AAPL' : sampleTickers[index]
    const before = server.news.queries.length
    server.news.answer = (_reply, query) =>
      JSON.parse(JSON.stringify(body).replaceAll('{key}', String(query.apikey)))

    const failed = await ask(server, { ticker })
    server.news.answer = undefined
    const after = await ask(server, { ticker })

    t.match(failed, { isError: true, _meta: { code } })
    t.match(failed.content[0].text, says)
    t.equal(failed.structuredContent, undefined)
    t.notMatch(JSON.stringify(failed), 'SECRETKEY123')
    t.notMatch(server.log.join(''), 'SECRETKEY123')
    if (isBelieved) t.match(after, { isError: true, _meta: { code, upstream_calls: 0 } })
    else t.equal(after.isError, undefined, 'the next question is asked anew')
    t.equal(server.news.queries.length - before, isBelieved ? 1 : 2)
  })
}

const faults: Record<string, (reply: FastifyReply) => unknown> = {
  'status 500': (reply) => reply.code(500).send('Internal Server Error'),
  'status 503 with JSON': (reply) => reply.code(503).send({ feed: [] }),
  'an HTML page': (reply) => reply.type('text/html').send('<html>maintenance</html>'),
  'cut-off JSON': (reply) => reply.type('application/json').send('{"items":"1","feed":[{"title":"A'),
  'an empty body': (reply) => reply.send(''),
  'a closed connection': (reply) => {
    reply.hijack()
    reply.raw.destroy()
  },
  'a body that stops half-way': (reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-length': '1000' }).write('{"feed":[', () => reply.raw.destroy())
  },
  'a body without end': (reply) => {
    reply.hijack()
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    const more = () => {
      while (!reply.raw.destroyed && reply.raw.write(chunk));
    }
    reply.raw.on('drain', more)
    more()
  }
}

for (const [index, [name, fault]] of Object.entries(faults).entries()) {
  t.test(`${name}: an upstream fault`, async (t) => {
    const ticker = sampleTickers[index]
    retrying.news.answer = fault

    const { isError, _meta, content } = await ask(retrying, { ticker })

    t.match({ isError, _meta }, { isError: true, _meta: { code: 'NEWS_UPSTREAM_FAULT' } })
    t.match(content[0].text, /Try again in a few minutes/)
    t.notMatch(retrying.log.join(''), 'SECRETKEY123')
    retrying.news.answer = undefined
    t.equal((await ask(retrying, { ticker })).isError, undefined, 'the next question is asked anew')
  })
}

t.test('Alpha Vantage out of reach: an upstream fault', async (t) => {
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  const server = await startServer(t, { ALPHA_VANTAGE_BASE_URL: `http://127.0.0.1:${port}` })

  const { _meta } = await ask(server, { ticker: 'AAPL' })

  t.match(_meta, { code: 'NEWS_UPSTREAM_FAULT' })
})

async function testTimeout(t: Test, hang: (reply: FastifyReply) => void) {
  const server = await startServer(t, { ALPHA_VANTAGE_TIMEOUT_MS: '100' })
  server.news.answer = (reply) => {
    reply.hijack()
    hang(reply)
  }

  const { isError, _meta, content } = await ask(server, { ticker: 'AAPL' })

  t.match({ isError, _meta }, { isError: true, _meta: { code: 'NEWS_UPSTREAM_TIMEOUT' } })
  t.match(content[0].text, /did not answer in time/)
}

t.test('no answer at all: a timeout', (t) => testTimeout(t, () => {}))
t.test('a body that comes too slowly: a timeout', (t) =>
  testTimeout(t, (reply) => {
    reply.raw.writeHead(200, { 'content-type': 'application/json' }).write('{"feed":[')
  })
)

t.test('broken articles are left out and counted; broken parts of good ones are made up for', async (t) => {
  const server = await startServer(t)
  const [, apple] = olderArticle.ticker_sentiment
  const broken = [
    { title: undefined },
    { url: 'javascript:alert(1)' },
    { url: 'no url' },
    { time_published: 'yesterday' },
    { time_published: '20261399T000000' }
  ]
  server.news.answer = () =>
    feedOf(
      ...broken.map((change) => ({ ...olderArticle, ...change })),
      { ...olderArticle, title: 'A\u0000B\u001b[31m', summary: undefined, source: undefined },
      { ...olderArticle, time_published: '20261019T1430', ticker_sentiment: [] },
      {
        ...olderArticle,
        time_published: '20261018T143000',
        ticker_sentiment: [{ ...apple, relevance_score: 'high' }]
      },
      {
        ...olderArticle,
        time_published: '20261017T143000',
        ticker_sentiment: [{ ...apple, ticker_sentiment_label: 'Somewhat_Bullish' }]
      }
    )

  const { structuredContent, content } = await ask(server, { ticker: 'AAPL', limit: 50 })

  t.match(structuredContent, { articles_dropped: broken.length, articles_available: 4 })
  t.match(structuredContent?.articles, [
    { title: 'A B [31m', summary: '', source: 'zacks.com', ticker_sentiment_score: 0.245 },
    { published_at: '2026-10-19T14:30:00Z', ticker_sentiment_label: null, ticker_sentiment_score: null },
    { ticker_sentiment_label: null, relevance_score: null },
    { ticker_sentiment_label: 'Somewhat-Bullish' }
  ])
  t.match(content[0].text, /Sentiment: not scored for AAPL/)
})

t.test('callers who ask the same at the same time share one call, and its failure', async (t) => {
  const server = await startServer(t)
  const [tool] = server.app.mcp.catalog.tools
  if (!tool) throw new Error('the catalog is empty')
  const calls = t.capture(tool, 'handler', tool.handler)
  const askFiftyTimes = async (ticker: string, body: unknown) => {
    let arrived = 0
    server.news.answer = async () => {
      while (arrived < 50) {
        arrived += calls().length
        await setImmediate()
      }
      return body
    }
    return Promise.all(Array.from({ length: 50 }, () => ask(server, { ticker })))
  }

  const good = await askFiftyTimes('AAPL', feedOf(olderArticle))
  const bad = await askFiftyTimes('MSFT', errorResponses.dailyLimit)

  t.ok(good.every(({ structuredContent }) => structuredContent?.ticker === 'AAPL'))
  t.ok(bad.every(({ isError }) => isError))
  t.same(
    server.news.queries.map(({ tickers }) => tickers),
    ['AAPL', 'MSFT']
  )
})

t.test('news is kept for CACHE_TTL_MS, with the time at which it was fetched', async (t) => {
  const server = await startServer(t, { CACHE_TTL_MS: '1500', CACHE_SOFT_TIMEOUT_MS: '10000' })

  const first = await ask(server, { ticker: 'AAPL' })
  const again = await ask(server, { ticker: 'AAPL' })
  t.equal(again.structuredContent?.fetched_at, first.structuredContent?.fetched_at)

  let later = again
  while (later.structuredContent?.fetched_at === first.structuredContent?.fetched_at) {
    later = await ask(server, { ticker: 'AAPL' })
  }
  t.equal(server.news.queries.length, 2)
})

t.test(
  'every sample ticker: the SDK client finds the answer true to the declared schema, and told as sample',
  async (t) => {
    const server = await startServer(t)
    const client = await connectClient(t, server.resource, server.token)
    await client.listTools() // from here on the client checks structuredContent

    for (const ticker of sampleTickers) {
      const { structuredContent, content } = await client.callTool({
        name: 'get_news_sentiment',
        arguments: { ticker, limit: 50 }
      })
      t.match(structuredContent, { ticker, sample_data: true }, ticker)
      t.match(content, [{ type: 'text', text: /^⚠️ Sample data: this news is invented/ }])
    }
  }
)

t.test('the base URL may have a path', async (t) => {
  const seen: string[] = []
  const upstream = createServer((request, response) => {
    seen.push(request.url ?? '')
    response.end(JSON.stringify(feedOf(olderArticle)))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => upstream.once('listening', resolve))
  t.teardown(() => upstream.close())
  const { port } = upstream.address() as AddressInfo
  const server = await startServer(t, { ALPHA_VANTAGE_BASE_URL: `http://127.0.0.1:${port}/proxy/` })

  await ask(server, { ticker: 'AAPL' })

  t.match(seen, [/^\/proxy\/query\?function=NEWS_SENTIMENT/])
})

t.test('a broken entry takes no other with it, and HTML entities are decoded', async (t) => {
  const server = await startServer(t)
  const [microsoft, apple] = olderArticle.ticker_sentiment
  server.news.answer = () =>
    feedOf({
      ...olderArticle,
      title: 'Johnson &amp; Johnson&#39;s &lt;plan&gt;',
      ticker_sentiment: [{ ...microsoft, relevance_score: '1.2' }, null, apple]
    })

  const { structuredContent } = await ask(server, { ticker: 'AAPL' })

  t.match(structuredContent?.articles, [
    { title: "Johnson & Johnson's <plan>", ticker_sentiment_score: 0.245 }
  ])
})

t.test('a ticker that the sample news does not know is told as such', async (t) => {
  const server = await startServer(t)

  const { isError, content, _meta } = await ask(server, { ticker: 'NFLX' })

  t.match({ isError, _meta }, { isError: true, _meta: { code: 'NEWS_TICKER_UNKNOWN' } })
  t.match(content[0].text, /^Sample data: .*does not cover NFLX/)
})

t.test("another key in Alpha Vantage's words is not logged either", async (t) => {
  const server = await startServer(t)
  server.news.answer = () => ({
    Information: 'We have detected your API key as OTHERKEY99 and then something new'
  })

  await ask(server, { ticker: 'AAPL' })

  t.match(server.log.join(''), /detected your API key as \[key\]/)
  t.notMatch(server.log.join(''), 'OTHERKEY99')
})

t.test('a connection that does not come about in time: a timeout', async (t) => {
  // A listener that never says a word of TLS.
  const silent = createTcpServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => silent.once('listening', resolve))
  const sockets = new Set<Socket>()
  silent.on('connection', (socket) => sockets.add(socket))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const { port } = silent.address() as AddressInfo
  const server = await startServer(t, {
    ALPHA_VANTAGE_BASE_URL: `https://127.0.0.1:${port}`,
    ALPHA_VANTAGE_TIMEOUT_MS: '100'
  })

  const { _meta } = await ask(server, { ticker: 'AAPL' })

  t.match(_meta, { code: 'NEWS_UPSTREAM_TIMEOUT' })
})

t.test('calls wait for their turn, as many a second as the plan allows', async (t) => {
  const server = await startServer(t, { ALPHA_VANTAGE_CALLS_PER_SECOND: '5' })
  const arrived: number[] = []
  server.news.answer = () => {
    arrived.push(performance.now())
    return feedOf(olderArticle)
  }

  await Promise.all(['AAPL', 'MSFT', 'NVDA'].map((ticker) => ask(server, { ticker })))

  t.equal(arrived.length, 3)
  // How long each takes to arrive differs.
  t.ok((arrived[2] ?? 0) - (arrived[0] ?? 0) > 300, 'two gaps of 200 ms')
})

t.test('a turn that is too far off: refused at once, and no call', async (t) => {
  const server = await startServer(t, {
    ALPHA_VANTAGE_CALLS_PER_SECOND: '1',
    ALPHA_VANTAGE_DEADLINE_MS: '500'
  })

  const tickers = ['AAPL', 'MSFT', 'NVDA']
  const codes = await Promise.all(
    tickers.map(async (ticker) => (await ask(server, { ticker }))._meta?.code ?? 'answered')
  )
  const first = tickers[codes.indexOf('answered')]
  const compared = await callTool(server, 'compare_news_sentiment', { tickers: ['TSLA', first] })

  t.same(codes.toSorted(), ['NEWS_RATE_LIMITED', 'NEWS_RATE_LIMITED', 'answered'])
  t.match(compared.structuredContent, {
    ranking: [{ ticker: first }],
    unavailable: [{ ticker: 'TSLA', code: 'NEWS_RATE_LIMITED' }],
    upstream_calls: 0
  })
  t.equal(server.news.queries.length, 1)
})
