import { listenToHost, postToHost, requestHost } from './bridge.js'
import { createComparisonView } from './comparison.js'
import { createMessageView } from './elements.js'
import { createTrendView } from './trend.js'
import { isObject, toObjects, toText } from './values.js'

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

const main = document.querySelector('main')
const page = { draw: () => {}, width: 0, height: 0 }

function show({ elements, draw }) {
  main.replaceChildren(...elements.filter(Boolean))
  Object.assign(page, { draw, width: 0 })
  fit()
}

/** Draws for the current width, and reports the resulting height to the host. */
function fit() {
  const width = main.clientWidth
  if (width === 0) return // hidden
  if (width !== page.width) page.draw(width)
  const height = Math.ceil(document.documentElement.getBoundingClientRect().height)
  if (height !== page.height) postToHost({ method: 'ui/notifications/size-changed', params: { height } })
  Object.assign(page, { width, height })
}

/** Applies the host's theme and variables. A later notification holds only what changed. */
function applyHostContext(context) {
  const { style } = document.documentElement
  if (['light', 'dark'].includes(context?.theme)) style.colorScheme = context.theme
  for (const [name, value] of Object.entries(context?.styles?.variables ?? {})) {
    if (name.startsWith('--')) style.setProperty(name, value)
  }
}

function showPending({ arguments: input }) {
  const tickers = [input?.ticker, input?.tickers].flat().map(toText).filter(Boolean).join(', ')
  show(createMessageView('News sentiment', `Waiting for the answer${tickers && ` on ${tickers}`}.`))
}

function showCancelled({ reason }) {
  show(createMessageView('Cancelled', `The call was cancelled before the answer arrived. ${toText(reason)}`))
}

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
  appCapabilities: {},
  protocolVersion: '2026-01-26'
})
applyHostContext(started?.hostContext)
postToHost({ method: 'ui/notifications/initialized', params: {} })
// Drawing changes the size that the observer watches: draw in the next frame.
new ResizeObserver(() => requestAnimationFrame(fit)).observe(document.body)
