import { axisRange, axisTicks, drawBandName, scale, visibleBands } from './axis.js'
import {
  bandSign,
  dot,
  html,
  label,
  levelSign,
  line,
  rect,
  renderLegend,
  renderList,
  renderProvenance,
  renderSampleWarning,
  renderTable,
  svg
} from './elements.js'
import {
  formatBand,
  formatCounts,
  formatSigned,
  pluralize,
  readLevel,
  toNumber,
  toObjects,
  toText,
  toTexts
} from './values.js'

/** The height that shows two lines for each ticker, below the names of the bands. */
const naturalHeight = (ranking) => 34 + 44 * ranking.length + 20

/** Draws a ranking: a dot with its band for each ticker, on one axis. */
function drawRanking(ranking, width, height) {
  const [left, right] = [122, width - 46]
  const range = axisRange(ranking)
  const toX = scale(...range, left, right)
  const tints = visibleBands(range, toX)
  const isTall = height - 54 >= 34 * ranking.length
  const hasRoom = ({ start, end }) => isTall && end - start > 64
  const top = tints.some(hasRoom) ? 34 : 4
  const row = Math.max(20, Math.min(44, (height - top - 20) / ranking.length))
  const bottom = top + row * ranking.length
  const rows = ranking.map(({ ticker, level, name, band, articles }, i) => {
    const middle = top + row * (i + 0.5)
    const hasLevel = level !== null
    return [
      line('grid', 0, middle + row / 2, width, middle + row / 2),
      label(
        ticker.length > 14 ? `${ticker.slice(0, 13)}…` : ticker,
        0,
        middle + (isTall ? -2 : 4),
        'start',
        'strong'
      ),
      isTall && label(hasLevel ? name : 'Insufficient data', 0, middle + 13),
      band &&
        rect('band', toX(band.low), middle - 6, Math.max(1, toX(band.high) - toX(band.low)), 12, { rx: 3 }),
      hasLevel && dot('point', toX(level), middle, 5),
      hasLevel && label(formatSigned(level), width, middle + 4, 'end', 'strong'),
      !hasLevel && label(`${pluralize(articles, 'article')}: too few for a level`, left + 8, middle + 4)
    ]
  })
  const ticks = axisTicks(range, toX, 36)
  return svg(
    'svg',
    {
      width,
      height: bottom + 20,
      role: 'img',
      'aria-label': ranking.map(({ ticker, level }) => `${ticker} ${formatSigned(level)}`).join(', ')
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
    ...readLevel(item),
    ticker: toText(item.ticker),
    above: toTexts(item.clearly_above)
  }))
  const differences = toObjects(answer.differences).map((item) => [
    item.is_certain === true ? html('span.tag.clear', 'Clear') : html('span.tag', 'Not clear'),
    html(
      'span',
      `${toText(item.above)} over ${toText(item.below)}: ${formatSigned(toNumber(item.difference))} ±${toNumber(item.uncertainty)?.toFixed(2) ?? '–'}`
    )
  ])
  const unavailable = toObjects(answer.unavailable).map((item) => [
    html('strong', toText(item.ticker)),
    `: ${toText(item.reason)}`
  ])
  const frame = html('div')
  return {
    chartHeight: naturalHeight(ranking),
    summary: [
      html('h1', `News sentiment of ${pluralize(ranking.length, 'ticker')}`),
      renderSampleWarning(answer),
      html('p.brief', describeRanking(ranking.filter(({ level }) => level !== null))),
      html('figure', frame, renderLegend(levelSign(), bandSign()))
    ],
    details: [
      differences.length > 0 &&
        html(
          'section',
          html('h2', 'Are the differences clear?'),
          html('p.soft', 'A difference is clear if it is larger than its uncertainty.'),
          renderList('differences', differences)
        ),
      unavailable.length > 0 &&
        html('section', html('h2', 'Unavailable'), renderList('missing', unavailable)),
      renderTable(
        'The most bullish first',
        ['Ticker', 'Level', 'uncertainty band', 'News', 'Clearly above'],
        ranking.map(({ ticker, level, name, band, above, ...counts }) => [
          ticker,
          level === null ? 'Too few articles' : `${formatSigned(level)} ${name}`,
          formatBand(band),
          formatCounts(counts),
          above.join(', ') || '–'
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

function describeRanking([first, ...others]) {
  if (!first) return 'Not enough news to rank any ticker.'
  const news = `The news on ${first.ticker} is the most bullish: level ${formatSigned(first.level)}, ${first.name}`
  if (others.length === 0) return `${news}.`
  const above = first.above.length
  return `${news}; ${above > 0 ? `clearly above ${above} of the ${pluralize(others.length, 'other')}` : 'not clearly above any other'}.`
}
