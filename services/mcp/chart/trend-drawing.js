import { axisRange, axisTicks, drawBandName, scale, visibleBands } from './axis.js'
import { dot, label, line, rect, svg } from './elements.js'
import { formatDay, formatSigned, toNumber } from './values.js'

/** Indexes of adjacent values that are not null, one list for each run. */
function findRuns(values) {
  const runs = [[]]
  values.forEach((value, i) => {
    if (value !== null) runs.at(-1).push(i)
    else runs.push([])
  })
  return runs.filter((run) => run.length > 0)
}

/** Where a trend's parts go, in pixels, in a picture of this size. */
function layOut(points, width, height) {
  const [left, right, top, barBottom] = [40, width - 78, 22, height - 20]
  const barTop = barBottom - Math.min(44, height / 6)
  const bottom = barTop - 14
  const step = (right - left) / points.length
  const range = axisRange(points)
  return {
    ...{ left, right, top, bottom, barTop, barBottom, step, range, width, height },
    toX: (i) => left + step * (i + 0.5),
    toY: scale(...range, bottom, top)
  }
}

function drawAxes(points, { left, right, barTop, barBottom, step, range, toX, toY }) {
  const last = points.length - 1
  const maxStories = Math.max(1, ...points.map(({ stories }) => stories))
  const toBarTop = scale(0, maxStories, barBottom, barTop)
  const barWidth = Math.max(1, Math.min(22, step * 0.7))
  return [
    visibleBands(range, toY).map(({ name, start, end }) => [
      rect(`tint.${name}`, left, end, right - left, start - end),
      start - end > 20 && drawBandName(name, right + 6, (start + end) / 2)
    ]),
    axisTicks(range, toY, 13).map(({ words, pixel, kind }) => [
      line(kind, left, pixel, right, pixel),
      label(words, left - 5, pixel + 4, 'end')
    ]),
    line('grid', left, barBottom, right, barBottom),
    label(`${maxStories}`, left - 5, barTop + 9, 'end'),
    label('Stories', right + 6, (barTop + barBottom) / 2 + 4),
    // Counted from the newest point, so that it always has its date.
    points.map(
      ({ date }, i) =>
        (last - i) % Math.ceil(58 / step) === 0 && label(formatDay(date), toX(i), barBottom + 15, 'middle')
    ),
    points.map(({ stories }, i) =>
      rect('stories', toX(i) - barWidth / 2, toBarTop(stories), barWidth, barBottom - toBarTop(stories))
    )
  ]
}

function drawScores(points, { step, toX, toY }) {
  const ribbons = findRuns(points.map(({ interval }) => interval)).map((run) => {
    // A single point needs a width to be visible.
    const halfWidth = run.length === 1 ? Math.max(2, Math.min(8, step / 3)) : 0
    const edge = (bound) =>
      run.flatMap((i) => [-halfWidth, halfWidth].map((by) => [toX(i) + by, toY(points[i].interval[bound])]))
    return svg('polygon.interval', { points: [...edge('high'), ...edge('low').reverse()].join(' ') })
  })
  const lines = findRuns(points.map(({ score }) => score)).map((run) =>
    svg('polyline.score', { points: run.map((i) => [toX(i), toY(points[i].score)]).join(' ') })
  )
  return { ribbons, lines }
}

function drawChange(points, change, { left, right, toX, toY }) {
  const [from, to] = [change?.from, change?.to].map((date) =>
    points.findIndex((point) => point.score !== null && point.date === date)
  )
  if (from < 0 || to < 0) return []
  return [
    line('change', toX(from), toY(points[from].score), toX(to), toY(points[to].score)),
    label(
      `Largest change ${formatSigned(toNumber(change.change))}, ${change.is_certain === true ? 'clear' : 'not clear'}`,
      Math.min(right - 100, Math.max(left + 100, toX(to))),
      14,
      'middle',
      'change-label'
    )
  ]
}

/** Draws a line at the score of each half of the days. */
function drawHalves(points, halves, { left, right, step, toY }, daysPerPoint) {
  const toDay = (date) => Date.parse(date) / 86_400_000
  const start = toDay(points[0].date)
  const toEdge = (day) => Math.min(right, Math.max(left, left + ((day - start) / daysPerPoint) * step))
  return halves.map(({ score, from, to }) => {
    const [x1, x2] = [toEdge(toDay(from)), toEdge(toDay(to) + 1)]
    return score !== null && x1 < x2 && line('half', x1, toY(score), x2, toY(score))
  })
}

/**
 * Draws a trend. Calls `onPick` with the index of the point under the pointer, or that the keyboard selects; `mark`
 * highlights a point. One slider covers the chart: points may be too narrow for a finger.
 */
export function drawTrend({ points, change, halves, daysPerPoint, name }, { width, height }, onPick) {
  const layout = layOut(points, width, height)
  const { left, right, top, barBottom, step, toX, toY } = layout
  const last = points.length - 1
  const radius = Math.min(4, Math.max(1.8, step / 3))
  const dots = points.map(
    ({ score, interval }, i) =>
      score !== null && dot(interval ? 'point' : 'point.few', toX(i), toY(score), radius)
  )
  const guide = line('guide', 0, top, 0, barBottom)
  const { ribbons, lines } = drawScores(points, layout)
  const range = { 'aria-label': name, 'aria-valuemin': 0, 'aria-valuemax': last }
  const slider = rect('pick', left, top, right - left, barBottom - top, {
    role: 'slider',
    tabindex: 0,
    ...range
  })
  const hidden = svg(
    'g',
    { 'aria-hidden': 'true' },
    drawAxes(points, layout),
    [guide, ribbons, lines],
    drawChange(points, change, layout),
    drawHalves(points, halves, layout, daysPerPoint),
    dots
  )
  const picture = svg('svg.trend', { width, height }, hidden, slider)

  const pick = (index) => onPick(Math.min(last, Math.max(0, index)))
  const pickAt = ({ clientX }) => pick(Math.floor((clientX - slider.getBoundingClientRect().left) / step))
  slider.addEventListener('pointermove', pickAt)
  slider.addEventListener('pointerdown', pickAt)
  slider.addEventListener('keydown', (event) => {
    const picked = Number(slider.getAttribute('aria-valuenow'))
    const [back, forward] = [picked - 1, picked + 1]
    const arrows = { ArrowLeft: back, ArrowDown: back, ArrowRight: forward, ArrowUp: forward }
    const next = { ...arrows, Home: 0, End: last }[event.key]
    if (next === undefined) return
    event.preventDefault()
    pick(next)
  })

  const mark = (picked) => {
    const { date, score } = points[picked]
    guide.setAttribute('x1', toX(picked))
    guide.setAttribute('x2', toX(picked))
    slider.setAttribute('aria-valuenow', picked)
    slider.setAttribute(
      'aria-valuetext',
      `${formatDay(date)}: ${score === null ? 'no news' : formatSigned(score)}`
    )
  }
  return { picture, slider, mark }
}
