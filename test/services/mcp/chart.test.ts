import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { chartUri } from '../../../services/mcp/chart/chart-resource.ts'
import {
  type Frame,
  findFaults,
  findInvalid,
  fromTools,
  launchBrowser,
  openPage,
  skip,
  toolsFolder
} from '../../support/browser.ts'
import { connectClient } from '../../support/clients.ts'
import { startServer } from '../../support/server.ts'

/** The host's page in a browser, and what the server answers: once for all tests here. */
const shared: Awaited<ReturnType<typeof start>> | undefined = skip ? undefined : await start()

async function start() {
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
    trend: await call('get_sentiment_trend', { ticker: 'AAPL' }),
    comparison: await call('compare_news_sentiment', {
      tickers: ['AAPL', 'MSFT', 'NVDA', 'TSLA'],
      since: '30d'
    })
  }
}

/** As much of both answers as is looked at here. */
interface Answer extends Record<string, unknown> {
  points: Point[]
  ranking: (Point & { ticker: string })[]
}
interface Point {
  date: string
  level: number | null
  low: number | null
  high: number | null
  articles: number
  headlines: string[]
}

interface Options {
  theme?: 'light' | 'dark'
  /** What the browser prefers, if the host has no theme. */
  prefers?: 'light' | 'dark'
  width?: number
  refusesLinks?: boolean
}

/** Shows the page in the host, anew; what it asks of the network, and what it complains of, is remembered. */
async function openHost({ theme, prefers = 'light', width = 900, refusesLinks = false }: Options = {}) {
  if (!shared) throw new Error('skipped')
  const { page, requests, complaints } = shared
  await page.setViewportSize({ width, height: 800 })
  await page.emulateMedia({ colorScheme: prefers })
  await page.mouse.move(0, 0)
  requests.length = complaints.length = 0
  const options = { refusesLinks, context: theme ? { theme } : {} }
  await page.evaluate(`host.open(${JSON.stringify(shared.html)}, ${JSON.stringify(options)})`)
  const frame = page.frames()[1]

  return {
    ...shared,
    frame,
    tell: (method: string, params: object) =>
      page.evaluate(`host.bridge.${method}(${JSON.stringify(params)})`),
    /** Hands the page a result; returns once it is drawn. */
    async draw(result: object) {
      await page.evaluate(`host.bridge.sendToolResult(${JSON.stringify(result)})`)
      await frame.locator('footer, .words').first().waitFor()
    },
    remembered: <T>(what: string) => page.evaluate<T>(`host.${what}`)
  }
}

/** A trend of `points`, with a level each that goes up and down; every fourth has no news, every third few. */
function trendOf(length: number): Answer {
  const points = Array.from({ length }, (_, i) => {
    const date = new Date(Date.UTC(2026, 7, 24 + i)).toISOString().slice(0, 10)
    const articles = i % 4 === 3 ? 0 : i % 3 === 2 ? 2 : 3 + i
    const level = articles === 0 ? null : Math.sin(i) / 2
    const [low, high] = level === null || articles < 3 ? [null, null] : [level - 0.1, level + 0.2]
    return { date, level, low, high, articles, headlines: articles === 0 ? [] : [`Headline of ${date}`] }
  })
  return { ...shared?.trend.structuredContent, points, ranking: [] }
}

/** A ranking of ten tickers, the last without a level. */
function tenTickers() {
  const ranking = Array.from({ length: 10 }, (_, i) => {
    const level = 0.5 - i / 10
    const known = { status: 'ok', level, low: level - 0.1, high: level + 0.1, articles: 20, stories: 18 }
    const few = { status: 'insufficient_data', level: null, low: null, high: null, articles: 2, stories: 1 }
    return {
      ticker: `CRYPTO:COIN${i}`,
      ...(i < 9 ? known : few),
      ...(i === 1 && { label: 'Somewhat-Bullish' }),
      clearly_above: i === 0 ? ['CRYPTO:COIN5'] : []
    }
  })
  const differences = [
    { above: 'CRYPTO:COIN0', below: 'CRYPTO:COIN1', difference: 0.1, uncertainty: 0.05, is_certain: true },
    { above: 'CRYPTO:COIN1', below: 'CRYPTO:COIN2', difference: 0.1, uncertainty: 0.14, is_certain: false }
  ]
  const unavailable = [{ ticker: 'GONE', code: 'NO_NEWS', reason: 'There is no such ticker.' }]
  return { ...shared?.comparison.structuredContent, ranking, differences, unavailable }
}

/** Where the levels of a chart are, from two marks of its axis. */
async function axisOf(frame: Frame, coordinate: 'x' | 'y') {
  const line = coordinate === 'y' ? 'y1' : 'x1'
  const at = Number(await frame.locator('.zero').getAttribute(line))
  const bound = frame.locator(`.tint.${coordinate === 'y' ? 'Somewhat-Bullish' : 'Neutral'}`)
  const start = Number(await bound.getAttribute(coordinate))
  const size = Number(await bound.getAttribute(coordinate === 'y' ? 'height' : 'width'))
  // The band from neutral's upper bound, 0.15, or from its lower one.
  const unit = coordinate === 'y' ? (start + size - at) / 0.15 : (at - start) / 0.15
  return (level: number) => at + level * unit
}

const near = (
  t: Test & { ok: (is: boolean, message: string) => boolean },
  found: unknown,
  wanted: number,
  what: string
) => t.ok(Math.abs(Number(found) - wanted) < 0.01, `${what}: ${found}, not ${wanted}`)

t.test('draws every point of a trend: its level, its band, its articles', { skip }, async (t) => {
  const { frame, draw } = await openHost()
  const answer = trendOf(14)

  await draw({ content: [], structuredContent: answer })

  const { points } = answer
  t.equal(await frame.locator('[role=option]').count(), points.length)
  const y = await axisOf(frame, 'y')
  const dots = frame.locator('.trend .point')
  const news = points.filter(({ level }) => level !== null)
  t.equal(await dots.count(), news.length)
  for (const [i, { level, low }] of news.entries()) {
    near(t, await dots.nth(i).getAttribute('cy'), y(level ?? Number.NaN), `level of point ${i}`)
    t.equal(await dots.nth(i).getAttribute('class'), low === null ? 'point few' : 'point')
  }

  const corners = await frame.evaluate<string[]>(
    '[...document.querySelectorAll(".trend .band")].map((one) => one.getAttribute("points"))'
  )
  const heights = corners.flatMap((corner) => corner.split(' ').map((pair) => Number(pair.split(',')[1])))
  for (const { low, high } of points.filter(({ low }) => low !== null)) {
    for (const bound of [low ?? Number.NaN, high ?? Number.NaN]) {
      t.ok(
        heights.some((found) => Math.abs(found - y(bound)) < 0.01),
        `the band reaches ${bound}`
      )
    }
  }
  t.equal(corners.length, 5, 'a band ends where there is none')
  t.equal(await frame.locator('.trend .level').count(), 4, 'the line ends where there is no news')

  const bars = frame.locator('.trend .articles')
  const tallest = Math.max(...points.map(({ articles }) => articles))
  for (const [i, { articles }] of points.entries()) {
    const [at, height] = [await bars.nth(i).getAttribute('y'), await bars.nth(i).getAttribute('height')]
    near(t, height, (articles / tallest) * 44, `bar ${i}`)
    near(t, Number(at) + Number(height), 296, `foot of bar ${i}`)
  }
})

t.test(
  'draws the trend that the server answers with, and lists the articles that moved it',
  { skip },
  async (t) => {
    const { frame, draw, complaints, requests, trend } = await openHost()

    await draw(trend)

    const { points, largest_change } = trend.structuredContent
    t.equal(await frame.locator('[role=option]').count(), points.length)
    t.match(await frame.locator('h1').textContent(), /AAPL/)
    t.match(await frame.locator('.warning').textContent(), /Sample data/)
    const { moved_by } = largest_change as { moved_by: { title: string; url: string }[] }
    t.strictSame(
      await frame.locator('.effects a').allTextContents(),
      moved_by.map(({ title }) => title)
    )
    t.equal(await frame.locator('.trend .change').count(), 1)
    t.equal(await frame.locator('tbody tr').count(), points.length, 'the table has them, too')
    t.strictSame(complaints, [])
    t.strictSame(requests, [], 'and nothing was asked of the network')
  }
)

t.test('a pointer over the trend, or a finger on it, shows the articles of that day', { skip }, async (t) => {
  const { page, frame, draw } = await openHost()
  await draw({ content: [], structuredContent: trendOf(14) })
  const details = frame.locator('.details')
  t.match(await details.textContent(), '6 Sept 2026', 'first, it is the newest')

  const { x, y, width, height } = await frame.locator('[role=option]').nth(4).boundingBox()
  await page.mouse.move(x + width / 2, y + height / 2)

  t.match(await details.textContent(), '28 Aug 2026')
  t.match(await details.textContent(), 'Headline of 2026-08-28')
  t.match(await details.textContent(), '7 articles')
  t.equal(await details.getAttribute('aria-live'), 'polite')
})

t.test('the keyboard goes from point to point, which is one stop of the Tab key', { skip }, async (t) => {
  const { page, frame, draw } = await openHost()
  await draw({ content: [], structuredContent: trendOf(14) })
  const focused = () => frame.evaluate<string>('document.activeElement.getAttribute("aria-label")')
  const shown = () => frame.locator('.details strong').textContent()

  t.equal(await frame.locator('[role=option][tabindex="0"]').count(), 1)
  await frame.locator('[role=option][tabindex="0"]').focus()
  await page.keyboard.press('ArrowLeft')
  t.equal(await shown(), '5 Sept 2026')
  t.match(await focused(), '5 Sept: ')
  await page.keyboard.press('Home')
  t.equal(await shown(), '24 Aug 2026')
  t.equal(await focused(), '24 Aug: +0.00')
  await page.keyboard.press('ArrowLeft')
  t.equal(await shown(), '24 Aug 2026', 'there is nothing before the first')
  await page.keyboard.press('ArrowRight')
  t.equal(await shown(), '25 Aug 2026')
  await page.keyboard.press('End')
  t.equal(await shown(), '6 Sept 2026')
  t.equal(await frame.locator('[role=option][tabindex="0"]').count(), 1)
  t.equal(await frame.locator('[role=option][aria-selected=true]').count(), 1)

  await page.keyboard.press('Tab')
  t.equal(await frame.evaluate<string>('document.activeElement.tagName'), 'A', 'and then come the articles')
})

t.test(
  'draws a comparison: the ranking with its bands, what is clear, and what is missing',
  { skip },
  async (t) => {
    const { frame, draw } = await openHost()
    const answer = tenTickers()

    await draw({ content: [], structuredContent: answer })

    const x = await axisOf(frame, 'x')
    const [dots, ribbons] = [frame.locator('[role=img] .point'), frame.locator('[role=img] .band')]
    t.equal(await dots.count(), 9)
    t.equal(await ribbons.count(), 9)
    for (const [i, { level, low, high }] of answer.ranking.slice(0, 9).entries()) {
      near(t, await dots.nth(i).getAttribute('cx'), x(level ?? Number.NaN), `level ${i}`)
      near(t, await ribbons.nth(i).getAttribute('x'), x(low ?? Number.NaN), `low ${i}`)
      near(
        t,
        await ribbons.nth(i).getAttribute('width'),
        x(high ?? Number.NaN) - x(low ?? Number.NaN),
        `width ${i}`
      )
    }
    t.strictSame(
      await frame.locator('[role=img] .strong[text-anchor=start]').allTextContents(),
      answer.ranking.map(({ ticker }) => ticker)
    )
    t.match(await frame.locator('[role=img]').textContent(), '2 articles: too few for a level')
    t.match(await frame.locator('[role=img]').textContent(), 'COIN1Somewhat-Bullish', "the server's own word")
    t.strictSame(await frame.locator('.differences li').allTextContents(), [
      'ClearCRYPTO:COIN0 over CRYPTO:COIN1: +0.10 ±0.05',
      'Not clearCRYPTO:COIN1 over CRYPTO:COIN2: +0.10 ±0.14'
    ])
    t.match(await frame.locator('.missing').textContent(), 'GONE: There is no such ticker.')
    t.match(await frame.locator('h1 ~ p').nth(1).textContent(), 'clearly above 1 of the 8 others')
    t.equal(await frame.locator('tbody tr').count(), 10)
  }
)

t.test('draws the comparison that the server answers with', { skip }, async (t) => {
  const { frame, draw, complaints, comparison } = await openHost()

  await draw(comparison)

  t.equal(
    await frame.locator('[role=img] .point').count(),
    comparison.structuredContent.ranking.filter(({ level }) => level !== null).length
  )
  t.strictSame(complaints, [])
})

for (const theme of ['light', 'dark'] as const) {
  for (const [view, answerOf] of [
    ['trend', () => trendOf(14)],
    ['comparison', tenTickers]
  ] as const) {
    t.test(`the ${view}, ${theme}: nothing keeps anybody from reading it`, { skip }, async (t) => {
      const { frame, draw } = await openHost({ theme, prefers: theme === 'light' ? 'dark' : 'light' })
      await draw({ content: [], structuredContent: answerOf() })
      await frame.locator('summary').click()

      t.strictSame(await findFaults(frame), [])
      const paper = await frame.evaluate('getComputedStyle(document.documentElement).backgroundColor')
      t.equal(paper, theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(27, 29, 33)', "the host's theme wins")
    })
  }
}

t.test('valid HTML', { skip }, async (t) => {
  t.same(await findInvalid(shared?.html ?? ''), [])
})

t.test('without a theme of the host, it is the one that is preferred', { skip }, async (t) => {
  const { frame, tell } = await openHost({ prefers: 'dark' })
  const paper = () => frame.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  t.equal(await paper(), 'rgb(27, 29, 33)')

  await tell('setHostContext', { theme: 'light' })
  await frame.locator(':root[style*="color-scheme: light"]').waitFor()
  t.equal(await paper(), 'rgb(255, 255, 255)', 'until the host has one')

  await tell('setHostContext', {
    theme: 'light',
    styles: { variables: { '--color-background-primary': '#fefefe' } }
  })
  await frame.locator(':root[style*="--color"]').waitFor()
  t.equal(await paper(), 'rgb(254, 254, 254)', 'and colours of its own')
})

const long = 'A title of three hundred letters '.repeat(9) + 'W'.repeat(60)
const longTrend = () => ({
  ...trendOf(91),
  ticker: 'CRYPTO:ABCDEFGHIJKLMNO',
  points: trendOf(91).points.map((point) => ({ ...point, headlines: [long, long] })),
  largest_change: {
    ...{ from: '2026-08-24', to: '2026-08-25', change: -1.2, uncertainty: null, is_certain: false },
    moved_by: [
      { title: long, source: long, url: `https://example.com/${'w'.repeat(300)}`, score: 0.1, effect: 0.2 }
    ]
  }
})
const longComparison = () => ({
  ...tenTickers(),
  ranking: tenTickers().ranking.map((one, i) => ({ ...one, ticker: `CRYPTO:ABCDEFGHIJKLM${i}` })),
  unavailable: [{ ticker: 'CRYPTO:ABCDEFGHIJKLMNO', code: 'X', reason: long }]
})

for (const [view, answerOf] of [
  ['91 points', longTrend],
  ['10 tickers', longComparison]
] as const) {
  t.test(
    `${view} and long titles fit into 400 pixels, and into what a host makes of them later`,
    { skip },
    async (t) => {
      const { page, frame, draw } = await openHost({ width: 400 })
      await draw({ content: [], structuredContent: answerOf() })
      await frame.locator('summary').click()

      for (const width of [400, 900, 360]) {
        await page.evaluate(`document.querySelector('iframe').style.width = '${width}px'`)
        await frame.locator(`figure div svg[width="${width - 32}"]`).waitFor()
        t.equal(await frame.evaluate('document.documentElement.scrollWidth'), width)
        const past = await frame.evaluate(
          `[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > ${width}).map((one) => one.outerHTML)`
        )
        t.strictSame(past, [])
      }
    }
  )
}

t.test('the focus stays on its point when the chart is drawn anew', { skip }, async (t) => {
  const { page, frame, draw } = await openHost()
  await draw({ content: [], structuredContent: trendOf(14) })
  await frame.locator('[role=option]').nth(13).focus()
  await page.keyboard.press('ArrowLeft')

  await page.evaluate("document.querySelector('iframe').style.width = '500px'")
  await frame.locator('.trend[width="468"]').waitFor()

  t.equal(await frame.evaluate('document.activeElement.getAttribute("aria-label")'), '5 Sept: −0.27')
})

t.test('what others wrote stays text, and only the web is linked to', { skip }, async (t) => {
  const { frame, draw, complaints, requests } = await openHost()
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
  const urls = [
    'javascript:document.title=3',
    'data:text/html,x',
    'file:///etc/passwd',
    'nonsense',
    hostile,
    'https://example.com/a'
  ]
  const points = trendOf(14).points.map((point) => ({ ...point, headlines: [hostile] }))
  const moved_by = urls.map((url) => ({
    title: hostile,
    source: hostile,
    published_at: hostile,
    url,
    score: 0,
    effect: 0
  }))
  const largest_change = { from: hostile, to: hostile, change: 1, uncertainty: 0, is_certain: true, moved_by }

  await draw({
    content: [],
    structuredContent: { ...trendOf(14), ticker: hostile, method: hostile, points, largest_change }
  })

  t.equal(await frame.locator('img, script:not([type=module])').count(), 0)
  t.match(await frame.locator('.details').textContent(), hostile)
  t.strictSame(await frame.evaluate('[...document.links].map(({ href }) => href)'), ['https://example.com/a'])
  t.equal(await frame.evaluate('document.title'), 'News sentiment')
  t.strictSame(complaints, [])
  t.strictSame(requests, [])
})

t.test('nothing that is broken or missing in an answer breaks the page', { skip }, async (t) => {
  const { page, frame, complaints, trend } = await openHost()
  const broken = [null, '0.5', -1e308, {}, [null]]
  const { points } = trend.structuredContent
  const good = [
    { ...trend.structuredContent, points: points.slice(-3).reverse() },
    { ...tenTickers(), ranking: tenTickers().ranking.toSpliced(1, 7) }
  ]
  const bad = good.flatMap((answer) => broken.flatMap((value) => spoil(answer, value)))

  await page.evaluate(`(async (answers) => {
    for (const structuredContent of answers) await host.bridge.sendToolResult({ content: [], structuredContent })
    await host.bridge.sendToolCancelled({})
  })(${JSON.stringify(bad.filter((answer) => typeof answer === 'object' && answer))})`)
  await frame.locator('h1', { hasText: 'Cancelled' }).waitFor()

  t.strictSame(complaints, [])
})

/** Copies of an answer with `value` in the place of a field each, and of the fields of its first items. */
function spoil(answer: unknown, value: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null) return []
  return Object.entries(answer).flatMap(([name, part]) => {
    const put = (spoilt: unknown) =>
      Array.isArray(answer) ? answer.with(Number(name), spoilt) : { ...answer, [name]: spoilt }
    const parts = Array.isArray(answer) && name !== '0' ? [] : spoil(part, value)
    return [put(value), ...parts.map(put)]
  })
}

t.test('says what it waits for, and when the question was cancelled', { skip }, async (t) => {
  const { frame, tell } = await openHost()
  const says = (words: string) => frame.locator('[role=status]', { hasText: words }).waitFor()
  await says('Waiting for the answer.')

  await tell('sendToolInput', { arguments: { tickers: ['AAPL', 'MSFT'] } })
  await says('Waiting for the answer on AAPL, MSFT.')

  await tell('sendToolCancelled', { reason: 'The user left.' })
  await says('The call was cancelled before the answer arrived. The user left.')
  t.equal(await frame.locator('h1').textContent(), 'Cancelled')
})

t.test("shows a tool's error in its own words", { skip }, async (t) => {
  const { frame, draw } = await openHost()

  await draw({
    isError: true,
    content: [{ type: 'text', text: 'The daily limit is reached. <b>Try tomorrow.</b>' }]
  })

  t.match(await frame.locator('h1').textContent(), 'error')
  t.equal(
    await frame.locator('[role=status]').textContent(),
    'The daily limit is reached. <b>Try tomorrow.</b>'
  )
})

t.test('an answer that it cannot draw is given in words', { skip }, async (t) => {
  const { frame, draw } = await openHost()

  await draw({ content: [{ type: 'text', text: 'Some news.' }], structuredContent: { articles: [] } })

  t.match(
    await frame.locator('[role=status]').textContent(),
    /neither a trend nor a comparison[\s\S]*Some news\./
  )
})

t.test('tells the host its height, again whenever that changes', { skip }, async (t) => {
  const { page, frame, draw, remembered } = await openHost()
  const told = async () => {
    const height = Math.ceil(
      await frame.evaluate<number>('document.documentElement.getBoundingClientRect().height')
    )
    await page.waitForFunction(`host.sizes.at(-1) === ${height}`)
    return height
  }

  const first = await told()
  await draw({ content: [], structuredContent: trendOf(14) })
  const drawn = await told()
  await frame.locator('summary').click()
  const opened = await told()

  t.ok(first < drawn && drawn < opened, `${first}, ${drawn}, ${opened}`)
  t.strictSame(
    await remembered('sizes'),
    [...new Set(await remembered<number[]>('sizes'))],
    'and no more often'
  )
})

t.test('answers pings and the end, and no request that it does not know', { skip }, async (t) => {
  const { page, tell } = await openHost()

  t.strictSame(await tell('teardownResource', {}), {})
  t.strictSame(await page.evaluate("host.bridge.request({ method: 'ping' })"), {})
  const refused = page.evaluate("host.bridge.request({ method: 'tools/list' })")
  await t.rejects(refused, /Method not found/)
})

t.test('links open in the host', { skip }, async (t) => {
  const { page, frame, draw, remembered, trend } = await openHost()
  await draw(trend)

  await frame.locator('.effects a').first().click()
  await page.waitForFunction('host.links.length > 0')

  t.strictSame(await remembered('links'), [await frame.locator('.effects a').first().getAttribute('href')])
})

t.test('a host that opens no links changes nothing', { skip }, async (t) => {
  const { page, frame, draw, remembered, complaints, requests, trend } = await openHost({
    refusesLinks: true
  })
  await draw(trend)

  await frame.locator('.effects a').first().click()
  await page.waitForFunction('host.links.length > 0')
  await page.evaluate('new Promise((resolve) => setTimeout(resolve))')

  t.equal((await remembered<string[]>('links')).length, 1)
  t.match(await frame.locator('h1').textContent(), 'AAPL')
  t.strictSame(complaints, [])
  t.strictSame(requests, [])
})

t.test('only the host is listened to', { skip }, async (t) => {
  const { frame, draw, trend } = await openHost()
  await draw(trend)
  const message = { jsonrpc: '2.0', method: 'ui/notifications/tool-cancelled', params: {} }

  await frame.evaluate(`new Promise((resolve) => {
    addEventListener('message', resolve, { once: true })
    window.postMessage(${JSON.stringify(message)}, '*')
  })`)

  t.match(await frame.locator('h1').textContent(), 'AAPL')
})
