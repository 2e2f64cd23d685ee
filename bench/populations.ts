import { createSampleNews, sampleTickers } from '../local/alpha-vantage/sample-news.ts'
import { toLabel } from '../services/alpha-vantage/article.ts'
import { parseFeed } from '../services/alpha-vantage/feed-parser.ts'
import { groupStories } from '../services/analysis/stories.ts'
import { type ScoredArticle, scoreArticles } from '../services/analysis/weighting.ts'
import { hourMs } from '../services/lib/time.ts'
import type { Window } from '../services/news/window.ts'
import { createRandom, type Random } from '../test/soak/random.ts'

/** The stories from which the simulation draws, each as often as another. */
export interface Population {
  name: string
  repetition: Repetition['name']
  /**
   * The mean score of its stories, weighted by relevance: −1 to 1. The score of a sample converges to it as the sample
   * grows, because neither the time of a story nor the number of its articles depends on its score.
   */
  truth: number
  /** The articles on `count` stories that are drawn independently, all of them published in `window`. */
  draw(count: number, window: Window, random: Random): ScoredArticle[]
}

interface Story {
  relevance: number
  score: number
}

interface Repetition {
  name: 'one' | 'copies' | 'copies, a third rewritten' | 'several on one event'
  /** The share of stories that have two or more articles: 0 to 1. */
  repeated: number
  maxArticles: number
  /** The share of the later articles whose title has other words, so that they are no copies: 0 to 1. */
  rewritten: number
  /** The maximum difference of an article's score from the story's. */
  maxDifference: number
}

const single: Repetition = { name: 'one', repeated: 0, maxArticles: 1, rewritten: 0, maxDifference: 0 }
const copies: Repetition = {
  name: 'copies',
  repeated: 1 / 3,
  maxArticles: 8,
  rewritten: 0,
  maxDifference: 0.02
}
const someRewritten: Repetition = { ...copies, name: 'copies, a third rewritten', rewritten: 1 / 3 }
const events: Repetition = {
  name: 'several on one event',
  repeated: 1 / 3,
  maxArticles: 4,
  rewritten: 1,
  maxDifference: 0.1
}
/** The later articles on a story are published within this time of the first. */
const maxGapMs = 12 * hourMs

const sampleArticles =
  parseFeed({ feed: createSampleNews(new Date('2026-11-22T20:30:00Z'), { isOlderFormat: true }) }, 1000)
    ?.articles ?? []
/** The stories of the sample news, once for each of their tickers. Their scores spread by 0.21, as in recorded feeds. */
const sampleStories: Story[] = sampleTickers.flatMap((ticker) =>
  groupStories(scoreArticles(sampleArticles, ticker)).flatMap((story) => story.slice(0, 1))
)
const vocabulary = [
  ...new Set(
    sampleArticles.flatMap(
      ({ title, summary }) => `${title} ${summary}`.toLowerCase().match(/\b[a-z]{4,}\b/g) ?? []
    )
  )
]
const wordsPerTitle = 9

const { between } = createRandom(0)
const evenRelevance = sampleStories.map(({ score }) => ({ score, relevance: between(0.02, 1) }))
const changeScores = (change: (story: Story, index: number) => number) =>
  evenRelevance.map((story, index) => ({ ...story, score: change(story, index) }))

/** The populations without and with copies. */
const storiesByName: Record<string, Story[]> = {
  'sample news': sampleStories,
  'relevance evenly from 0.02 to 1': evenRelevance,
  'more relevant, more positive': changeScores(({ score, relevance }) => score + 0.4 * (relevance - 0.5)),
  'scores spread 1.5 times as far': changeScores(({ score }) => 1.5 * score),
  'scores almost equal': changeScores(({ score }) => score / 10),
  'one score in ten is +0.6, the others near 0': changeScores(({ score }, index) =>
    index % 10 === 0 ? 0.6 : score / 4
  ),
  'scores of +0.6 and −0.6': changeScores((_story, index) => (index % 2 === 0 ? 0.6 : -0.6)),
  'one relevance in twenty is 1, the others 0.05': sampleStories.map(({ score }, index) => ({
    score,
    relevance: index % 20 === 0 ? 1 : 0.05
  })),
  'the same, and scores 0.3 higher where it is 1': sampleStories.map(({ score }, index) => ({
    score: index % 20 === 0 ? score + 0.3 : score,
    relevance: index % 20 === 0 ? 1 : 0.05
  }))
}

export const populations: Population[] = [
  ...Object.entries(storiesByName).flatMap(([name, stories]) =>
    [single, copies].map((repetition) => createPopulation(name, stories, repetition))
  ),
  ...[someRewritten, events].map((repetition) => createPopulation('sample news', sampleStories, repetition))
]

function createPopulation(name: string, stories: Story[], repetition: Repetition): Population {
  const total = stories.reduce((sum, { relevance }) => sum + relevance, 0)
  return {
    name,
    repetition: repetition.name,
    truth: stories.reduce((sum, { relevance, score }) => sum + relevance * score, 0) / total,
    draw: (count, window, random) =>
      Array.from({ length: count }, () =>
        createArticles(random.pick(stories), repetition, window, random)
      ).flat()
  }
}

/** The articles on one story. */
function createArticles(
  story: Story,
  repetition: Repetition,
  { from, to }: Window,
  random: Random
): ScoredArticle[] {
  const isRepeated = random.between(0, 1) < repetition.repeated
  const firstMs = random.between(from, to)
  const words = pickWords(random)
  return Array.from(
    { length: isRepeated ? Math.floor(random.between(2, repetition.maxArticles + 1)) : 1 },
    (_, index) => {
      const isRewritten = index > 0 && random.between(0, 1) < repetition.rewritten
      // A copy's title lacks one of the words.
      const title = isRewritten
        ? pickWords(random)
        : words.filter((_word, position) => position !== index - 1)
      const difference = random.between(-repetition.maxDifference, repetition.maxDifference)
      return createArticle(title.join(' '), {
        relevance: story.relevance,
        score: story.score + difference,
        publishedMs: index === 0 ? firstMs : Math.min(to, firstMs + random.between(0, maxGapMs))
      })
    }
  )
}

function pickWords(random: Random): string[] {
  return Array.from({ length: wordsPerTitle }, () => random.pick(vocabulary))
}

let articleCount = 0

function createArticle(title: string, { score, relevance, publishedMs }: Story & { publishedMs: number }) {
  articleCount += 1
  const article = {
    id: String(articleCount),
    title,
    summary: '',
    source: 'Example Wire',
    domain: 'example.com',
    url: `https://example.com/news/${articleCount}`,
    authors: [],
    publishedAt: new Date(publishedMs).toISOString(),
    publishedMs,
    topics: [],
    score,
    tickers: [{ ticker: 'AAPL', relevance, score, label: toLabel(score) }]
  }
  return { article, relevance, score }
}
