import {
  dot,
  html,
  intervalSign,
  line,
  renderLegend,
  renderLink,
  renderList,
  renderProvenance,
  renderSampleWarning,
  renderTable,
  scoreSign
} from './elements.js'
import { drawTrend } from './trend-drawing.js'
import {
  formatCounts,
  formatDay,
  formatDifference,
  formatInterval,
  formatScore,
  formatSigned,
  formatTime,
  isObject,
  readScore,
  toBandName,
  toCount,
  toNumber,
  toObjects,
  toScore,
  toText,
  toTexts
} from './values.js'

const isFew = ({ score, interval }) => score !== null && !interval

/** The view of an answer of get_sentiment_trend: a summary, details, and a function that draws the chart and returns its height. */
export function createTrendView(answer) {
  const ticker = toText(answer.ticker)
  const unit = answer.bucket === 'week' ? 'week' : 'day'
  const points = toObjects(answer.points).map((item) => ({
    ...readScore(item),
    date: toText(item.date),
    headlines: toTexts(item.headlines),
    isPartial: item.partial === true
  }))
  const sentiment = readSentiment(answer.sentiment)
  const change = isObject(answer.largest_change) ? answer.largest_change : null
  const halves = readHalves(answer.halves)
  const pickedPoint = html('div.picked', { 'aria-live': 'polite' })
  const frame = html('div')
  let trend
  let picked = points.findLastIndex(({ score }) => score !== null)
  const showPicked = () =>
    pickedPoint.replaceChildren(...(points[picked] ? describePoint(points[picked], unit) : []))
  const pick = (i) => {
    if (i === picked) return
    picked = i
    trend.mark(i)
    showPicked()
  }
  showPicked()

  return {
    chartHeight: 316,
    summary: [
      html('h1', `${ticker}: news sentiment by ${unit}`),
      renderSampleWarning(answer),
      html('p.brief', describeScore(ticker, sentiment)),
      halves.length > 0 && html('p.brief', describeHalves(halves, answer.halves.is_certain)),
      html(
        'figure',
        frame,
        renderLegend(
          scoreSign(),
          points.some(isFew) && [dot('point.few', 8, 6, 4), 'below 3 stories'],
          intervalSign(),
          halves.length > 0 && [line('half', 0, 6, 16, 6), 'half']
        )
      ),
      pickedPoint
    ],
    details: [
      html('p', describeCounts(sentiment)),
      html(
        'p.soft',
        `To see the articles of a ${unit}, point at it, or move to the chart and use the arrow keys.`
      ),
      halves.length > 0 && renderHalves(halves, answer.halves),
      renderChange(change, unit),
      renderTable(
        `${ticker} by ${unit} (UTC)`,
        [unit === 'week' ? 'Week' : 'Day', 'Score', '95% interval', 'News', 'Headlines'],
        points.map((point) => [
          formatPeriod(point, unit),
          formatSigned(point.score),
          formatInterval(point.interval),
          formatCounts(point),
          renderList('headlines', point.headlines)
        ])
      ),
      renderProvenance(answer)
    ],
    draw(width, height) {
      const hadFocus = frame.contains(document.activeElement)
      const size = { width, height: Math.max(120, height) }
      const daysPerPoint = unit === 'week' ? 7 : 1
      trend = drawTrend({ points, change, halves, daysPerPoint, name: `Score of each ${unit}` }, size, pick)
      trend.mark(Math.max(0, picked))
      frame.replaceChildren(trend.picture)
      if (hadFocus) trend.slider.focus()
      return size.height
    }
  }
}

const formatPeriod = ({ date, isPartial }, unit) =>
  `${unit === 'week' ? 'Week from ' : ''}${formatDay(date, { year: 'numeric' })}${isPartial ? `, part of the ${unit}` : ''}`

function describePoint(point, unit) {
  const { score, name, interval, headlines } = point
  const certainty = interval ? `95% interval ${formatInterval(interval)}` : 'too few stories for an interval'
  const words =
    score === null ? 'No news.' : `${formatSigned(score)}, ${name}; ${certainty}; ${formatCounts(point)}.`
  return [html('strong', formatPeriod(point, unit)), html('p', words), renderList('headlines', headlines)]
}

function readSentiment(value) {
  const sentiment = isObject(value) ? value : {}
  const [bullish, neutral, bearish] = [sentiment.bullish, sentiment.neutral, sentiment.bearish].map(toCount)
  return { ...readScore(sentiment), bullish, neutral, bearish }
}

function describeScore(ticker, { score, name, interval, ...counts }) {
  if (score === null)
    return `${ticker}: insufficient data (${formatCounts(counts)}) for a score of this window.`
  return `${ticker}: ${name}, sentiment score ${formatScore(score)} (95% interval ${formatInterval(interval)}), from ${formatCounts(counts)}.`
}

function describeCounts({ interval, bullish, neutral, bearish, ...counts }) {
  const [from, to] = [interval?.low, interval?.high].map((bound) => interval && toBandName(bound))
  const reach = from === to ? '' : ` The 95% interval of the score reaches from ${from} to ${to}.`
  return `The whole window has ${formatCounts(counts)}: ${bullish} bullish, ${neutral} neutral, ${bearish} bearish.${reach}`
}

/** The two halves of a trend; none if either is missing. */
function readHalves(value) {
  const halves = [value?.first, value?.second].filter(isObject)
  if (halves.length < 2) return []
  return halves.map((half) => ({ ...readScore(half), from: toText(half.from), to: toText(half.to) }))
}

function describeHalves([first, second], isCertain) {
  const [before, after] = [first.score, second.score].map((score) =>
    score === null ? 'no news' : formatSigned(score)
  )
  return `First half ${before}, second ${after}: ${describeCertainty(isCertain, second.score - first.score)}.`
}

function describeCertainty(isCertain, change) {
  if (typeof isCertain !== 'boolean') return 'too few stories to compare'
  if (!isCertain) return 'no clear change'
  return change > 0 ? 'a clear rise' : 'a clear fall'
}

const describeChange = ({ change, uncertainty, is_certain }) =>
  `${formatDifference(change, uncertainty)}, ${describeCertainty(is_certain === true, toNumber(change))}`

const renderHalves = (halves, comparison) =>
  html(
    'section',
    html('h2', 'The two halves'),
    renderList(
      'halves',
      halves.map(({ from, to, score, interval, ...counts }, i) => [
        html('strong', `${i === 0 ? 'First' : 'Second'} half, ${formatDays(from, to)}: `),
        score === null
          ? 'no news'
          : `${formatSigned(score)} (95% interval ${formatInterval(interval)}), from ${formatCounts(counts)}`
      ])
    ),
    toNumber(comparison.change) !== null && html('p', `Change: ${describeChange(comparison)}.`)
  )

const formatDays = (from, to) => (from === to ? formatDay(from) : `${formatDay(from)} to ${formatDay(to)}`)

function renderChange(change, unit) {
  if (!change) {
    const words = `None: no two neighboring ${unit}s have 3 stories each.`
    return html('section', html('h2', 'Largest change'), html('p', words))
  }
  const { from, to, moved_by } = change
  const articles = toObjects(moved_by).map((item) => [
    html('b', formatSigned(toNumber(item.effect))),
    html(
      'div',
      renderLink(toText(item.url), toText(item.title)),
      html(
        'div.soft',
        `${toText(item.source)}, ${formatTime(item.published_at)}, score ${formatSigned(toScore(item.score))}`
      )
    )
  ])
  return html(
    'section',
    html('h2', 'Largest change'),
    html('p', `From ${formatDay(from)} to ${formatDay(to)}: ${describeChange(change)}.`),
    articles.length > 0 && html('p.soft', 'The stories that moved it most, and by how much:'),
    renderList('effects', articles)
  )
}
