import t from 'tap'
import type { Article } from '../../../services/alpha-vantage/article.ts'
import { groupStories, toStories } from '../../../services/analysis/stories.ts'
import { type ScoredArticle, scoreArticles } from '../../../services/analysis/weighting.ts'
import { newerArticle, read } from '../../support/feeds.ts'
import { checkProperty, hoursAgo, isClose } from '../../support/scored-articles.ts'

interface Fields {
  title: string
  hours?: number
  tickers?: string[]
  source?: string
}

const createArticle = ({ title, hours = 1, tickers = ['AAPL'], source = 'Wire' }: Fields) => {
  const about = Object.fromEntries(tickers.map((ticker) => [ticker, [0.5, 0.1] as [number, number]]))
  const [article] = read(newerArticle({ at: hoursAgo(hours), about, title, summary: '', source }))
  return { article: article as Article }
}
const storySizes = (...articles: Fields[]) =>
  groupStories(articles.map(createArticle)).map(({ length }) => length)
/** How many stories two articles with these titles are. */
const countStories = (one: string, other: string) =>
  storySizes({ title: one }, { title: other, hours: 2 }).length

t.test('titles with 7 of 9 words in common and the same numbers: one story', async (t) => {
  t.equal(
    countStories(
      'Apple Delays Its Home Hub to 2027 as Software Lags, Report Says',
      'Apple delays home hub to 2027 as software lags'
    ),
    1
  )
})

t.test('titles with 70% of their words in common: one story, with less: two', async (t) => {
  t.equal(
    countStories('one two three four five six seven', 'one two three four five six seven eight nine ten'),
    1
  )
  t.equal(countStories('one two three four five six', 'one two three four five six eight nine ten'), 2)
  t.equal(
    countStories('one two three four five six', 'ONE, Two! three: four “five” six?'),
    1,
    'case and punctuation'
  )
  t.equal(countStories("Apple's new chip beats rivals", 'Apples new chip beats rivals'), 1, 'apostrophes')
})

t.test('titles with different numbers: two stories', async (t) => {
  t.equal(
    countStories('Example Fund buys 1,200 shares of Apple', 'Example Fund buys 1,300 shares of Apple'),
    2
  )
  t.equal(countStories('Apple rises 1.5% to record high close', 'Apple rises 1.6% to record high close'), 2)
  t.equal(countStories('Apple third quarter Q3 profit beats', 'Apple third quarter Q4 profit beats'), 2)
})

t.test('title with fewer than four words that count: no copy of anything', async (t) => {
  t.equal(countStories('Apple stock falls', 'Apple stock falls'), 2)
  t.equal(countStories('Is the stock of Apple Inc. a buy?', 'Is the stock of Apple Inc. a buy?'), 2)
  t.equal(countStories('Apple up 5 today', 'Apple up 5 today'), 1, 'numbers count')
})

t.test(
  'companies in brackets, forms of companies and the source at the end of a title do not count',
  async (t) => {
    const title = 'Apple unveils a cheaper laptop for schools'
    for (const variant of [
      'Apple Inc. unveils cheaper laptop for schools',
      'Apple (AAPL) unveils a cheaper laptop for schools [UPDATED]',
      `${title} - Apple (NASDAQ:AAPL), Coca-Cola (NYSE:KO)`,
      `${title} - Apple Inc. (NASDAQ: AAPL)`,
      `${title} - Berkshire Hathaway Insurance (NYSE:BRK-B)`,
      `${title} - Berkshire Hathaway Insurance (NYSE: BRK/B)`,
      `${title} - Alphabet Parent of Google (NASDAQ:GOOG, GOOGL)`,
      `${title} - Gold Mining Enterprises (NYSE American:GLDG), Nova Minerals (TSX.V:NOVA)`,
      `${title} - Wire`
    ]) {
      t.equal(countStories(title, variant), 1, variant)
    }
    t.equal(
      countStories(
        'Apple unveils laptop schools',
        'Apple unveils laptop schools - what every investor must know'
      ),
      2,
      'the end of a title is not always its source'
    )
  }
)

t.test('copies of a copy join its story, also if they are more than 24 hours from the first', async (t) => {
  const title = 'one two three four five six seven'
  t.same(storySizes({ title, hours: 25 }, { title, hours: 1 }), [2])
  t.same(storySizes({ title, hours: 25.1 }, { title, hours: 1 }), [1, 1])
  t.same(storySizes({ title, hours: 40 }, { title, hours: 20 }, { title, hours: 1 }), [3])
  // The outer titles have 6 of 10 words in common, and each has 7 of 9 or more in common with the middle one.
  t.same(
    storySizes(
      { title: 'a1x b c d e f g h' },
      { title: 'a1x b c d e f g i', hours: 2 },
      { title: 'a1x b c d e f j i', hours: 3 }
    ),
    [3]
  )
})

t.test('copies share a ticker; an article without any shares all', async (t) => {
  const title = 'one two three four five six seven'
  t.same(
    storySizes({ title, tickers: ['AAPL', 'MSFT'] }, { title, hours: 2, tickers: ['MSFT', 'TSLA'] }),
    [2]
  )
  t.same(storySizes({ title, tickers: ['AAPL'] }, { title, hours: 2, tickers: ['TSLA'] }), [1, 1])
  t.same(storySizes({ title, tickers: [] }, { title, hours: 2, tickers: ['TSLA'] }), [2])
})

t.test('story: its weight is the mean weight of its copies, its score their weighted mean', async (t) => {
  const title = 'one two three four five six seven'
  const articles = read(
    newerArticle({ at: hoursAgo(1), about: { AAPL: [0.9, 0.5] }, title }),
    newerArticle({ at: hoursAgo(2), about: { AAPL: [0.3, -0.1] }, title })
  )
  const [story, ...others] = toStories(scoreArticles(articles, 'AAPL'), ({ relevance }) => relevance)

  t.same(others, [])
  t.same(
    story?.copies.map(({ weight }) => weight),
    [0.45, 0.15]
  )
  t.ok(isClose(story?.weight, 0.6))
  // (0.9·0.5 − 0.3·0.1) / 1.2
  t.ok(isClose(story?.score, 0.35))
})

t.test('property: the stories are those of a comparison of all pairs', async () => {
  checkProperty(({ scored }) => {
    const pairs = scored.flatMap((one, index) => scored.slice(index + 1).map((other) => [one, other]))
    const areTogether = (stories: ScoredArticle[][]) => (pair: ScoredArticle[]) =>
      stories.some((story) => pair.every((one) => story.includes(one)))
    const together = areTogether(groupStories(scored))
    return pairs.every((pair) => !areTogether(groupStories(pair))(pair) || together(pair))
  })
})

t.test('property: the order of the articles does not change the stories', async () => {
  checkProperty(({ scored }) => {
    const toIds = (articles: ScoredArticle[]) =>
      groupStories(articles).map((story) => story.map(({ article }) => article.id))
    return JSON.stringify(toIds(scored)) === JSON.stringify(toIds(scored.toReversed()))
  })
})

t.test('property: every article is in exactly one story', async () => {
  checkProperty(({ scored }) => {
    const stories = groupStories(scored)
    return stories.flat().length === scored.length && new Set(stories.flat()).size === scored.length
  })
})
