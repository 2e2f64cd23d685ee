import t from 'tap'
import type { Article } from '../../../services/alpha-vantage/article.ts'
import { groupStories } from '../../../services/analysis/stories.ts'
import { type ScoredArticle, scoreArticles } from '../../../services/analysis/weighting.ts'
import { newerArticle, read } from '../../support/feeds.ts'
import { checkProperty, hoursAgo } from '../../support/scored-articles.ts'

t.test('copies of a story: grouped, and different stories are not', async (t) => {
  const story = 'Chipmakers rally after the government approves exports of advanced processors to allies'
  const copy = 'Government approves exports of advanced processors to allies and chipmakers gain'
  const twoTickers = { NVDA: [0.9, 0.3], AMD: [0.8, 0.3] } as Record<string, [number, number]>
  const oneTicker = { AAPL: [0.9, 0.1] } as Record<string, [number, number]>
  const named = {
    first: newerArticle({ at: hoursAgo(5), about: twoTickers, title: story, summary: '' }),
    copy: newerArticle({ at: hoursAgo(4), about: twoTickers, title: copy, summary: '' }),
    'copy of the copy': newerArticle({
      at: hoursAgo(2.5),
      about: twoTickers,
      title: copy,
      summary: 'Again.'
    }),
    'too late': newerArticle({ at: hoursAgo(0.4), about: twoTickers, title: story, summary: '' }),
    'other tickers': newerArticle({
      at: hoursAgo(4),
      about: { NVDA: [0.9, 0.3] },
      title: story,
      summary: ''
    }),
    'other words': newerArticle({
      at: hoursAgo(4),
      about: twoTickers,
      title: 'Something else entirely',
      summary: ''
    }),
    // Two automated notes on one ticker share many words without being copies.
    note: newerArticle({
      at: hoursAgo(3),
      about: oneTicker,
      title: 'Example Capital LLC has $4.2 million stake in Apple',
      summary: ''
    }),
    'other note': newerArticle({
      at: hoursAgo(3),
      about: oneTicker,
      title: 'Sample Advisors Inc. sells 1,200 shares, stake in Apple now $9 million',
      summary: ''
    })
  }
  const names = Object.keys(named)
  const articles = Object.values(named).map((article) => ({ article: read(article)[0] as Article }))
  const namesById = new Map(articles.map(({ article }, index) => [article.id, names[index]]))

  const stories = groupStories(articles).map((story) => story.map(({ article }) => namesById.get(article.id)))

  t.same(stories.toSorted((a, b) => b.length - a.length)[0], ['copy of the copy', 'copy', 'first'])
  t.equal(stories.length, 6)
})

t.test('similarity threshold: half of all words on one ticker, a quarter on several', async (t) => {
  // Two titles with 8 different words between them, `shared` of which are in both.
  const countStories = (shared: number, tickers: string[]) => {
    const about = Object.fromEntries(tickers.map((ticker) => [ticker, [0.5, 0.1] as [number, number]]))
    const words = ['ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op']
    const own = (8 - shared) / 2
    const titles = [words.slice(0, shared + own), [...words.slice(0, shared), ...words.slice(shared + own)]]
    const articles = titles.map((title, index) =>
      newerArticle({ at: hoursAgo(index), about, title: title.join(' '), summary: '' })
    )
    return groupStories(scoreArticles(read(...articles), tickers[0] ?? '')).length
  }

  t.same([countStories(4, ['AAPL']), countStories(2, ['AAPL'])], [1, 2])
  t.same([countStories(2, ['AAPL', 'MSFT']), countStories(0, ['AAPL', 'MSFT'])], [1, 2])
})

const createArticle = (
  hours: number,
  title: string,
  about: Record<string, [number, number]> = { NVDA: [1, 0], AMD: [1, 0] }
) => ({
  article: read(newerArticle({ at: hoursAgo(hours), about, title, summary: '' }))[0] as Article
})
const storySizes = (...articles: { article: Article }[]) => groupStories(articles).map(({ length }) => length)
const oneTicker = { AAPL: [1, 0] } as Record<string, [number, number]>

t.test('similarity: counts shared words of all words, ignoring case', async (t) => {
  // 4 of 10 words are shared, then 2 of 10, and 6 of 10; case does not count.
  const text = 'a b c d e f g'
  t.same(storySizes(createArticle(1, text), createArticle(1, 'A B C D x y z')), [2])
  t.same(storySizes(createArticle(1, text, oneTicker), createArticle(1, 'A B C D x y z', oneTicker)), [1, 1])
  t.same(storySizes(createArticle(1, 'a b c d e f'), createArticle(1, 'a b u v w x')), [1, 1])
  t.same(
    storySizes(
      createArticle(1, 'a b c d e f g h', oneTicker),
      createArticle(1, 'A B C D E F x y', oneTicker)
    ),
    [2]
  )
})

t.test(
  'copies: at most two hours apart, tickers in any order, and copies of one article form one story',
  async (t) => {
    const text = 'a b c d e f'
    t.same(storySizes(createArticle(3, text), createArticle(1, text)), [2])
    t.same(storySizes(createArticle(3.001, text), createArticle(1, text)), [1, 1])
    t.same(storySizes(createArticle(1, text, { AMD: [1, 0], NVDA: [1, 0] }), createArticle(1, text)), [2])
    // The two later articles share no word with each other, but each shares half of its words with the first.
    t.same(
      storySizes(createArticle(2, 'a b c x y z'), createArticle(1.5, 'a b c'), createArticle(1, 'x y z')),
      [3]
    )
  }
)

t.test('grouping: an article is compared with the 30 articles published right after it', async (t) => {
  const others = (count: number) =>
    Array.from({ length: count }, (_, index) => createArticle(2 - (index + 1) / 100, `other${index}`))
  const [first, copy] = [createArticle(2, 'a b c'), createArticle(1.5, 'a b c')]
  const largest = (...some: { article: Article }[]) => Math.max(...storySizes(...some))
  t.equal(largest(first, ...others(29), copy), 2)
  t.equal(largest(first, ...others(30), copy), 1)
  t.equal(largest(first, createArticle(1.999, 'a b c'), ...others(40)), 2)
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
