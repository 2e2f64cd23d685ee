import t from 'tap'
import { toLabel } from '../../../../services/alpha-vantage/article.ts'
import {
  compareScores,
  computeSentiment,
  minStories,
  type Score
} from '../../../../services/analysis/score.ts'
import { groupStories } from '../../../../services/analysis/stories.ts'
import { studentT } from '../../../../services/analysis/student-t.ts'
import { buildTrend, compareHalves, findLargestChange } from '../../../../services/analysis/trend.ts'
import { halfLifeMs, scoreArticles, sum } from '../../../../services/analysis/weighting.ts'
import { dayMs, hourMs } from '../../../../services/lib/time.ts'
import { methodology } from '../../../../services/mcp/resources/methodology.ts'
import { newerArticle, read } from '../../../support/feeds.ts'
import { hoursAgo, scoreAt, toWindow, windowEnd } from '../../../support/scored-articles.ts'

const paragraphs = methodology.split(/\n{2,}/).map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())

/** The paragraph of the page that begins with `name`. */
function readParagraph(name: string): string {
  const paragraph = paragraphs.find((one) => one.startsWith(`**${name}.**`))
  if (paragraph === undefined) throw new Error(`the page has no paragraph "${name}"`)
  return paragraph
}

/** The numbers of the groups of `pattern`, which `text` must match. */
function readNumbers(text: string, pattern: RegExp): number[] {
  const match = pattern.exec(text)
  if (!match) throw new Error(`${pattern} does not match: ${text}`)
  return match.slice(1).map(Number)
}

const print = (value: number | undefined, decimals = 4) => value?.toFixed(decimals) ?? 'none'

t.test('t(ν) on the page: the quantiles that the product calculates', async (t) => {
  const table = [...readParagraph('95% interval').matchAll(/t\((\d+)\) = ([\d.]+\d)/g)]

  t.equal(table.length, 15)
  for (const [entry, degrees, value] of table)
    t.equal(studentT(0.05, Number(degrees)).toFixed(3), value, entry)
})

t.test('constants on the page: those of the product', async (t) => {
  const [shortHalfLife = 0, day = 0, ...days] = readNumbers(
    readParagraph('Score'),
    /h is (\d+) hours for windows of up to (\d+) hours, (\d+) days for up to (\d+) days, and (\d+) days for longer/
  )
  const [halfLife = 0, week = 0, longHalfLife = 0] = days
  t.same(
    [day * hourMs, week * dayMs, week * dayMs + 1].map((length) => halfLifeMs(toWindow(length))),
    [shortHalfLife * hourMs, halfLife * dayMs, longHalfLife * dayMs]
  )
  t.same(readNumbers(readParagraph('Score'), /fewer than (\d) stories/), [minStories])
  const bands = [...readParagraph('Label, side and certainty').matchAll(/(-?0\.\d+) ((?:\w+-)?\w+ish)[;.]/g)]
  t.same(
    bands.map(([, bound, name]) => [toLabel(Number(bound)), name]),
    ['Bearish', 'Somewhat-Bearish', 'Somewhat-Bullish', 'Bullish'].map((name) => [name, name])
  )
})

const [, ignored = ''] = /these words: (.+?)\. A title/.exec(readParagraph('Words of a title')) ?? []
const ignoredWords = ignored.split(', ')

/** The number of stories among articles with these titles. */
function countStories(...titles: string[]): number {
  const articles = read(
    ...titles.map((title) => newerArticle({ at: hoursAgo(1), about: { AAPL: [1, 0] }, title }))
  )
  return groupStories(articles.map((article) => ({ article }))).length
}

t.test('words that titles ignore on the page: ignored by the product', async (t) => {
  t.equal(ignoredWords.length, 35)
  t.equal(countStories('alpha beta gamma delta', 'alpha beta gamma delta'), 1)
  // With an ignored word as the fourth, the title is too short to be a copy.
  for (const word of ignoredWords) {
    t.equal(countStories(`alpha beta gamma ${word}`, `alpha beta gamma ${word}`), 2, word)
  }
})

t.test('example of stories: the product groups the titles as the page says', async (t) => {
  const example = readParagraph('Example of stories')
  const titles = [...example.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title)
  const [copy = '', original = '', ...others] = titles
  const toWords = (title = '') =>
    new Set((title.toLowerCase().match(/[a-z\d]+/g) ?? []).filter((word) => !ignoredWords.includes(word)))

  t.equal(titles.length, 4)
  for (const [one, other] of [[original, copy], others]) {
    const [words, otherWords] = [toWords(one), toWords(other)]
    const [shared, all] = [words.intersection(otherWords).size, words.union(otherWords).size]
    t.match(example, `${shared} of ${all} words, ${print(shared / all)}`)
  }
  t.equal(countStories(copy, original), 1)
  t.equal(countStories(...others), 2)
})

t.test('example of a score and its interval: the product calculates every number', async (t) => {
  const example = readParagraph('Example of a score')
  const [days = 0, hours] = readNumbers(example, /(\d+) days, so h is (\d+) hours/)
  const window = toWindow(days * dayMs)
  const listed = [...example.matchAll(/score (-?[\d.]+), relevance ([\d.]+), age (\d+) h/g)]
  const articles = read(
    ...listed.map(([, score, relevance, age], index) =>
      newerArticle({
        at: hoursAgo(Number(age)),
        about: { AAPL: [Number(relevance), Number(score)] },
        title: index < 3 ? `Story ${index}` : 'One story in two places'
      })
    )
  )

  const { stories, score } = computeSentiment(scoreArticles(articles, 'AAPL'), window)

  t.equal(listed.length, 5)
  t.equal(halfLifeMs(window), Number(hours) * hourMs)
  const sorted = stories.toSorted((a, b) => b.weight - a.weight)
  const [first, second, third, last] = sorted.map(({ weight }) => print(weight))
  const copies = sorted.at(-1)?.copies.map(({ weight }) => print(weight * 2)) ?? []
  t.match(example, `weights u are ${first}, ${second}, ${third} and (${copies.join(' + ')}) / 2 = ${last}.`)
  const [one, two, three, four] = sorted.map(({ score }) => print(score))
  t.match(example, `scores m are ${one}, ${two}, ${three} and ${four}.`)
  const weights = stories.map(({ weight }) => weight)
  const total = sum(weights)
  t.match(
    example,
    `S = ${print(sum(stories.map(({ weight, score }) => weight * score)))} / ${print(total)} = ${print(score?.value)}.`
  )
  const squares = sum(weights.map((weight) => weight ** 2))
  t.match(
    readParagraph('Effective stories and dispersion'),
    `n' = ${print(total ** 2)} / ${print(squares)} = ${print(score?.effectiveStories)} and D = ${print(score?.dispersion)}.`
  )
  t.match(
    readParagraph('Examples of intervals'),
    `s = ${print(toSpread(score))}, SE = ${print(score?.standardError)} and ν = ${score?.degreesOfFreedom}, so the ` +
      `interval is ${print(score?.value)} ± ${print(studentT(0.05, 4))} · ${print(score?.standardError)}: ` +
      `${print(score?.low)} to ${print(score?.high)}.`
  )
})

/** s = SE · √n' */
const toSpread = (score: Score | null) =>
  score ? score.standardError * Math.sqrt(score.effectiveStories) : 0

t.test('example of three equal stories: the product calculates every number', async (t) => {
  const example = readParagraph('Examples of intervals')
  const [value = 0] = readNumbers(example, /Three stories of equal weight, each with score ([\d.]+),/)
  const at = hoursAgo(0)

  const { score } = computeSentiment(scoreAt([at, value], [at, value], [at, value]), toWindow(dayMs))

  t.match(
    example,
    `D = ${score?.dispersion}, s = ${print(toSpread(score))} and SE = ${print(score?.standardError)}: ` +
      `${print(score?.low)} to ${print(score?.high)}.`
  )
})

t.test('example of a comparison: the product calculates every number', async (t) => {
  const { score: base } = computeSentiment(scoreAt(...Array(3).fill([hoursAgo(0), 0])), toWindow(dayMs))
  const example = readParagraph('Example of a comparison')
  const given = [...example.matchAll(/([\d.]+) \(SE ([\d.]+), ν (\d+)\)/g)].map(
    ([, value, standardError, degreesOfFreedom]): Score => ({
      ...(base as Score),
      value: Number(value),
      standardError: Number(standardError),
      degreesOfFreedom: Number(degreesOfFreedom)
    })
  )
  const [one, other] = given as [Score, Score]
  const error = Math.hypot(one.standardError, other.standardError)
  const [degrees = 0] = readNumbers(example, /SE = 0\.1000 and ν = (\d+)\./)
  const pairs = [
    ...example.matchAll(
      /For m = (\d+) [a-z ]+([\d.]+) · ([\d.]+) = ([\d.]+\d)(, so the pair is (not )?clear)?/g
    )
  ]

  t.equal(pairs.length, 3)
  t.match(
    example,
    `difference of ${print(compareScores(one, other, 1).difference)} with SE = ${print(error)} `
  )
  for (const [sentence, m, quantile = '', , uncertainty, verdict, not] of pairs) {
    const comparison = compareScores(one, other, Number(m))
    t.equal(print(comparison.uncertainty), uncertainty, sentence)
    t.equal(studentT(0.05 / Number(m), degrees).toFixed(quantile.split('.')[1]?.length), quantile, sentence)
    if (verdict) t.equal(comparison.isClear, not === undefined, sentence)
  }
})

t.test('example of a change and of halves: the product calculates every number', async (t) => {
  const example = readParagraph('Example of a change')
  const [, first = '', second = ''] =
    /scores ([\d., and]+); the next day has ([\d., and]+)\. Both/.exec(example) ?? []
  const scored = [first, second].flatMap((list, day) =>
    scoreAt(
      ...(list.match(/\d+(?:\.\d+)?/g) ?? []).map((score): [string, number] => [
        hoursAgo(24 - 24 * day),
        Number(score)
      ])
    )
  )
  const days = buildTrend(scored, { from: windowEnd - dayMs, to: windowEnd }, 'day')
  const [before, after] = days.map(({ score }) => score) as [Score, Score]
  const [m = 0] = readNumbers(example, /For m = (\d+) /)
  const comparison = compareScores(after, before, m)

  t.equal(scored.length, 8)
  for (const { dispersion, standardError, degreesOfFreedom, ...score } of [before, after]) {
    const spread = print(standardError * Math.sqrt(score.effectiveStories))
    t.match(
      example,
      `D = ${print(dispersion)}, s = ${spread}, SE = ${print(standardError)} and ν = ${degreesOfFreedom}.`
    )
  }
  t.match(example, `change of ${print(findLargestChange(days)?.difference)} has SE = 0.1000 and ν = 10.`)
  t.match(
    example,
    `${print(studentT(0.05 / m, 10))} · 0.1000 = ${print(comparison.uncertainty)}, so the change is more`
  )
  t.equal(comparison.isClear, true)
  const halves = compareHalves(scored, days)?.change
  t.match(
    readParagraph('Halves'),
    `change of ${print(halves?.difference)} is compared with ${print(studentT(0.05, 10))} · 0.1000 = ${print(halves?.uncertainty)}.`
  )
})
