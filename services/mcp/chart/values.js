// Reads and formats the values of an answer. A host passes on what servers and models produced: any part may be missing
// or invalid.

export const isObject = (value) => typeof value === 'object' && value !== null
export const toObjects = (value) => (Array.isArray(value) ? value.filter(isObject) : [])
export const toText = (value) => (typeof value === 'string' ? value : '')
export const toTexts = (value) => (Array.isArray(value) ? value.map(toText) : [])
export const toNumber = (value) => (Number.isFinite(value) ? value : null)
export const toCount = (value) => Math.max(0, Math.round(toNumber(value) ?? 0))
export const toScore = (value) => (toNumber(value) === null ? null : Math.min(1, Math.max(-1, value)))

/** Alpha Vantage's bands. A bound belongs to the band further from neutral. */
export const bands = [
  { name: 'Bearish', from: -1, to: -0.35 },
  { name: 'Somewhat-Bearish', from: -0.35, to: -0.15 },
  { name: 'Neutral', from: -0.15, to: 0.15 },
  { name: 'Somewhat-Bullish', from: 0.15, to: 0.35 },
  { name: 'Bullish', from: 0.35, to: 1 }
]

export function toBandName(score) {
  const strength = [0.15, 0.35].filter((bound) => Math.abs(score) >= bound).length
  return bands[2 + Math.sign(score) * strength].name
}

/** Reads a point or a half of a trend, a ticker of a ranking, or a sentiment. Without a score there is no interval. */
export function readScore(value) {
  const [score, low, high] = [value.score, value.low, value.high].map(toScore)
  // Points and halves of a trend have no label.
  const label = bands.some(({ name }) => name === value.label) ? value.label : null
  return {
    score,
    interval: score === null || low === null || high === null ? null : { low, high },
    name: label ?? toBandName(score),
    side: ['bullish', 'bearish', 'unclear'].find((side) => side === value.side) ?? '',
    articles: toCount(value.articles),
    stories: toCount(value.stories)
  }
}

export function formatSigned(value, digits = 2) {
  if (value === null) return '–'
  const words = Math.abs(value).toFixed(digits)
  if (Number(words) === 0) return words
  return `${value < 0 ? '−' : '+'}${words}`
}
/** Formats a score with more than two decimals only where fewer would be in another band. */
export const formatScore = (score) =>
  formatSigned(score, [2, 3].find((n) => toBandName(Number(score?.toFixed(n))) === toBandName(score)) ?? 4)
/** Formats an end of an interval as a score, with four decimals where two would hide on which side of 0 it is. */
const formatEnd = (end) => (Math.abs(end) < 0.005 && end !== 0 ? formatSigned(end, 4) : formatScore(end))
export const formatInterval = (interval) =>
  interval ? `${formatEnd(interval.low)} to ${formatEnd(interval.high)}` : '–'
/** Formats a difference with its uncertainty, as `+0.27 ± 0.22`. */
export const formatDifference = (difference, uncertainty) =>
  `${formatSigned(toNumber(difference))} ± ${toNumber(uncertainty)?.toFixed(2) ?? '–'}`
export const formatTime = (value) => toText(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, '$1 $2 UTC')
export const pluralize = (count, singular, plural = `${singular}s`) =>
  `${count} ${count === 1 ? singular : plural}`
export const formatCounts = ({ articles, stories }) =>
  `${pluralize(articles, 'article')}, ${pluralize(stories, 'story', 'stories')}`

export function formatDay(value, options) {
  const date = new Date(toText(value))
  const format = { day: 'numeric', month: 'short', timeZone: 'UTC', ...options }
  return Number.isNaN(date.getTime()) ? toText(value) : date.toLocaleDateString('en-GB', format)
}
