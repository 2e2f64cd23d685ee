import t from 'tap'
import { type Frame, skip } from '../../support/browser.ts'
import { createTenTickerComparison, createTrend, openHost } from '../../support/chart-host.ts'

// The rules of Claude's directory for MCP Apps: 500 pixels inside a conversation, targets of 44 points, no background.

const long = 'A headline of several hundred letters '.repeat(9)
const answers = {
  'a trend of 14 days': () => createTrend(14),
  'a trend of 91 days with long texts': () => ({
    ...createTrend(91),
    ticker: 'CRYPTO:ABCDEFGHIJKLMNO',
    points: createTrend(91).points.map((point) => ({ ...point, score: 0.2, headlines: [long, long] }))
  }),
  'a comparison of 10 tickers': createTenTickerComparison,
  'a comparison of 2 tickers': () => ({
    ...createTenTickerComparison(),
    ranking: createTenTickerComparison().ranking.slice(0, 2)
  })
}

/** The sizes of what a reader can click, in CSS pixels. */
const readTargets = (frame: Frame) =>
  frame.evaluate<{ what: string; width: number; height: number }[]>(
    `[...document.querySelectorAll('a, button, input, select, summary, label, [role=slider], [role=option], [role=button], [tabindex]')]
      .map((one) => ({ what: one.tagName + ' ' + one.textContent, ...one.getBoundingClientRect().toJSON() }))
      .filter(({ width, height }) => width > 0 && height > 0)`
  )

for (const [name, createAnswer] of Object.entries(answers)) {
  t.test(`${name}: at most 500 pixels high in a conversation, at every width`, { skip }, async (t) => {
    for (const width of [360, 500, 900]) {
      const { page, frame, draw, readHost } = await openHost({ width })
      await draw({ content: [], structuredContent: { ...createAnswer(), sample_data: true } })

      const height = await frame.evaluate<number>('document.documentElement.scrollHeight')
      t.ok(height <= 500, `${width} pixels wide: ${height} high, so that nothing scrolls`)
      const chart = await frame.locator('figure svg').first().boundingBox()
      t.ok(chart.height >= 100, `the chart is ${chart.height} high`)
      for (const press of ['Show details', 'Show less']) {
        await frame.locator('button', { hasText: press }).click()
        await page.evaluate('new Promise((resolve) => requestAnimationFrame(resolve))')
      }
      const sizes = await readHost<number[]>('sizes')
      t.ok(Math.max(...sizes) <= 500, `reported heights: ${sizes}`)
    }
  })

  t.test(`${name}: every target measures at least 44 by 44 pixels`, { skip }, async (t) => {
    const { frame, draw, trend } = await openHost({ width: 400 })
    const { largest_change } = trend.structuredContent
    await draw({ content: [], structuredContent: { ...createAnswer(), largest_change } })
    const small = ({ width, height }: { width: number; height: number }) => width < 44 || height < 44

    const inSummary = await readTargets(frame)
    await frame.locator('button').click()
    const inDetails = await readTargets(frame)

    t.ok(inSummary.length > 0 && inDetails.length > 0)
    t.strictSame([...inSummary, ...inDetails].filter(small), [])
  })
}

for (const theme of ['light', 'dark'] as const) {
  t.test(`${theme}: the page has no background of its own, so the host's shows`, { skip }, async (t) => {
    const { frame, draw } = await openHost({ theme })
    await draw({ content: [], structuredContent: createTrend(14) })

    for (const element of ['documentElement', 'body', "querySelector('main')", "querySelector('.trend')"]) {
      const background = await frame.evaluate(`getComputedStyle(document.${element}).backgroundColor`)
      t.equal(background, 'rgba(0, 0, 0, 0)', element)
    }
  })
}

t.test('a host with fullscreen: the details open there, at their full height', { skip }, async (t) => {
  const { page, frame, draw, readHost, send } = await openHost({
    availableDisplayModes: ['inline', 'fullscreen']
  })
  await draw({ content: [], structuredContent: createTrend(91) })
  t.equal(await frame.locator('button').getAttribute('aria-expanded'), 'false')

  await frame.locator('button').click()
  await page.waitForFunction('host.sizes.at(-1) > 500')
  t.strictSame(await readHost('modes'), ['fullscreen'])
  t.equal(await frame.locator('button').getAttribute('aria-expanded'), 'true')
  t.equal(await frame.locator('tbody tr').count(), 91)

  await frame.locator('button').click()
  await page.waitForFunction('host.sizes.at(-1) <= 500')
  t.strictSame(await readHost('modes'), ['fullscreen', 'inline'])

  await send('setHostContext', { displayMode: 'fullscreen' })
  await page.waitForFunction('host.sizes.at(-1) > 500')
  t.equal(await frame.locator('button').textContent(), 'Show less', 'the host can open it too')
})

t.test("the host's insets stay free, inside 500 pixels", { skip }, async (t) => {
  const { page, frame, draw, send } = await openHost()
  await draw({ content: [], structuredContent: createTrend(14) })

  await send('setHostContext', { safeAreaInsets: { top: 20, right: 30, bottom: 40, left: 50 } })
  await frame.locator('.trend[width="788"]').waitFor()

  const { x, y, height } = await frame.locator('main').boundingBox()
  t.strictSame([x, y], [66, 30])
  await page.waitForFunction('host.sizes.at(-1) <= 500')
  t.ok(y + height + 50 <= 500, `${height} pixels high`)
})
