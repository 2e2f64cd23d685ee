import { requestHost } from './bridge.js'
import { formatTime, isObject, pluralize, toCount, toText } from './values.js'

/** Creates elements as `html('p.class', attributes, children)`. Strings become text nodes, so no outside text is markup. */
const createElementFactory =
  (namespace) =>
  (selector, ...parts) => {
    const [name, ...classes] = selector.split('.')
    const element = document.createElementNS(namespace, name)
    if (classes.length > 0) element.setAttribute('class', classes.join(' '))
    for (const part of parts.flat(Number.POSITIVE_INFINITY)) {
      if (part instanceof Node || typeof part === 'string') element.append(part)
      else if (part) for (const [key, value] of Object.entries(part)) element.setAttribute(key, value)
    }
    return element
  }
export const html = createElementFactory('http://www.w3.org/1999/xhtml')
export const svg = createElementFactory('http://www.w3.org/2000/svg')
export const rect = (kind, x, y, width, height, attributes) =>
  svg(`rect.${kind}`, { x, y, width, height }, attributes)
export const line = (kind, x1, y1, x2, y2) => svg(`line.${kind}`, { x1, y1, x2, y2 })
export const dot = (kind, cx, cy, r) => svg(`circle.${kind}`, { cx, cy, r })
export const label = (words, x, y, anchor = 'start', kind = 'soft') =>
  svg(`text.${kind}`, { x, y, 'text-anchor': anchor }, words)

export const renderList = (kind, items) =>
  html(
    `ul.${kind}`,
    items.map((item) => html('li', item))
  )

/** A link that asks the host to open it, because the sandbox blocks navigation. Only http and https become links. */
export function renderLink(url, words) {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return words
  const anchor = html('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, words)
  anchor.addEventListener('click', (event) => {
    event.preventDefault()
    requestHost('ui/open-link', { url }).catch(() => {}) // the host may decline; the address can still be copied
  })
  return anchor
}

/** The numbers of a chart, for readers who cannot see it. */
export function renderTable(caption, heads, rows) {
  const head = heads.map((text) => html('th', { scope: 'col' }, text))
  const body = rows.map(([first, ...rest]) =>
    html(
      'tr',
      html('th', { scope: 'row' }, first),
      rest.map((cell) => html('td', cell))
    )
  )
  return html(
    'section',
    html('h2', 'The numbers as a table'),
    html('table', html('caption', caption), html('thead', html('tr', head)), html('tbody', body))
  )
}

/** Explains the signs of a chart. */
export function renderLegend(...signs) {
  const picture = (sign) => svg('svg', { width: 16, height: 12, 'aria-hidden': 'true' }, sign)
  return html(
    'figcaption',
    signs.filter(Boolean).map(([sign, meaning]) => html('span', picture(sign), meaning))
  )
}
export const scoreSign = () => [dot('point', 8, 6, 4), 'score']
export const intervalSign = (kind = 'interval', meaning = '95% interval') => [
  rect(kind, 0, 0, 16, 12),
  meaning
]

export function renderSampleWarning({ sample_data }) {
  const words = '⚠ Sample data: this news is invented.'
  return sample_data === true && html('p.warning', { role: 'note' }, words)
}

/** The window, the source and the method of an answer. */
export function renderProvenance(answer) {
  const { from, to, truncated, covered_from } = isObject(answer.window) ? answer.window : {}
  const age = toCount(answer.data_age_seconds)
  const dropped = toCount(answer.articles_dropped)
  const fetched = `fetched ${formatTime(answer.fetched_at)}, ${age < 120 ? `${age} s` : `${Math.floor(age / 60)} min`} before this answer`
  return html(
    'footer',
    html('p', `From ${formatTime(from)} to ${formatTime(to)}, as of ${formatTime(answer.as_of)}.`),
    truncated === true &&
      html('p', html('strong', `The articles go back to ${formatTime(covered_from)} only.`)),
    html('p', `${toText(answer.data_source)}, ${fetched}.`),
    dropped > 0 && html('p', `${pluralize(dropped, 'invalid or duplicate article')} left out.`),
    html('p', `Method: ${toText(answer.method)}`)
  )
}

export const createMessageView = (heading, words) => ({
  summary: [html('h1', heading), html('p.words', { role: 'status' }, words)],
  details: [],
  chartHeight: 0,
  draw: () => 0
})
