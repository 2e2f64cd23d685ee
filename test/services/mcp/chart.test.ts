import type { Test } from 'tap'
import t from 'tap'
import { type Frame, findFaults, findInvalid, skip } from '../../support/browser.ts'
import { chartHost, createTenTickerComparison, createTrend, openHost } from '../../support/chart-host.ts'

/** Converts pixels to scores, from two marks of the chart's axis. */
async function readAxis(frame: Frame, coordinate: 'x' | 'y') {
  const line = coordinate === 'y' ? 'y1' : 'x1'
  const at = Number(await frame.locator('.zero').getAttribute(line))
  const bound = frame.locator(`.tint.${coordinate === 'y' ? 'Somewhat-Bullish' : 'Neutral'}`)
  const start = Number(await bound.getAttribute(coordinate))
  const size = Number(await bound.getAttribute(coordinate === 'y' ? 'height' : 'width'))
  // The line at neutral's upper bound (0.15), or at its lower bound.
  const unit = coordinate === 'y' ? (start + size - at) / 0.15 : (at - start) / 0.15
  return (score: number) => at + score * unit
}

const isNear = (
  t: Test & { ok: (is: boolean, message: string) => boolean },
  found: unknown,
  wanted: number,
  what: string
) => t.ok(Math.abs(Number(found) - wanted) < 0.01, `${what}: ${found}, not ${wanted}`)

t.test('trend: draws the score, the interval and the stories of every point', { skip }, async (t) => {
  const { frame, draw } = await openHost()
  const answer = createTrend(14)

  await draw({ content: [], structuredContent: answer })

  const { points } = answer
  t.equal(await frame.locator('[role=slider]').getAttribute('aria-valuemax'), `${points.length - 1}`)
  const y = await readAxis(frame, 'y')
  const dots = frame.locator('.trend .point')
  const news = points.filter(({ score }) => score !== null)
  t.equal(await dots.count(), news.length)
  for (const [i, { score, low }] of news.entries()) {
    isNear(t, await dots.nth(i).getAttribute('cy'), y(score ?? Number.NaN), `score of point ${i}`)
    t.equal(await dots.nth(i).getAttribute('class'), low === null ? 'point few' : 'point')
  }

  const corners = await frame.evaluate<string[]>(
    '[...document.querySelectorAll(".trend .interval")].map((one) => one.getAttribute("points"))'
  )
  const heights = corners.flatMap((corner) => corner.split(' ').map((pair) => Number(pair.split(',')[1])))
  for (const { low, high } of points.filter(({ low }) => low !== null)) {
    for (const bound of [low ?? Number.NaN, high ?? Number.NaN]) {
      t.ok(
        heights.some((found) => Math.abs(found - y(bound)) < 0.01),
        `the interval reaches ${bound}`
      )
    }
  }
  t.equal(corners.length, 5, 'the interval ends before a point without one')
  t.equal(await frame.locator('.trend .score').count(), 4, 'the line ends before a day without news')

  const bars = frame.locator('.trend .stories')
  const tallest = Math.max(...points.map(({ stories }) => stories))
  const foot = Number(await frame.locator('.trend').getAttribute('height')) - 20
  const tallestBar = Math.min(44, (foot + 20) / 6)
  for (const [i, { stories }] of points.entries()) {
    const [at, height] = [await bars.nth(i).getAttribute('y'), await bars.nth(i).getAttribute('height')]
    isNear(t, Number(height) / tallestBar, stories / tallest, `bar ${i}`)
    isNear(t, Number(at) + Number(height), foot, `foot of bar ${i}`)
  }
})

t.test('trend from the server: drawn, with the articles that moved it', { skip }, async (t) => {
  const { frame, draw, complaints, requests, trend } = await openHost()

  await draw(trend)

  const { points, largest_change } = trend.structuredContent
  t.match(await frame.locator('h1').textContent(), /AAPL/)
  t.match(await frame.locator('.warning').textContent(), /Sample data/)
  const { moved_by } = largest_change as { moved_by: { title: string; url: string }[] }
  t.strictSame(
    await frame.locator('.effects a').allTextContents(),
    moved_by.map(({ title }) => title)
  )
  t.equal(await frame.locator('.trend .change').count(), 1)
  t.equal(await frame.locator('tbody tr').count(), points.length, 'the table has every point')
  t.strictSame(complaints, [])
  t.strictSame(requests, [], 'no network request')
})

t.test('trend: a pointer or a finger on a day shows its articles', { skip }, async (t) => {
  const { page, frame, draw } = await openHost()
  await draw({ content: [], structuredContent: createTrend(14) })
  const details = frame.locator('.picked')
  t.match(await details.textContent(), '6 Sept 2026', 'initially the newest day')

  const { x, y, width, height } = await frame.locator('[role=slider]').boundingBox()
  await page.mouse.move(x + (width * 4.5) / 14, y + height / 2)

  t.match(await details.textContent(), '28 Aug 2026')
  t.match(await details.textContent(), 'Headline of 2026-08-28')
  t.match(await details.textContent(), '14 articles, 7 stories')
  t.equal(await details.getAttribute('aria-live'), 'polite')
})

t.test('trend: one Tab stop, and arrow keys move from point to point', { skip }, async (t) => {
  const { page, frame, draw } = await openHost()
  await draw({ content: [], structuredContent: createTrend(14) })
  const slider = frame.locator('[role=slider]')
  const shown = () => frame.locator('.picked strong').textContent()

  t.equal(await frame.locator('[tabindex]').count(), 1)
  t.equal(await slider.getAttribute('aria-label'), 'Score of each day')
  await slider.focus()
  for (const [key, day, value] of [
    ['ArrowLeft', '5 Sept', '−0.27'],
    ['ArrowUp', '6 Sept', '+0.21'],
    ['ArrowDown', '5 Sept', '−0.27'],
    ['Home', '24 Aug', '0.00'],
    ['ArrowLeft', '24 Aug', '0.00'],
    ['ArrowRight', '25 Aug', '+0.42'],
    ['x', '25 Aug', '+0.42'],
    ['End', '6 Sept', '+0.21']
  ] as const) {
    await page.keyboard.press(key)
    t.equal(await shown(), `${day} 2026`, key)
    t.equal(await slider.getAttribute('aria-valuetext'), `${day}: ${value}`, key)
  }
  t.equal(await slider.getAttribute('aria-valuenow'), '13')

  await page.keyboard.press('Tab')
  t.equal(await frame.evaluate<string>('document.activeElement.tagName'), 'BUTTON', 'then comes the button')
})

t.test(
  'comparison: draws ranks, scores, intervals and sides, the clear differences and the unavailable tickers',
  { skip },
  async (t) => {
    const { frame, draw } = await openHost()
    const answer = createTenTickerComparison()

    await draw({ content: [], structuredContent: answer })

    const x = await readAxis(frame, 'x')
    const [dots, ribbons] = [frame.locator('[role=img] .point'), frame.locator('[role=img] .interval')]
    t.equal(await dots.count(), 9)
    t.equal(await ribbons.count(), 9)
    for (const [i, { score, low, high }] of answer.ranking.slice(0, 9).entries()) {
      isNear(t, await dots.nth(i).getAttribute('cx'), x(score ?? Number.NaN), `score ${i}`)
      isNear(t, await ribbons.nth(i).getAttribute('x'), x(low ?? Number.NaN), `low ${i}`)
      isNear(
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
    t.match(await frame.locator('[role=img]').textContent(), '1 story: too few')
    t.match(
      await frame.locator('[role=img]').getAttribute('aria-label'),
      'CRYPTO:COIN0 +0.50 bullish, CRYPTO:COIN1 +0.40 bullish'
    )
    await frame.locator('button').click()
    t.match(await frame.locator('[role=img]').textContent(), 'COIN1Somewhat-Bullish', "the server's own word")
    t.strictSame(await frame.locator('.differences li').allTextContents(), [
      'ClearCRYPTO:COIN0 above CRYPTO:COIN5: +0.50 ± 0.45',
      'Not clearCRYPTO:COIN1 above CRYPTO:COIN2: +0.10 ± 0.14'
    ])
    t.match(await frame.locator('.missing').textContent(), 'GONE: There is no such ticker.')
    t.strictSame(
      await frame.locator('[role=img] .rank').allTextContents(),
      [1, 1, 1, 1, 1, 2, 2, 2, 2].map(String)
    )
    t.strictSame(await frame.locator('.brief').allTextContents(), [
      'Highest score: CRYPTO:COIN0, +0.50, Bullish.',
      'One clear difference: CRYPTO:COIN0 above CRYPTO:COIN5: +0.50 ± 0.45.'
    ])
    t.equal(await frame.locator('tbody tr').count(), 10)
  }
)

t.test('comparison from the server: drawn', { skip }, async (t) => {
  const { frame, draw, complaints, comparison } = await openHost()

  await draw(comparison)

  t.equal(
    await frame.locator('[role=img] .point').count(),
    comparison.structuredContent.ranking.filter(({ score }) => score !== null).length
  )
  t.strictSame(complaints, [])
})

for (const theme of ['light', 'dark'] as const) {
  for (const [view, answerOf] of [
    ['trend', () => createTrend(14)],
    ['comparison', createTenTickerComparison]
  ] as const) {
    t.test(`the ${view}, ${theme}: no accessibility fault`, { skip }, async (t) => {
      const { frame, draw } = await openHost({ theme, prefers: theme === 'light' ? 'dark' : 'light' })
      await draw({ content: [], structuredContent: answerOf() })
      await frame.locator('button').click()

      // The background is the host's. axe takes a transparent one for white.
      await frame.evaluate("document.documentElement.style.background = 'var(--paper)'")
      t.strictSame(await findFaults(frame), [])
      const ink = await frame.evaluate('getComputedStyle(document.documentElement).color')
      t.equal(ink, theme === 'light' ? 'rgb(26, 29, 33)' : 'rgb(236, 238, 241)', "the host's theme wins")
    })
  }
}

t.test('page: valid HTML', { skip }, async (t) => {
  t.same(await findInvalid(chartHost?.html ?? ''), [])
})

t.test("no theme from the host: the browser's preference applies", { skip }, async (t) => {
  const { frame, send } = await openHost({ prefers: 'dark' })
  const ink = () => frame.evaluate('getComputedStyle(document.documentElement).color')
  t.equal(await ink(), 'rgb(236, 238, 241)')

  await send('setHostContext', { theme: 'light' })
  await frame.locator(':root[style*="color-scheme: light"]').waitFor()
  t.equal(await ink(), 'rgb(26, 29, 33)', 'until the host sends a theme')

  await send('setHostContext', {
    theme: 'light',
    styles: { variables: { '--color-text-primary': '#010203' } }
  })
  await frame.locator(':root[style*="--color"]').waitFor()
  t.equal(await ink(), 'rgb(1, 2, 3)', 'colors of the host')
})

const long = 'A title of three hundred letters '.repeat(9) + 'W'.repeat(60)
const longTrend = () => ({
  ...createTrend(91),
  ticker: 'CRYPTO:ABCDEFGHIJKLMNO',
  points: createTrend(91).points.map((point) => ({ ...point, headlines: [long, long] })),
  largest_change: {
    ...{ from: '2026-08-24', to: '2026-08-25', change: -1.2, uncertainty: 0.4, is_certain: true },
    moved_by: [
      { title: long, source: long, url: `https://example.com/${'w'.repeat(300)}`, score: 0.1, effect: 0.2 }
    ]
  }
})
const longComparison = () => ({
  ...createTenTickerComparison(),
  ranking: createTenTickerComparison().ranking.map((one, i) => ({
    ...one,
    ticker: `CRYPTO:ABCDEFGHIJKLM${i}`
  })),
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
      await frame.locator('button').click()

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

t.test('redraw: the focus stays on its point', { skip }, async (t) => {
  const { page, frame, draw } = await openHost()
  await draw({ content: [], structuredContent: createTrend(14) })
  await frame.locator('[role=slider]').focus()
  await page.keyboard.press('ArrowLeft')

  await page.evaluate("document.querySelector('iframe').style.width = '500px'")
  await frame.locator('.trend[width="468"]').waitFor()

  t.equal(await frame.evaluate('document.activeElement.getAttribute("aria-valuetext")'), '5 Sept: −0.27')
})
