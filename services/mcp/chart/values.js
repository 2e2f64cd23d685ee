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

function toBandName(level) {
  const strength = [0.15, 0.35].filter((bound) => Math.abs(level) >= bound).length
  return bands[2 + Math.sign(level) * strength].name
}

/** Reads a point of a trend, a ticker of a ranking, or a sentiment. Without a level there is no uncertainty band. */
export function readLevel(value) {
  const [level, low, high] = [value.level, value.low, value.high].map(toScore)
  const band = level === null || low === null || high === null ? null : { low, high }
  // The server labels the unrounded level. Points of a trend have no label.
  const label = bands.some(({ name }) => name === value.label) ? value.label : null
  return {
    level,
    band,
    name: label ?? toBandName(level),
    articles: toCount(value.articles),
    stories: toCount(value.stories)
  }
}

export const formatSigned = (value) =>
  value === null ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
export const formatBand = (band) => (band ? `${formatSigned(band.low)} to ${formatSigned(band.high)}` : '–')
export const formatTime = (value) => toText(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, '$1 $2 UTC')
export const pluralize = (count, singular, plural = `${singular}s`) =>
  `${count} ${count === 1 ? singular : plural}`
export const formatCounts = ({ articles, stories }) =>
  `${pluralize(articles, 'article')} (${pluralize(stories, 'story', 'stories')})`

export function formatDay(value, options) {
  const date = new Date(toText(value))
  const format = { day: 'numeric', month: 'short', timeZone: 'UTC', ...options }
  return Number.isNaN(date.getTime()) ? toText(value) : date.toLocaleDateString('en-GB', format)
}
