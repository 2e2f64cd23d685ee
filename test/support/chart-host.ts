import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { chartUri } from '../../services/mcp/chart/chart-resource.ts'
import { type Frame, fromTools, launchBrowser, openPage, skip, toolsFolder } from './browser.ts'
import { connectClient } from './clients.ts'
import { startServer } from './server.ts'

/** The page of the host in a browser, and two results of the server. Starts once for each test file. */
export const chartHost: Awaited<ReturnType<typeof startChartHost>> | undefined = skip
  ? undefined
  : await startChartHost()

async function startChartHost() {
  const { build } = fromTools('esbuild')
  const bundle = { bundle: true, minify: true, write: false, entryPoints: [join(toolsFolder, 'host.js')] }
  const script = (await build(bundle)).outputFiles[0].text
  const body = `<!doctype html><html lang="en"><title>Host</title><style>
    body { margin: 0 } iframe { border: 0; width: 100%; display: block }
  </style><body><script>${script.replaceAll('</script', '<\\/script')}</script>`
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(body))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { page, requests, complaints } = await openPage(t, await launchBrowser(t))
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)

  const { resource, token } = await startServer(t)
  const client = await connectClient(t, resource, token)
  const call = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args })
    return result as typeof result & { structuredContent: Answer }
  }
  const { contents } = await client.readResource({ uri: chartUri })
  return {
    page,
    requests,
    complaints,
    html: String(contents[0] && 'text' in contents[0] && contents[0].text),
    trend: await call('get_sentiment_trend', { ticker: 'AAPL', since: '30d', bucket: 'week' }),
    comparison: await call('compare_news_sentiment', {
      tickers: ['AAPL', 'MSFT', 'NVDA', 'TSLA'],
      since: '30d'
    })
  }
}

/** The fields of both results that the tests read. */
interface Answer extends Record<string, unknown> {
  points: Point[]
  halves: { first: object; second: object }
  ranking: (Point & { ticker: string })[]
}
interface Point {
  date: string
  score: number | null
  low: number | null
  high: number | null
  articles: number
  stories: number
  headlines: string[]
}

interface Options {
  theme?: 'light' | 'dark'
  /** The browser's preference, used when the host sends no theme. */
  prefers?: 'light' | 'dark'
  width?: number
  /** How the host can show the page; no value: only inline. */
  availableDisplayModes?: string[]
  refusesLinks?: boolean
}

/** Opens the page in the host again, and records its network requests and console errors. */
export async function openHost({
  theme,
  prefers = 'light',
  width = 900,
  availableDisplayModes,
  refusesLinks = false
}: Options = {}) {
  if (!chartHost) throw new Error('skipped')
  const { page, requests, complaints } = chartHost
  await page.setViewportSize({ width, height: 800 })
  await page.emulateMedia({ colorScheme: prefers })
  await page.mouse.move(0, 0)
  requests.length = complaints.length = 0
  const options = { refusesLinks, context: { theme, availableDisplayModes } }
  await page.evaluate(`host.open(${JSON.stringify(chartHost.html)}, ${JSON.stringify(options)})`)
  const frame = page.frames()[1]

  return {
    ...chartHost,
    frame,
    send: (method: string, params: object) =>
      page.evaluate(`host.bridge.${method}(${JSON.stringify(params)})`),
    /** Sends a result to the page, and waits until the page has drawn it. */
    async draw(result: object) {
      await page.evaluate(`host.bridge.sendToolResult(${JSON.stringify(result)})`)
      await frame.locator('h1').first().waitFor()
      await page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))'
      )
    },
    readHost: <T>(expression: string) => page.evaluate<T>(`host.${expression}`)
  }
}

/** A trend with varying scores: every fourth point has no news, every third has few stories. */
export function createTrend(length: number): Answer {
  const points = Array.from({ length }, (_, i) => {
    const date = new Date(Date.UTC(2026, 7, 24 + i)).toISOString().slice(0, 10)
    const stories = i % 4 === 3 ? 0 : i % 3 === 2 ? 2 : 3 + i
    const score = stories === 0 ? null : Math.sin(i) / 2
    const [low, high] = score === null || stories < 3 ? [null, null] : [score - 0.1, score + 0.2]
    const headlines = stories === 0 ? [] : [`Headline of ${date}`]
    return { date, score, low, high, articles: 2 * stories, stories, headlines }
  })
  const middle = Math.floor(length / 2)
  const toHalf = (score: number, half: Point[]) => ({
    ...{ from: half.at(0)?.date, to: half.at(-1)?.date, score, low: score - 0.2, high: score + 0.2 },
    ...{ articles: 60, stories: 30 }
  })
  const halves = {
    first: toHalf(-0.05, points.slice(0, middle)),
    second: toHalf(0.25, points.slice(length - middle)),
    ...{ change: 0.3, uncertainty: 0.21, is_certain: true }
  }
  return { ...chartHost?.trend.structuredContent, bucket: 'day', points, halves, ranking: [] }
}

/** A ranking of ten tickers, of which the last has no score. */
export function createTenTickerComparison() {
  const ranking = Array.from({ length: 10 }, (_, i) => {
    const score = 0.5 - i / 10
    const side = score > 0.1 ? 'bullish' : score < -0.1 ? 'bearish' : 'unclear'
    const known = { rank: i < 5 ? 1 : 2, score, low: score - 0.1, high: score + 0.1, side }
    const few = { rank: null, score: null, low: null, high: null, side: null }
    return {
      ticker: `CRYPTO:COIN${i}`,
      ...(i < 9 ? { ...known, articles: 20, stories: 18 } : { ...few, articles: 2, stories: 1 }),
      ...(i === 1 && { label: 'Somewhat-Bullish' }),
      clearly_above: i === 0 ? ['CRYPTO:COIN5'] : []
    }
  })
  const differences = [
    { above: 'CRYPTO:COIN0', below: 'CRYPTO:COIN5', difference: 0.5, uncertainty: 0.45, is_clear: true },
    { above: 'CRYPTO:COIN1', below: 'CRYPTO:COIN2', difference: 0.1, uncertainty: 0.14, is_clear: false }
  ]
  const unavailable = [{ ticker: 'GONE', code: 'NO_NEWS', reason: 'There is no such ticker.' }]
  return { ...chartHost?.comparison.structuredContent, ranking, differences, unavailable }
}

/** Converts pixels to scores, from two marks of the chart's axis. */
export async function readAxis(frame: Frame, coordinate: 'x' | 'y') {
  const line = coordinate === 'y' ? 'y1' : 'x1'
  const at = Number(await frame.locator('.zero').getAttribute(line))
  const bound = frame.locator(`.tint.${coordinate === 'y' ? 'Somewhat-Bullish' : 'Neutral'}`)
  const start = Number(await bound.getAttribute(coordinate))
  const size = Number(await bound.getAttribute(coordinate === 'y' ? 'height' : 'width'))
  // The line at neutral's upper bound (0.15), or at its lower bound.
  const unit = coordinate === 'y' ? (start + size - at) / 0.15 : (at - start) / 0.15
  return (score: number) => at + score * unit
}

/** Checks that a number that the page shows is `wanted`, except for rounding. */
export const isNear = (
  t: { ok: (is: boolean, message: string) => boolean },
  found: unknown,
  wanted: number,
  what: string
) => t.ok(Math.abs(Number(found) - wanted) < 0.01, `${what}: ${found}, not ${wanted}`)
