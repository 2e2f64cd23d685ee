import t from 'tap'
import { errorResponses } from '../../local/alpha-vantage/error-bodies.ts'
import { createSampleNews, sampleTickers } from '../../local/alpha-vantage/sample-news.ts'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import { parseFeed } from '../../services/alpha-vantage/feed-parser.ts'

const now = new Date('2026-11-22T20:30:00Z')

t.test(
  'sample news: hundreds of articles on twelve tickers or more over 30 days, the same within an hour',
  async (t) => {
    for (const isOlderFormat of [true, false]) {
      const news = createSampleNews(now, { isOlderFormat })
      const oldest = new Date(now.getTime() - 31 * 24 * 3_600_000)
        .toISOString()
        .slice(0, 19)
        .replace(/[-:]/g, '')

      t.ok(sampleTickers.length >= 12 && sampleTickers.some((ticker) => ticker.startsWith('CRYPTO:')))
      t.ok(news.length >= 300 && news.length < 1000)
      t.same(createSampleNews(new Date('2026-11-22T20:59:59Z'), { isOlderFormat }), news)
      t.ok(news.every(({ url }) => url.startsWith('https://example.com/')))
      t.ok(news.every(({ time_published: time }) => time > oldest && time < '20261122T203000'))
      t.equal(parseFeed({ feed: news }, 1000)?.dropped, 0, 'the product parses every article')
    }
  }
)

t.test('sample news: both formats, and every irregularity of the real feed', async (t) => {
  const older = createSampleNews(now, { isOlderFormat: true })
  const newer = createSampleNews(now, { isOlderFormat: false })
  const all = [...older, ...newer]

  t.ok(older.every(({ source_domain }) => source_domain === 'www.example.com'))
  t.ok(newer.every(({ source_domain, source }) => source_domain === source || source === 'Copycat News'))
  t.ok(older.some(({ topics }) => topics.some(({ topic }) => topic === 'Financial Markets')))
  t.ok(newer.some(({ topics }) => topics.some(({ topic }) => topic === 'financial_markets')))
  t.ok(all.some(({ authors }) => authors.length === 0))
  t.ok(
    all.some((article) => article.banner_image === null) &&
      all.some((article) => !('banner_image' in article))
  )
  t.ok(all.some(({ title }) => title.includes('&amp;')) && all.some(({ title }) => title.includes('&#39;')))
  t.ok(
    all.some(({ category_within_source }) => category_within_source === 'n/a'),
    'automated notes'
  )
  t.ok(
    all.some(({ url }) => url.endsWith('-again')),
    'the same story by another publisher'
  )
  t.ok(all.some(({ ticker_sentiment }) => ticker_sentiment.length > 1))
  const relevanceIn = (news: typeof all) =>
    news.map(({ ticker_sentiment: tickers }) => tickers.map(({ relevance_score }) => Number(relevance_score)))
  t.same(relevanceIn(older), relevanceIn(newer), 'the format does not change relevance')
  const lowest = relevanceIn(newer).map((some) => Math.min(...some))
  t.ok(
    Math.min(...lowest) < 0.1 && lowest.some((relevance) => relevance > 0.3 && relevance < 0.7),
    'relevance starts low or high'
  )
  const types = all.map((article) => [
    typeof article.overall_sentiment_score,
    typeof article.ticker_sentiment[0]?.relevance_score
  ])
  t.ok(types.every(([overall, relevance]) => overall === 'number' && relevance === 'string'))
})

t.test('stand-in: supports the parameters of NEWS_SENTIMENT', async (t) => {
  const standIn = await createLocalAlphaVantage({ port: 0, host: '127.0.0.1' })
  t.teardown(() => standIn.close())
  const ask = async (query: Record<string, string>) => {
    const parameters = new URLSearchParams({ function: 'NEWS_SENTIMENT', apikey: 'KEY', ...query })
    const response = await fetch(`${standIn.url}/query?${parameters}`)
    return (await response.json()) as {
      items: string
      feed: { time_published: string; ticker_sentiment: { ticker: string }[] }[]
    }
  }
  const times = ({ feed }: Awaited<ReturnType<typeof ask>>) =>
    feed.map(({ time_published }) => time_published)

  const all = await ask({ limit: '1000' })
  t.equal(all.items, String(all.feed.length), 'items is a string')
  t.ok(all.feed.length > 300)
  t.equal((await ask({ limit: '10' })).feed.length, 50, 'limits below 50 are ignored')
  const both = await ask({ tickers: 'AAPL,MSFT' })
  t.ok(both.feed.length > 0)
  for (const { ticker_sentiment } of both.feed) {
    const tickers = ticker_sentiment.map(({ ticker }) => ticker)
    t.ok(tickers.includes('AAPL') && tickers.includes('MSFT'), 'tickers are an AND')
  }
  const topical = await ask({ topics: 'earnings,technology', limit: '1000' })
  t.ok(topical.feed.length > 0 && topical.feed.length < all.feed.length)
  const earliest = times(await ask({ sort: 'EARLIEST', tickers: 'AAPL' }))
  t.same(earliest, earliest.toSorted())
  const [newest = ''] = times(all)
  t.same(
    times(await ask({ time_from: newest.slice(0, 13), limit: '1000' })).filter(
      (time) => time < newest.slice(0, 13)
    ),
    []
  )
  t.same(times(await ask({ time_to: '20200101T0000' })), [])
  t.match(await ask({ function: 'OTHER' }), errorResponses.invalidCall)
  t.match(await ask({ apikey: '' }), errorResponses.invalidKey)
  t.match(await ask({ tickers: 'NOPE' }), errorResponses.invalidInputs)
})
