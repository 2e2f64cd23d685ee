// Draws what get_sentiment_trend and compare_news_sentiment answer, as a view of MCP Apps 2026-01-26:
// https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx

// An answer's parts. Hosts hand on what servers and models have touched: anything may be missing or broken.

const isObject = (value) => typeof value === 'object' && value !== null
const objects = (value) => (Array.isArray(value) ? value.filter(isObject) : [])
const texts = (value) => (Array.isArray(value) ? value.map(text) : [])
const text = (value) => (typeof value === 'string' ? value : '')
const number = (value) => (Number.isFinite(value) ? value : null)
const whole = (value) => Math.max(0, Math.round(number(value) ?? 0))
const score = (value) => (number(value) === null ? null : Math.min(1, Math.max(-1, value)))

/** A point of a trend, a ticker of a ranking, or a sentiment: without a level there is no band, either. */
function readLevel(one) {
  const [level, low, high] = [one.level, one.low, one.high].map(score)
  const band = level === null || low === null || high === null ? null : { low, high }
  // The server has named the level itself, which is rounded here, unless it is a point of a trend.
  const known = bands.some(({ name }) => name === one.label) ? one.label : null
  return {
    level,
    band,
    name: known ?? nameOf(level),
    articles: whole(one.articles),
    stories: whole(one.stories)
  }
}

// Words.

const signed = (value) => (value === null ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`)
const plural = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`
const bandText = (band) => (band ? `${signed(band.low)} to ${signed(band.high)}` : '–')
const time = (value) => text(value).replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d).*$/, '$1 $2 UTC')
const newsOf = ({ articles, stories }) =>
  `${plural(articles, 'article')} (${plural(stories, 'story', 'stories')})`

function day(value, more) {
  const date = new Date(text(value))
  const options = { day: 'numeric', month: 'short', timeZone: 'UTC', ...more }
  return Number.isNaN(date.getTime()) ? text(value) : date.toLocaleDateString('en-GB', options)
}

/** Alpha Vantage's bands. Their bounds belong to the one further from neutral. */
const bands = [
  { name: 'Bearish', from: -1, to: -0.35 },
  { name: 'Somewhat-Bearish', from: -0.35, to: -0.15 },
  { name: 'Neutral', from: -0.15, to: 0.15 },
  { name: 'Somewhat-Bullish', from: 0.15, to: 0.35 },
  { name: 'Bullish', from: 0.35, to: 1 }
]

function nameOf(level) {
  const strength = [0.15, 0.35].filter((bound) => Math.abs(level) >= bound).length
  return bands[2 + Math.sign(level) * strength].name
}

// Elements, as `html('p.class', attributes, children)`. Strings become text nodes: nothing from outside is markup.

const elementsOf =
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
const html = elementsOf('http://www.w3.org/1999/xhtml')
const svg = elementsOf('http://www.w3.org/2000/svg')
const rect = (kind, x, y, width, height, more) => svg(`rect.${kind}`, { x, y, width, height }, more)
const line = (kind, x1, y1, x2, y2) => svg(`line.${kind}`, { x1, y1, x2, y2 })
const dot = (kind, cx, cy, r) => svg(`circle.${kind}`, { cx, cy, r })
const label = (words, x, y, anchor = 'start', kind = 'soft') =>
  svg(`text.${kind}`, { x, y, 'text-anchor': anchor }, words)

const list = (kind, items) =>
  html(
    `ul.${kind}`,
    items.map((item) => html('li', item))
  )

/** A link that the host opens: in the sandbox it leads nowhere by itself. Only the web is linked to. */
function link(url, words) {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return words
  const anchor = html('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, words)
  anchor.addEventListener('click', (event) => {
    event.preventDefault()
    request('ui/open-link', { url }).catch(() => {}) // it is the host's decision; the address can still be copied
  })
  return anchor
}

/** What a picture shows, for those who read rather than see. */
function table(caption, heads, rows) {
  const head = heads.map((one) => html('th', { scope: 'col' }, one))
  const body = rows.map(([first, ...rest]) =>
    html(
      'tr',
      html('th', { scope: 'row' }, first),
      rest.map((cell) => html('td', cell))
    )
  )
  return html(
    'details',
    html('summary', 'The numbers as a table'),
    html('table', html('caption', caption), html('thead', html('tr', head)), html('tbody', body))
  )
}

// Charts. They are drawn in pixels, anew for each width: the text of a scaled picture would be too small to read.

const scale = (from, to, start, end) => (value) => start + ((value - from) / (to - from)) * (end - start)

/** What the axis of levels spans: all that is drawn, zero, and enough of the bands beside neutral to name them. */
function spanOf(drawn) {
  const values = drawn.flatMap(({ level, band }) => [level, band?.low, band?.high]).map((value) => value ?? 0)
  return [Math.max(-1, Math.min(-0.28, ...values) - 0.04), Math.min(1, Math.max(0.28, ...values) + 0.04)]
}

/** The bands as far as `span` shows them, in pixels. */
const bandsIn = ([least, most], at) =>
  bands
    .map(({ name, from, to }) => ({ name, start: at(Math.max(least, from)), end: at(Math.min(most, to)) }))
    .filter((_, i) => bands[i].from < most && bands[i].to > least)

/** The axis' marks that have room, the most telling first. */
function ticksIn([least, most], at, room) {
  const ticks = []
  for (const tick of [0, 0.35, -0.35, 0.15, -0.15, 0.7, -0.7, 1, -1]) {
    const isFree = ticks.every(({ pixel }) => Math.abs(pixel - at(tick)) >= room)
    const words = tick === 0 ? '0' : signed(tick)
    if (tick >= least && tick <= most && isFree)
      ticks.push({ words, pixel: at(tick), kind: tick ? 'grid' : 'zero' })
  }
  return ticks
}

/** A band's name; the long ones have two lines. */
function bandName(name, x, middle, anchor) {
  const lines = name.split(/(?<=-)/)
  return lines.map((words, i) => label(words, x, middle + 4 + (i - (lines.length - 1) / 2) * 12, anchor))
}

/** Places of neighbours that all have a value. */
function runsOf(values) {
  const runs = [[]]
  values.forEach((value, i) => {
    if (value !== null) runs.at(-1).push(i)
    else runs.push([])
  })
  return runs.filter((run) => run.length > 0)
}

/** Draws a trend; `onPick` is told of the point under the pointer or the keyboard, and `mark` shows which one it is. */
function drawTrend({ points, change, name }, width, onPick) {
  const [left, right, top, bottom, barTop, barBottom] = [40, width - 72, 22, 238, 252, 296]
  const last = points.length - 1
  const step = (right - left) / points.length
  const xOf = (i) => left + step * (i + 0.5)
  const span = spanOf(points)
  const yOf = scale(...span, bottom, top)
  const most = Math.max(1, ...points.map(({ articles }) => articles))
  const topOf = scale(0, most, barBottom, barTop)

  const axes = [
    bandsIn(span, yOf).map(({ name, start, end }) => [
      rect(`tint.${name}`, left, end, right - left, start - end),
      start - end > 20 && bandName(name, right + 6, (start + end) / 2)
    ]),
    ticksIn(span, yOf, 13).map(({ words, pixel, kind }) => [
      line(kind, left, pixel, right, pixel),
      label(words, left - 5, pixel + 4, 'end')
    ]),
    line('grid', left, barBottom, right, barBottom),
    label(`${most}`, left - 5, barTop + 9, 'end'),
    label('Articles', right + 6, (barTop + barBottom) / 2 + 4),
    // From the newest back, so that it has its date.
    points.map(
      ({ date }, i) =>
        (last - i) % Math.ceil(58 / step) === 0 && label(day(date), xOf(i), barBottom + 15, 'middle')
    )
  ]
  const barWidth = Math.max(1, Math.min(22, step * 0.7))
  const bars = points.map(({ articles }, i) =>
    rect('articles', xOf(i) - barWidth / 2, topOf(articles), barWidth, barBottom - topOf(articles))
  )
  const ribbons = runsOf(points.map(({ band }) => band)).map((run) => {
    const reach = run.length === 1 ? Math.max(2, Math.min(8, step / 3)) : 0 // or one alone would have no width
    const edge = (bound) =>
      run.flatMap((i) => [-reach, reach].map((by) => [xOf(i) + by, yOf(points[i].band[bound])]))
    return svg('polygon.band', { points: [...edge('high'), ...edge('low').reverse()].join(' ') })
  })
  const course = runsOf(points.map(({ level }) => level)).map((run) =>
    svg('polyline.level', { points: run.map((i) => [xOf(i), yOf(points[i].level)]).join(' ') })
  )
  const radius = Math.min(4, Math.max(1.8, step / 3))
  const dots = points.map(
    ({ level, band }, i) => level !== null && dot(band ? 'point' : 'point.few', xOf(i), yOf(level), radius)
  )
  const [from, to] = [change?.from, change?.to].map((date) =>
    points.findIndex((point) => point.level !== null && point.date === date)
  )
  const turn = from >= 0 &&
    to >= 0 && [
      line('change', xOf(from), yOf(points[from].level), xOf(to), yOf(points[to].level)),
      label(
        `Largest change ${signed(number(change.change))}`,
        Math.min(right - 68, Math.max(left + 68, xOf(to))),
        14,
        'middle',
        'change-label'
      )
    ]
  const guide = line('guide', 0, top, 0, barBottom)

  const options = points.map(({ date, level }, i) =>
    rect('pick', xOf(i) - step / 2, top, step, barBottom - top, {
      role: 'option',
      'aria-label': `${day(date)}: ${level === null ? 'no news' : signed(level)}`
    })
  )
  const listbox = svg('g', { role: 'listbox', 'aria-label': name, 'aria-orientation': 'horizontal' }, options)
  const hidden = svg('g', { 'aria-hidden': 'true' }, axes, bars, guide, ribbons, course, turn, dots)
  const picture = svg('svg.trend', { width, height: barBottom + 20 }, hidden, listbox)

  const pickAt = ({ clientX }) => {
    const at = Math.floor((clientX - picture.getBoundingClientRect().left - left) / step)
    onPick(Math.min(last, Math.max(0, at)))
  }
  picture.addEventListener('pointermove', pickAt)
  picture.addEventListener('pointerdown', pickAt)
  listbox.addEventListener('focusin', ({ target }) => onPick(options.indexOf(target)))
  listbox.addEventListener('keydown', (event) => {
    const at = options.indexOf(event.target)
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key]
    if (to === undefined) return
    event.preventDefault()
    options[to]?.focus()
  })

  const mark = (picked) => {
    guide.setAttribute('x1', xOf(picked))
    guide.setAttribute('x2', xOf(picked))
    options.forEach((option, i) => {
      option.setAttribute('aria-selected', i === picked)
      option.setAttribute('tabindex', i === picked ? 0 : -1) // one stop for the Tab key
    })
  }
  return { picture, mark }
}

/** Draws a ranking: a dot with its band for each ticker, on one axis. */
function drawRanking(ranking, width) {
  const [left, right, row] = [122, width - 46, 44]
  const span = spanOf(ranking)
  const xOf = scale(...span, left, right)
  const tints = bandsIn(span, xOf)
  const hasRoom = ({ start, end }) => end - start > 64
  const top = tints.some(hasRoom) ? 34 : 4
  const bottom = top + row * ranking.length
  const rows = ranking.map(({ ticker, level, name, band, articles }, i) => {
    const middle = top + row * (i + 0.5)
    const known = level !== null
    return [
      line('grid', 0, middle + row / 2, width, middle + row / 2),
      label(ticker.length > 14 ? `${ticker.slice(0, 13)}…` : ticker, 0, middle - 2, 'start', 'strong'),
      label(known ? name : 'Insufficient data', 0, middle + 13),
      band &&
        rect('band', xOf(band.low), middle - 6, Math.max(1, xOf(band.high) - xOf(band.low)), 12, { rx: 3 }),
      known && dot('point', xOf(level), middle, 5),
      known && label(signed(level), width, middle + 4, 'end', 'strong'),
      !known && label(`${plural(articles, 'article')}: too few to tell`, left + 8, middle + 4)
    ]
  })
  const named = ticksIn(span, xOf, 36)
  return svg(
    'svg',
    {
      width,
      height: bottom + 20,
      role: 'img',
      'aria-label': 'Levels and uncertainty bands, as in the table'
    },
    tints.map(({ name, start, end }) => rect(`tint.${name}`, start, top, end - start, bottom - top)),
    tints
      .filter(hasRoom)
      .map(({ name, start, end }) => bandName(name, (start + end) / 2, top - 16, 'middle')),
    ticksIn(span, xOf, 0).map(({ pixel, kind }) => line(kind, pixel, top, pixel, bottom)),
    named.map(({ words, pixel }) => label(words, pixel, bottom + 14, 'middle')),
    rows
  )
}

/** What the signs of a chart mean. */
function legend(...signs) {
  const picture = (sign) => svg('svg', { width: 16, height: 12, 'aria-hidden': 'true' }, sign)
  return html(
    'figcaption',
    signs.map(([sign, meaning]) => html('span', picture(sign), meaning))
  )
}
const levelSign = () => [dot('point', 8, 6, 4), 'level']
const bandSign = () => [rect('band', 0, 0, 16, 12), 'uncertainty band']

// Views: the elements of an answer, and what draws its picture.

function viewTrend(answer) {
  const ticker = text(answer.ticker)
  const unit = answer.bucket === 'week' ? 'week' : 'day'
  const points = objects(answer.points).map((one) => ({
    ...readLevel(one),
    date: text(one.date),
    headlines: texts(one.headlines),
    isPartial: one.partial === true
  }))
  const change = isObject(answer.largest_change) ? answer.largest_change : null
  const when = ({ date, isPartial }) =>
    `${unit === 'week' ? 'Week from ' : ''}${day(date, { year: 'numeric' })}${isPartial ? `, part of the ${unit}` : ''}`

  const frame = html('div')
  const details = html('div.details', { 'aria-live': 'polite' })
  let trend
  let picked = points.findLastIndex(({ level }) => level !== null)
  const tell = () => {
    const point = points[picked]
    if (!point) return
    const { level, name, band, articles, headlines } = point
    const certainty = band ? `uncertainty band ${bandText(band)}` : 'too few articles for a band'
    const words =
      level === null ? 'No news.' : `${signed(level)}, ${name}; ${certainty}; ${plural(articles, 'article')}.`
    details.replaceChildren(html('strong', when(point)), html('p', words), list('headlines', headlines))
  }
  const pick = (i) => {
    if (i === picked) return
    picked = i
    trend.mark(i)
    tell()
  }
  tell()

  return {
    elements: [
      html('h1', `${ticker}: news sentiment by ${unit}`),
      sampleWarning(answer),
      html('p', sentenceOn(ticker, isObject(answer.sentiment) ? answer.sentiment : {})),
      html(
        'figure',
        frame,
        legend(
          levelSign(),
          [dot('point.few', 8, 6, 4), 'level of fewer than 3 articles'],
          bandSign(),
          [rect('articles', 3, 0, 10, 12), 'articles'],
          [line('change', 0, 6, 16, 6), 'largest change']
        )
      ),
      html('p.soft', `Point at a ${unit}, or go to the chart and use the arrow keys, to see its articles.`),
      details,
      change && viewChange(change),
      table(
        `${ticker} by ${unit} (UTC)`,
        [unit === 'week' ? 'Week' : 'Day', 'Level', 'uncertainty band', 'Articles', 'Headlines'],
        points.map((point) => [
          when(point),
          signed(point.level),
          bandText(point.band),
          `${point.articles}`,
          list('headlines', point.headlines)
        ])
      ),
      provenance(answer)
    ],
    draw(width) {
      const hadFocus = frame.contains(document.activeElement)
      trend = drawTrend({ points, change, name: `Level of each ${unit}` }, width, pick)
      trend.mark(Math.max(0, picked))
      frame.replaceChildren(trend.picture)
      if (hadFocus) frame.querySelector('[tabindex="0"]').focus()
    }
  }
}

function sentenceOn(ticker, sentiment) {
  const { level, name, band, ...counts } = readLevel(sentiment)
  const [bullish, neutral, bearish] = [sentiment.bullish, sentiment.neutral, sentiment.bearish].map(whole)
  if (level === null) return `Too little news on ${ticker} to tell: ${newsOf(counts)} in this window.`
  return (
    `Over the whole window, the news on ${ticker} is ${name}: level ${signed(level)}, uncertainty band ` +
    `${bandText(band)}, from ${newsOf(counts)}: ${bullish} bullish, ${neutral} neutral, ${bearish} bearish.`
  )
}

function viewChange({ from, to, change, uncertainty, is_certain, moved_by }) {
  const by = number(uncertainty)
  const sure = `${is_certain === true ? 'larger' : 'not clearly larger'} than its uncertainty of ±${by?.toFixed(2)}`
  const articles = objects(moved_by).map((one) => [
    html('b', signed(number(one.effect))),
    html(
      'div',
      link(text(one.url), text(one.title)),
      html('div.soft', `${text(one.source)}, ${time(one.published_at)}, score ${signed(score(one.score))}`)
    )
  ])
  return html(
    'section',
    html('h2', `Largest change: ${signed(number(change))}`),
    html('p', `From ${day(from)} to ${day(to)}, ${by === null ? 'with too few articles to tell' : sure}.`),
    articles.length > 0 && html('p.soft', 'The articles that moved it most, and by how much:'),
    list('effects', articles)
  )
}

function viewComparison(answer) {
  const ranking = objects(answer.ranking).map((one) => ({
    ...readLevel(one),
    ticker: text(one.ticker),
    above: texts(one.clearly_above)
  }))
  const differences = objects(answer.differences).map((one) => [
    one.is_certain === true ? html('span.tag.clear', 'Clear') : html('span.tag', 'Not clear'),
    html(
      'span',
      `${text(one.above)} over ${text(one.below)}: ${signed(number(one.difference))} ±${number(one.uncertainty)?.toFixed(2) ?? '–'}`
    )
  ])
  const missing = objects(answer.unavailable).map((one) => [
    html('strong', text(one.ticker)),
    `: ${text(one.reason)}`
  ])
  const frame = html('div')
  return {
    elements: [
      html('h1', `News sentiment of ${plural(ranking.length, 'ticker')}`),
      sampleWarning(answer),
      html('p', sentenceOnFirst(ranking.filter(({ level }) => level !== null))),
      html('figure', frame, legend(levelSign(), bandSign())),
      differences.length > 0 &&
        html(
          'section',
          html('h2', 'Are the differences clear?'),
          html('p.soft', 'Clear are those that are larger than their uncertainty.'),
          list('differences', differences)
        ),
      missing.length > 0 && html('section', html('h2', 'Missing'), list('missing', missing)),
      table(
        'The most bullish first',
        ['Ticker', 'Level', 'uncertainty band', 'News', 'Clearly above'],
        ranking.map(({ ticker, level, name, band, above, ...counts }) => [
          ticker,
          level === null ? 'Too few articles' : `${signed(level)} ${name}`,
          bandText(band),
          newsOf(counts),
          above.join(', ') || '–'
        ])
      ),
      provenance(answer)
    ],
    draw: (width) => frame.replaceChildren(drawRanking(ranking, width))
  }
}

function sentenceOnFirst([first, ...others]) {
  if (!first) return 'Too little news to rank any of them.'
  const news = `The news on ${first.ticker} is the most bullish: level ${signed(first.level)}, ${first.name}`
  if (others.length === 0) return `${news}.`
  const above = first.above.length
  return `${news}; ${above > 0 ? `clearly above ${above} of the ${plural(others.length, 'other')}` : 'not clearly above any other'}.`
}

function sampleWarning({ sample_data }) {
  const words = '⚠ Sample data: this news is invented, for trying the server.'
  return sample_data === true && html('p.warning', { role: 'note' }, words)
}

/** Where the numbers come from. */
function provenance(answer) {
  const { from, to, truncated, covered_from } = isObject(answer.window) ? answer.window : {}
  const age = whole(answer.data_age_seconds)
  const dropped = whole(answer.articles_dropped)
  const fetched = `fetched ${time(answer.fetched_at)}, ${age < 120 ? `${age} s` : `${Math.floor(age / 60)} min`} before this answer`
  return html(
    'footer',
    html('p', `From ${time(from)} to ${time(to)}, as of ${time(answer.as_of)}.`),
    truncated === true && html('p', html('strong', `The articles go back to ${time(covered_from)} only.`)),
    html('p', `${text(answer.data_source)}, ${fetched}.`),
    dropped > 0 && html('p', `${plural(dropped, 'article')} left out, as broken or double.`),
    html('p', text(answer.method))
  )
}

const viewMessage = (heading, words) => ({
  elements: [html('h1', heading), html('p.words', { role: 'status' }, words)],
  draw: () => {}
})

function viewResult({ content, structuredContent, isError }) {
  const words = objects(content)
    .map((block) => text(block.text))
    .join('\n\n')
    .trim()
  if (isError === true) return viewMessage('The tool answered with an error', words)
  const answer = isObject(structuredContent) ? structuredContent : {}
  if (objects(answer.points).length > 0) return viewTrend(answer)
  if (objects(answer.ranking).length > 0) return viewComparison(answer)
  return viewMessage('Nothing to draw', `This answer is neither a trend nor a comparison.\n\n${words}`)
}

// The page: one view at a time.

const main = document.querySelector('main')
const page = { draw: () => {}, width: 0, height: 0 }

function show({ elements, draw }) {
  main.replaceChildren(...elements.filter(Boolean))
  Object.assign(page, { draw, width: 0 })
  fit()
}

/** Draws for the width that there is, and tells the host what height that takes. */
function fit() {
  const width = main.clientWidth
  if (width === 0) return // hidden
  if (width !== page.width) page.draw(width)
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height)
  if (height !== page.height) send({ method: 'ui/notifications/size-changed', params: { height } })
  Object.assign(page, { width, height })
}

/** What the host says of its looks; later it says what has changed. */
function dress(context) {
  const { style } = document.documentElement
  if (['light', 'dark'].includes(context?.theme)) style.colorScheme = context.theme
  for (const [name, value] of Object.entries(context?.styles?.variables ?? {})) {
    if (name.startsWith('--')) style.setProperty(name, value)
  }
}

function waitFor({ arguments: input }) {
  const tickers = [input?.ticker, input?.tickers].flat().map(text).filter(Boolean).join(', ')
  show(viewMessage('News sentiment', `Waiting for the answer${tickers && ` on ${tickers}`}.`))
}

function showCancelled({ reason }) {
  show(viewMessage('Cancelled', `The question was cancelled before it was answered. ${text(reason)}`))
}

// JSON-RPC with the host.

/** To any origin: nobody tells a sandboxed page which one its host has, and nothing here is secret. */
const send = (message) => window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*')

const sent = []

function request(method, params) {
  send({ id: sent.length, method, params })
  return new Promise((resolve, reject) => sent.push({ resolve, reject }))
}

const notifications = new Map([
  ['ui/notifications/tool-input', waitFor],
  ['ui/notifications/tool-result', (result) => show(viewResult(result))],
  ['ui/notifications/tool-cancelled', showCancelled],
  ['ui/notifications/host-context-changed', dress]
])
const empty = ['ping', 'ui/resource-teardown']

window.addEventListener('message', ({ source, data }) => {
  if (source !== window.parent || data?.jsonrpc !== '2.0') return
  const { id, method, params, result, error } = data
  if (method === undefined) {
    if (error) sent[id]?.reject(error)
    else sent[id]?.resolve(result)
  } else if (id === undefined) notifications.get(method)?.(params ?? {})
  else if (empty.includes(method)) send({ id, result: {} })
  else send({ id, error: { code: -32601, message: 'Method not found' } })
})

const started = await request('ui/initialize', {
  appInfo: { name: 'finance-news-sentiment', version: '1.0.0' },
  appCapabilities: {},
  protocolVersion: '2026-01-26'
})
dress(started?.hostContext)
send({ method: 'ui/notifications/initialized', params: {} })
// In the next frame: what is drawn changes the very size that is observed.
new ResizeObserver(() => requestAnimationFrame(fit)).observe(document.body)
