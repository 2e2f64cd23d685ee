import { listenToHost, postToHost, requestHost } from './bridge.js'
import { createComparisonView } from './comparison.js'
import { createMessageView, html } from './elements.js'
import { createTrendView } from './trend.js'
import { isObject, toCount, toObjects, toText, toTexts } from './values.js'

// Draws the answers of get_sentiment_trend and compare_news_sentiment, as a view of MCP Apps 2026-01-26:
// https://github.com/modelcontextprotocol/ext-apps/blob/main/specification/2026-01-26/apps.mdx

function createResultView({ content, structuredContent, isError }) {
  const words = toObjects(content)
    .map((block) => toText(block.text))
    .join('\n\n')
    .trim()
  if (isError === true) return createMessageView('The tool returned an error', words)
  const answer = isObject(structuredContent) ? structuredContent : {}
  if (toObjects(answer.points).length > 0) return createTrendView(answer)
  if (toObjects(answer.ranking).length > 0) return createComparisonView(answer)
  return createMessageView('Nothing to draw', `This answer is neither a trend nor a comparison.\n\n${words}`)
}

/** The maximum inside a conversation, in pixels (Claude, MCP Apps design guidelines). */
const maxInlineHeight = 500

const root = document.documentElement
const main = document.querySelector('main')
const detailsButton = html('button', { type: 'button' })
const page = { draw: () => {}, chartHeight: 0, width: 0, height: 0 }
const host = { displayMode: 'inline', availableDisplayModes: [] }

function show({ summary, details, chartHeight, draw }) {
  const more = details.filter(Boolean)
  main.replaceChildren(
    ...summary.filter(Boolean),
    ...(more.length > 0 ? [detailsButton, html('div.details', more)] : [])
  )
  Object.assign(page, { draw, chartHeight, width: 0 })
  fit()
}

const isShowingDetails = () => root.classList.contains('detailed')

/** Shows or hides the details: a card in a conversation is only a summary. */
function setDetailed(isDetailed) {
  root.classList.toggle('detailed', isDetailed)
  detailsButton.setAttribute('aria-expanded', isDetailed)
  detailsButton.textContent = isDetailed ? 'Show less' : 'Show details'
  page.width = 0
  fit()
}

detailsButton.addEventListener('click', async () => {
  const isDetailed = isShowingDetails()
  const mode = isDetailed ? 'inline' : 'fullscreen'
  const answer = toTexts(host.availableDisplayModes).includes(mode)
    ? await requestHost('ui/request-display-mode', { mode }).catch(() => null)
    : null
  if (answer?.mode === mode) host.displayMode = mode
  setDetailed(!isDetailed)
})

/** Draws for the current width, and reports the resulting height to the host. */
function fit() {
  const width = main.clientWidth
  if (width === 0) return // hidden
  const isInline = host.displayMode !== 'fullscreen'
  if (width !== page.width) {
    const drawnHeight = page.draw(width, page.chartHeight)
    const excess = measureHeight() - maxInlineHeight
    if (excess > 0 && !isShowingDetails()) page.draw(width, drawnHeight - excess)
  }
  const height = isInline ? Math.min(maxInlineHeight, measureHeight()) : measureHeight()
  if (height !== page.height) postToHost({ method: 'ui/notifications/size-changed', params: { height } })
  Object.assign(page, { width, height })
}

const measureHeight = () => Math.ceil(root.getBoundingClientRect().height)

/** Applies the host's theme, variables, insets and display mode. A later notification holds only what changed. */
function applyHostContext(context) {
  const { style } = root
  if (['light', 'dark'].includes(context?.theme)) style.colorScheme = context.theme
  for (const [name, value] of Object.entries(context?.styles?.variables ?? {})) {
    if (name.startsWith('--')) style.setProperty(name, value)
  }
  for (const [side, inset] of Object.entries(context?.safeAreaInsets ?? {})) {
    style.setProperty(`--inset-${side}`, `${toCount(inset)}px`)
  }
  const { displayMode = host.displayMode, availableDisplayModes = host.availableDisplayModes } = context ?? {}
  const isDetailed = displayMode === host.displayMode ? isShowingDetails() : displayMode === 'fullscreen'
  Object.assign(host, { displayMode, availableDisplayModes })
  setDetailed(isDetailed)
}

function showPending({ arguments: input }) {
  const tickers = [input?.ticker, input?.tickers].flat().map(toText).filter(Boolean).join(', ')
  show(createMessageView('News sentiment', `Waiting for the answer${tickers && ` on ${tickers}`}.`))
}

function showCancelled({ reason }) {
  show(createMessageView('Cancelled', `The call was cancelled before the answer arrived. ${toText(reason)}`))
}

setDetailed(false)
listenToHost(
  new Map([
    ['ui/notifications/tool-input', showPending],
    ['ui/notifications/tool-result', (result) => show(createResultView(result))],
    ['ui/notifications/tool-cancelled', showCancelled],
    ['ui/notifications/host-context-changed', applyHostContext]
  ])
)
const started = await requestHost('ui/initialize', {
  appInfo: { name: 'finance-news-sentiment', version: '1.0.0' },
  appCapabilities: { availableDisplayModes: ['inline', 'fullscreen'] },
  protocolVersion: '2026-01-26'
})
applyHostContext(started?.hostContext)
postToHost({ method: 'ui/notifications/initialized', params: {} })
// Drawing changes the size that the observer watches: draw in the next frame.
new ResizeObserver(() => requestAnimationFrame(fit)).observe(document.body)
