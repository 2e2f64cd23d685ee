import t from 'tap'
import { errorResponses } from '../../local/alpha-vantage/error-bodies.ts'
import { createSampleNews, sampleTickers } from '../../local/alpha-vantage/sample-news.ts'
import { createLocalAlphaVantage } from '../../local/alpha-vantage/server.ts'
import type { Article } from '../../services/alpha-vantage/article.ts'
import { parseFeed } from '../../services/alpha-vantage/feed-parser.ts'
import { groupStories } from '../../services/analysis/stories.ts'
import { scoreArticles } from '../../services/analysis/weighting.ts'
import { dayMs } from '../../services/lib/time.ts'

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
  t.ok(newer.every(({ source_domain, source }) => source_domain === source))
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

const { articles = [] } = parseFeed({ feed: createSampleNews(now, { isOlderFormat: true }) }, 1000) ?? {}

/** The stories on `ticker`, as the product groups them. */
const toStories = (ticker: string, toTitle = ({ title }: Article) => title) =>
  groupStories(
    scoreArticles(articles, ticker).map(({ article, score }) => ({
      article: { ...article, title: toTitle(article) },
      score
    }))
  )

/** The articles whose link ends with `ending`, and whether each is in a story with the article that it repeats. */
function findRetold(stories: ReturnType<typeof toStories>, ending: RegExp) {
  return stories.flatMap((story) =>
    story
      .filter(({ article }) => ending.test(article.url ?? ''))
      .map(({ article: { url, publishedMs } }) => ({
        isCopy: story.some(({ article }) => article.url === url?.replace(ending, '')),
        isRecent: publishedMs >= now.getTime() - 7 * dayMs
      }))
  )
}

const copyEnding = /-again-\d$/

t.test('copies under other titles, in the last week too: one story with the original', async (t) => {
  for (const ticker of sampleTickers) {
    const found = findRetold(toStories(ticker), copyEnding)
    t.ok(found.some(({ isRecent }) => isRecent) && found.every(({ isCopy }) => isCopy), ticker)
  }
})

t.test('copies differ in title, source and score, and nothing but copies is one story', async (t) => {
  for (const ticker of sampleTickers) {
    for (const story of toStories(ticker).filter(({ length }) => length > 1)) {
      const originals = new Set(story.map(({ article }) => article.url?.replace(copyEnding, '')))
      t.equal(originals.size, 1, 'one original')
      for (const field of ['title', 'source'] as const)
        t.equal(new Set(story.map(({ article }) => article[field])).size, story.length, field)
      t.equal(new Set(story.map(({ score }) => score)).size, story.length, 'score')
    }
  }
})

t.test(
  'rewritten articles, in the last week too: stories of their own, because their words differ',
  async (t) => {
    for (const ticker of sampleTickers) {
      const found = findRetold(toStories(ticker), /-rewritten$/)
      t.ok(found.some(({ isRecent }) => isRecent) && !found.some(({ isCopy }) => isCopy), ticker)
    }
  }
)

t.test(
  'look-alikes, in the last week too: stories of their own, only because their numbers differ',
  async (t) => {
    const ending = /-look-alike$/
    for (const ticker of sampleTickers) {
      const found = findRetold(toStories(ticker), ending)
      t.ok(found.some(({ isRecent }) => isRecent) && !found.some(({ isCopy }) => isCopy), ticker)
      const withSameNumbers = toStories(ticker, ({ title }) => title.replace(/\d+(\.\d+)?/g, '1'))
      t.ok(
        findRetold(withSameNumbers, ending).every(({ isCopy }) => isCopy),
        `${ticker}, with the same numbers`
      )
    }
  }
)

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
