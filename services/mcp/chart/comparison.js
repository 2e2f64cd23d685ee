import { axisRange, axisTicks, drawBandName, scale, visibleBands } from './axis.js'
import {
  dot,
  html,
  intervalSign,
  label,
  line,
  rect,
  renderLegend,
  renderList,
  renderProvenance,
  renderSampleWarning,
  renderTable,
  scoreSign,
  svg
} from './elements.js'
import {
  formatCounts,
  formatDifference,
  formatInterval,
  formatScore,
  formatSigned,
  pluralize,
  readScore,
  toCount,
  toObjects,
  toText,
  toTexts
} from './values.js'

/** The height that shows two lines for each ticker, below the names of the bands. */
const naturalHeight = (ranking) => 34 + 44 * ranking.length + 20

/** Draws a ranking: a rank, and a dot with its interval, for each ticker, on one axis. */
function drawRanking(ranking, width, height) {
  const [left, right] = [140, width - 52]
  const range = axisRange(ranking)
  const toX = scale(...range, left, right)
  const tints = visibleBands(range, toX)
  const isTall = height - 54 >= 34 * ranking.length
  const hasRoom = ({ start, end }) => isTall && end - start > 64
  const top = tints.some(hasRoom) ? 34 : 4
  const row = Math.max(20, Math.min(44, (height - top - 20) / ranking.length))
  const bottom = top + row * ranking.length
  const rows = ranking.map(({ ticker, rank, score, name, interval, side, stories }, i) => {
    const middle = top + row * (i + 0.5)
    const hasScore = score !== null
    const wide = interval && Math.max(1, toX(interval.high) - toX(interval.low))
    const upper = middle + (isTall ? -2 : 4)
    return [
      line('grid', 0, middle + row / 2, width, middle + row / 2),
      rank > 0 && label(`${rank}`, 0, upper, 'start', 'rank'),
      label(ticker.length > 13 ? `${ticker.slice(0, 12)}…` : ticker, 20, upper, 'start', 'strong'),
      isTall && label(hasScore ? name : 'Insufficient data', 20, middle + 13),
      interval && rect(`interval.${side}`, toX(interval.low), middle - 6, wide, 12, { rx: 3 }),
      hasScore && dot(`point.${side}`, toX(score), middle, 5),
      hasScore && label(formatSigned(score), width, upper, 'end', 'strong'),
      hasScore && isTall && label(side, width, middle + 13, 'end'),
      !hasScore && label(`${pluralize(stories, 'story', 'stories')}: too few`, left + 8, middle + 4)
    ]
  })
  const ticks = axisTicks(range, toX, 36)
  return svg(
    'svg',
    {
      width,
      height: bottom + 20,
      role: 'img',
      'aria-label': ranking
        .map(({ ticker, score, side }) => `${ticker} ${formatSigned(score)} ${side}`.trim())
        .join(', ')
    },
    tints.map(({ name, start, end }) => rect(`tint.${name}`, start, top, end - start, bottom - top)),
    tints
      .filter(hasRoom)
      .map(({ name, start, end }) => drawBandName(name, (start + end) / 2, top - 16, 'middle')),
    axisTicks(range, toX, 0).map(({ pixel, kind }) => line(kind, pixel, top, pixel, bottom)),
    ticks.map(({ words, pixel }) => label(words, pixel, bottom + 14, 'middle')),
    rows
  )
}

/** The view of an answer of compare_news_sentiment: a summary, details, and a function that draws the chart and returns its height. */
export function createComparisonView(answer) {
  const ranking = toObjects(answer.ranking).map((item) => ({
    ...readScore(item),
    ticker: toText(item.ticker),
    rank: toCount(item.rank),
    above: toTexts(item.clearly_above)
  }))
  const differences = toObjects(answer.differences)
    .map((item) => ({
      isClear: item.is_clear === true,
      words: `${toText(item.above)} above ${toText(item.below)}: ${formatDifference(item.difference, item.uncertainty)}`
    }))
    .sort((a, b) => b.isClear - a.isClear)
  const unavailable = toObjects(answer.unavailable).map(
    ({ ticker, reason }) => `${toText(ticker)} is missing: ${toText(reason)}`
  )
  const result = differences.length > 0 ? describeDifferences(differences) : unavailable.join(' ')
  const frame = html('div')
  return {
    chartHeight: naturalHeight(ranking),
    summary: [
      html('h1', `News sentiment of ${pluralize(ranking.length, 'ticker')}`),
      renderSampleWarning(answer),
      html('p.brief', describeHighest(ranking)),
      result && html('p.brief', result),
      html(
        'figure',
        frame,
        renderLegend(scoreSign(), ...sideSigns(ranking), [label('1', 8, 10, 'middle', 'rank'), 'rank'])
      )
    ],
    details: [
      differences.length > 0 &&
        html(
          'section',
          html('h2', 'Differences, clear ones first'),
          html(
            'p.soft',
            'A difference is clear if it is larger than its uncertainty (±). The rank is 1 + the number of tickers clearly above.'
          ),
          renderList(
            'differences',
            differences.map(({ isClear, words }) => [
              isClear ? html('span.tag.clear', 'Clear') : html('span.tag', 'Not clear'),
              html('span', words)
            ])
          )
        ),
      unavailable.length > 0 &&
        html('section', html('h2', 'Unavailable'), renderList('missing', unavailable)),
      renderTable(
        'Highest score first',
        ['Ticker', 'Score', '95% interval', 'News', 'Rank'],
        ranking.map(({ ticker, rank, score, name, interval, side, above, ...counts }) => [
          ticker,
          score === null ? 'Insufficient data' : `${formatScore(score)} ${name}`,
          interval ? `${formatInterval(interval)}, ${side}` : '–',
          formatCounts(counts),
          describeRank(rank, above)
        ])
      ),
      renderProvenance(answer)
    ],
    draw(width, height) {
      const chart = drawRanking(ranking, width, height)
      frame.replaceChildren(chart)
      return Number(chart.getAttribute('height'))
    }
  }
}

/** Explains the colors of the intervals, which say on which side of 0 the whole interval is. */
const sideSigns = (ranking) =>
  ['bullish', 'unclear', 'bearish']
    .filter((one) => ranking.some(({ side }) => side === one))
    .map((side, i) => intervalSign(`interval.${side}`, i === 0 ? `95% interval: ${side}` : side))

function describeRank(rank, above) {
  if (rank === 0) return '–'
  return above.length > 0 ? `${rank}, clearly above ${above.join(', ')}` : `${rank}`
}

function describeHighest(ranking) {
  const [first, ...others] = ranking.filter(({ score }) => score !== null)
  if (!first) return 'Nothing to compare: no ticker has news of 3 stories or more.'
  const { ticker, score, name } = first
  const words = `${ticker}, ${formatScore(score)}, ${name}.`
  if (others.length > 0) return `Highest score: ${words}`
  const isAlone = ranking.every((one) => one === first || one.articles === 0)
  return `Nothing to compare: only ${ticker} has news${isAlone ? '' : ' of 3 stories or more'}. Score: ${formatScore(score)}, ${name}.`
}

/** The number of pairs that fit above the chart. */
const maxPairs = 3

/** Names the clear pairs, or the largest difference of a pair that is not clear. */
function describeDifferences(differences) {
  const clear = differences.filter(({ isClear }) => isClear)
  if (clear.length === 0) return `No difference is clear. The largest: ${differences[0].words}.`
  const shown = clear.slice(0, maxPairs).map(({ words }) => words)
  const more = clear.length > maxPairs ? `; ${clear.length - maxPairs} more in the details` : ''
  return `${clear.length === 1 ? 'One clear difference' : `${clear.length} clear differences`}: ${shown.join('; ')}${more}.`
}
