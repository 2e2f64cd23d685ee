import { createSampleNews } from '../local/alpha-vantage/sample-news.ts'
import { parseFeed } from '../services/alpha-vantage/feed-parser.ts'
import { compareScores, computeSentiment, type Score } from '../services/analysis/score.ts'
import { groupStories } from '../services/analysis/stories.ts'
import { type Bucket, buildTrend, compareHalves, findLargestChange } from '../services/analysis/trend.ts'
import { articleWeight } from '../services/analysis/weighting.ts'
import { dayMs } from '../services/lib/time.ts'
import type { Window } from '../services/news/window.ts'
import { createRandom, type Random } from '../test/soak/random.ts'
import { computeOldScore, isClearByOldRule, type OldScore } from './old-rule.ts'
import { type Population, populations } from './populations.ts'
import { median, report, table } from './results.ts'

/**
 * How often the product's statements about uncertainty are wrong. A sample is the news of a week: stories that are drawn
 * independently from a population and published at random times. The interval is one of the population's mean score
 * under the weights of the score, to which the score converges as stories are added. It is not an interval of the next
 * story's score, of the mean without weights, or of what the news ought to say. Coverage is the share of samples whose
 * interval contains that mean. All tickers, days and halves of days that are compared come from one population, so that
 * each clear difference is a false positive.
 */
const storyCounts = [3, 4, 5, 8, 10, 20, 50]
const samples = 10_000
const tickersTogether = 10
const storiesPerDay = [3, 5, 10, 20]
const trends = 2000
const week = Array.from({ length: 7 }, (_, day): Window => {
  const from = Date.parse('2026-11-16T00:00:00Z') + day * dayMs
  return { from, to: from + dayMs - 1000 }
})
const window: Window = { from: week.at(0)?.from ?? 0, to: week.at(-1)?.to ?? 0 }

/** Counts how often a statement is made, by the product and by the older rule. */
class Frequency {
  #cases = 0
  #byProduct = 0
  #byOldRule = 0

  add(byProduct: boolean, byOldRule: boolean) {
    this.#cases += 1
    if (byProduct) this.#byProduct += 1
    if (byOldRule) this.#byOldRule += 1
  }

  /** Percentages, the older rule's in brackets. */
  toString() {
    const [product, oldRule] = [this.#byProduct, this.#byOldRule].map((count) =>
      ((100 * count) / this.#cases).toFixed(1)
    )
    return `${product} (${oldRule})`
  }
}

interface Ticker {
  score: Score
  old: OldScore
}

/** The score of one ticker whose news is drawn from `population`. */
function drawTicker(population: Population, stories: number, random: Random): Ticker {
  const scored = population.draw(stories, window, random)
  const { score } = computeSentiment(scored, window)
  const old = computeOldScore(scored, (one) => articleWeight(one, window))
  if (!score || !old) throw new Error('The titles of separate stories are too similar.')
  return { score, old }
}

function simulateScores(population: Population, stories: number, random: Random) {
  const frequencies = { coverage: new Frequency(), two: new Frequency(), ten: new Frequency() }
  const { truth } = population
  for (let drawn = 0; drawn < samples; drawn += tickersTogether) {
    const tickers = Array.from({ length: tickersTogether }, () => drawTicker(population, stories, random))
    for (const { score, old } of tickers) {
      const isInside = score.low <= truth && truth <= score.high
      frequencies.coverage.add(isInside, Math.abs(old.value - truth) <= old.margin)
    }
    for (let first = 0; first < tickersTogether; first += 2)
      addComparison(frequencies.two, tickers.slice(first, first + 2))
    addComparison(frequencies.ten, tickers)
  }
  return frequencies
}

/** Counts whether any two of `tickers`, which are compared together, differ clearly. */
function addComparison(frequency: Frequency, tickers: readonly Ticker[]) {
  const pairs = tickers.flatMap((one, index) =>
    tickers.slice(index + 1).map((other) => [one, other] as const)
  )
  frequency.add(
    pairs.some(([one, other]) => compareScores(one.score, other.score, pairs.length).isClear),
    pairs.some(([one, other]) => isClearByOldRule(one.old, other.old))
  )
}

function simulateTrends(population: Population, stories: number, random: Random) {
  const frequencies = { largestChange: new Frequency(), halves: new Frequency() }
  for (let drawn = 0; drawn < trends; drawn += 1) {
    const scored = week.flatMap((day) => population.draw(stories, day, random))
    const days = buildTrend(scored, window, 'day')
    const oldDays = days.map((day) => toOldScore([day]))
    const [oldChange] = oldDays
      .slice(1)
      .map((after, index) => [oldDays[index] ?? after, after] as const)
      .sort(([a, b], [c, d]) => Math.abs(d.value - c.value) - Math.abs(b.value - a.value))
    frequencies.largestChange.add(
      findLargestChange(days)?.isClear ?? false,
      oldChange !== undefined && isClearByOldRule(...oldChange)
    )
    frequencies.halves.add(
      compareHalves(scored, days)?.change?.isClear ?? false,
      isClearByOldRule(toOldScore(days.slice(0, 3)), toOldScore(days.slice(-3)))
    )
  }
  return frequencies
}

function toOldScore(days: readonly Bucket[]): OldScore {
  const scored = days.flatMap(({ stories }) => stories.flatMap(({ copies }) => copies))
  const score = computeOldScore(scored, ({ relevance }) => relevance)
  if (!score) throw new Error('A day has fewer than three stories.')
  return score
}

/** The median time to group 1000 articles of sample news: milliseconds. */
function measureGrouping(): string {
  const now = new Date('2026-11-22T20:30:00Z')
  const feed = [now, new Date(now.getTime() - 30 * dayMs)].flatMap((end) =>
    createSampleNews(end, { isOlderFormat: true })
  )
  const { articles = [] } = parseFeed({ feed: feed.slice(0, 1000) }, 1000) ?? {}
  const items = articles.map((article) => ({ article }))
  const times = Array.from({ length: 50 }, () => {
    const started = performance.now()
    groupStories(items)
    return performance.now() - started
  })
  return `Grouping ${items.length} articles of sample news into ${groupStories(items).length} stories takes ${median(times).toFixed(1)} ms`
}

const grouping = measureGrouping()
const results = populations.map((population, index) => {
  process.stdout.write(
    `${index + 1} of ${populations.length}: ${population.name}, ${population.repetition}\n`
  )
  const random = createRandom(index + 1)
  return {
    population,
    scores: storyCounts.map((stories) => simulateScores(population, stories, random)),
    changes: storiesPerDay.map((stories) => simulateTrends(population, stories, random))
  }
})
type Result = (typeof results)[number]

const toTable = (counts: number[], toCells: (result: Result) => Frequency[]) =>
  table(
    ['population', 'articles on a story', ...counts.map(String)],
    results.map((result) => {
      const { name, repetition } = result.population
      return [name, repetition, ...toCells(result).map(String)]
    })
  )

await report(
  'Uncertainty of scores',
  `\`npm run --prefix bench simulate\`: ${samples} samples for each figure, drawn with fixed seeds from populations made from the sample
news. The head comment of \`simulate.ts\` defines what the interval is an interval of, \`populations.ts\` the populations. Unless the
name says otherwise, scores spread by 0.21, as in recorded feeds.`,
  `With "copies", one story in three has two to eight articles, whose titles and scores differ a little. With "a third rewritten", a
third of the later ones have other titles, so that the product counts them as stories. With "several on one event", one event in three
has two to four articles with other titles and scores within 0.1. The number of stories does not count these articles.`,
  'Each figure is a percentage, in brackets that of the older rule: the mean over articles ± 1.96 standard errors.',
  'Coverage: how often the 95% interval contains the mean of the population, by the number of stories. Standard error: at most 0.5 points, 0.2 at 95%.',
  toTable(storyCounts, ({ scores }) => scores.map(({ coverage }) => coverage)),
  'Two tickers with news from one population: how often they differ clearly, by the number of stories. Standard error: 0.3 points at 5%.',
  toTable(storyCounts, ({ scores }) => scores.map(({ two }) => two)),
  'Ten tickers with news from one population: how often any two differ clearly, by the number of stories. Standard error: 0.7 points at 5%.',
  toTable(storyCounts, ({ scores }) => scores.map(({ ten }) => ten)),
  'Largest change in a trend of seven days without a change: how often it is more than chance, by the number of stories a day. Standard error: 0.5 points at 5%.',
  toTable(storiesPerDay, ({ changes }) => changes.map(({ largestChange }) => largestChange)),
  'Halves of the same trend: how often they differ clearly, by the number of stories a day. Standard error: 0.5 points at 5%.',
  toTable(storiesPerDay, ({ changes }) => changes.map(({ halves }) => halves)),
  `${grouping} (median of 50, Node ${process.version}).`
)
