import {
  bandSign,
  dot,
  html,
  levelSign,
  line,
  rect,
  renderLegend,
  renderLink,
  renderList,
  renderProvenance,
  renderSampleWarning,
  renderTable
} from './elements.js'
import { drawTrend } from './trend-drawing.js'
import {
  formatBand,
  formatCounts,
  formatDay,
  formatSigned,
  formatTime,
  isObject,
  pluralize,
  readLevel,
  toCount,
  toNumber,
  toObjects,
  toScore,
  toText,
  toTexts
} from './values.js'

/** The view of an answer of get_sentiment_trend: a summary, details, and a function that draws the chart and returns its height. */
export function createTrendView(answer) {
  const ticker = toText(answer.ticker)
  const unit = answer.bucket === 'week' ? 'week' : 'day'
  const points = toObjects(answer.points).map((item) => ({
    ...readLevel(item),
    date: toText(item.date),
    headlines: toTexts(item.headlines),
    isPartial: item.partial === true
  }))
  const sentiment = readSentiment(answer.sentiment)
  const change = isObject(answer.largest_change) ? answer.largest_change : null
  const pickedPoint = html('div.picked', { 'aria-live': 'polite' })
  const frame = html('div')
  let trend
  let picked = points.findLastIndex(({ level }) => level !== null)
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
      html('p.brief', describeLevel(ticker, sentiment)),
      html(
        'figure',
        frame,
        renderLegend(
          levelSign(),
          [dot('point.few', 8, 6, 4), 'of fewer than 3 articles'],
          bandSign(),
          [rect('articles', 3, 0, 10, 12), 'articles'],
          [line('change', 0, 6, 16, 6), 'largest change']
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
      change && renderChange(change),
      renderTable(
        `${ticker} by ${unit} (UTC)`,
        [unit === 'week' ? 'Week' : 'Day', 'Level', 'uncertainty band', 'Articles', 'Headlines'],
        points.map((point) => [
          formatPeriod(point, unit),
          formatSigned(point.level),
          formatBand(point.band),
          `${point.articles}`,
          renderList('headlines', point.headlines)
        ])
      ),
      renderProvenance(answer)
    ],
    draw(width, height) {
      const hadFocus = frame.contains(document.activeElement)
      const size = { width, height: Math.max(120, height) }
      trend = drawTrend({ points, change, name: `Level of each ${unit}` }, size, pick)
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
  const { level, name, band, articles, headlines } = point
  const certainty = band ? `uncertainty band ${formatBand(band)}` : 'too few articles for a band'
  const words =
    level === null
      ? 'No news.'
      : `${formatSigned(level)}, ${name}; ${certainty}; ${pluralize(articles, 'article')}.`
  return [html('strong', formatPeriod(point, unit)), html('p', words), renderList('headlines', headlines)]
}

function readSentiment(value) {
  const sentiment = isObject(value) ? value : {}
  const [bullish, neutral, bearish] = [sentiment.bullish, sentiment.neutral, sentiment.bearish].map(toCount)
  return { ...readLevel(sentiment), bullish, neutral, bearish }
}

function describeLevel(ticker, { level, name, band, ...counts }) {
  if (level === null) return `Not enough news on ${ticker} for a level in this window.`
  return `The news on ${ticker} is ${name}: level ${formatSigned(level)} (${formatBand(band)}), from ${formatCounts(counts)}.`
}

const describeCounts = ({ bullish, neutral, bearish, ...counts }) =>
  `The whole window has ${formatCounts(counts)}: ${bullish} bullish, ${neutral} neutral, ${bearish} bearish.`

function renderChange({ from, to, change, uncertainty, is_certain, moved_by }) {
  const by = toNumber(uncertainty)
  const comparison = `${is_certain === true ? 'larger' : 'not clearly larger'} than its uncertainty of ±${by?.toFixed(2)}`
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
    html('h2', `Largest change: ${formatSigned(toNumber(change))}`),
    html(
      'p',
      `From ${formatDay(from)} to ${formatDay(to)}, ${by === null ? 'with too few articles to judge it' : comparison}.`
    ),
    articles.length > 0 && html('p.soft', 'The articles that moved it most, and by how much:'),
    renderList('effects', articles)
  )
}
