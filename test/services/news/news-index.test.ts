import t, { type Test } from 'tap'
import type { Article } from '../../../services/alpha-vantage/article.ts'
import { newerArticle, toFeed } from '../../support/feeds.ts'
import { clockAt, dayMs, hourMs, type NewsOptions, startNews } from '../../support/news.ts'
import { temporaryFolder } from '../../support/temp.ts'

const aapl = { ticker: 'AAPL' }

/** The service at noon of 23 November 2026. Each call returns `articles` articles, one an hour. */
async function start(t: Test, { articles = 3, ...options }: NewsOptions & { articles?: number } = {}) {
  const clock = clockAt('2026-11-23T12:00:00Z')
  const started = await startNews(t, { clock, ...options })
  let count = 0
  started.news.answer = (_reply, { tickers = 'MSFT' }) => {
    const hours = Array.from({ length: articles }, (_, index) => index)
    return toFeed(
      ...hours.map((hour) =>
        newerArticle({
          at: new Date(clock.now - hour * hourMs).toISOString(),
          about: { [tickers]: [1, 0.1] },
          url: `https://www.example.com/${tickers}/${count++}`
        })
      )
    )
  }
  const findFirst = async (ticker: string) => (await started.find({ ticker })).news.articles[0] as Article
  return { clock, findFirst, ...started }
}

t.test('article of cached news: found by id and ticker, without a call', async (t) => {
  const { findFirst, service, news } = await start(t)
  const article = await findFirst('AAPL')

  t.match(await service.findArticle(article.id, 'AAPL'), { article, sample: false })
  t.equal(await service.findArticle(article.id, 'MSFT'), undefined, 'not about MSFT')
  t.equal(await service.findArticle('nosuchthing_', 'AAPL'), undefined)
  t.equal(news.queries.length, 1)
})

t.test('article that a newer fetch no longer contains: still found', async (t) => {
  const { clock, find, findFirst, service } = await start(t)
  const article = await findFirst('AAPL')
  const fetchedAtMs = clock.now
  clock.now += 2 * hourMs
  const { news } = await find(aapl)

  t.notOk(news.articles.some(({ id }) => id === article.id))
  t.match(await service.findArticle(article.id, 'AAPL'), { article, fetchedAtMs })
})

t.test('article of expired news: found while the news is in memory', async (t) => {
  const { clock, findFirst, service } = await start(t)
  const article = await findFirst('AAPL')
  clock.now += 2 * dayMs

  t.equal(await service.findCached('AAPL 7d'), undefined)
  t.match(await service.findArticle(article.id, 'AAPL'), { article })
})

t.test('article of news that no longer fits into memory: found in storage', async (t) => {
  const { find, findFirst, service } = await start(t, { maxArticles: 25, articles: 10 })
  const { articles } = (await find(aapl)).news
  await findFirst('MSFT')
  await findFirst('NVDA')

  // The index of 25 articles has the last of AAPL's, but not the first.
  for (const article of [articles.at(-1), articles[0]]) {
    t.match(await service.findArticle(article?.id ?? '', 'AAPL'), { article })
  }
})

t.test('article of news from before a restart: found in storage, also by topic', async (t) => {
  const folder = await temporaryFolder(t)
  const first = await start(t, { folder })
  const article = await first.findFirst('AAPL')
  const { news } = await first.find({ topic: 'ipo' })
  await first.close()

  const second = await start(t, { folder, upstream: first.news })

  t.match(await second.service.findArticle(article.id, 'AAPL'), { article })
  t.match(await second.service.findArticle(news.articles[0]?.id ?? '', 'TSLA'), { subject: { topic: 'ipo' } })
  t.equal(await second.service.findArticle(article.id, 'MSFT'), undefined)
  t.equal(first.news.queries.length, 2)
})

t.test('tickers: those in recent news, latest first', async (t) => {
  const { findFirst, service } = await start(t)
  await findFirst('AAPL')
  await findFirst('MSFT')

  t.same(service.tickers(), ['MSFT', 'AAPL'])
})
