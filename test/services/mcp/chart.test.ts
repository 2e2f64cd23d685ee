import t from 'tap'
import { findFaults, findInvalid, skip } from '../../support/browser.ts'
import {
  chartHost,
  createTenTickerComparison,
  createTrend,
  isNear,
  openHost,
  readAxis
} from '../../support/chart-host.ts'

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
  t.match(
    await frame.locator('.trend .change-label').textContent(),
    /^Largest change [−+]0\.\d\d, (not )?clear$/
  )
  t.equal(await frame.locator('tbody tr').count(), points.length, 'the table has every point')
  t.strictSame(complaints, [])
  t.strictSame(requests, [], 'no network request')
})

const change = { from: '2026-08-24', to: '2026-08-25', change: -1.2, uncertainty: 0.4, is_certain: true }

t.test('article without a link: its title is text, not a link', { skip }, async (t) => {
  const { frame, draw } = await openHost()
  const answer = createTrend(14)
  const moved_by = [{ title: 'Far too long a link', source: 'Wire', url: null, score: 0.1, effect: 0.2 }]

  await draw({ content: [], structuredContent: { ...answer, largest_change: { ...change, moved_by } } })

  t.match(await frame.locator('.effects li').textContent(), 'Far too long a link')
  t.equal(await frame.locator('.effects a').count(), 0)
})

t.test('trend: a line at the score of each half, over its days', { skip }, async (t) => {
  const { frame, draw } = await openHost()
  await draw({ content: [], structuredContent: createTrend(14) })

  const y = await readAxis(frame, 'y')
  const bounds = await frame.locator('[role=slider]')
  const [left, width] = [await bounds.getAttribute('x'), await bounds.getAttribute('width')].map(Number)
  const lines = frame.locator('.trend .half')
  t.equal(await lines.count(), 2)
  for (const [i, score] of [-0.05, 0.25].entries()) {
    isNear(t, await lines.nth(i).getAttribute('y1'), y(score), `score of half ${i}`)
    const start = Number(left) + (i * Number(width)) / 2
    isNear(t, await lines.nth(i).getAttribute('x1'), start, `start of half ${i}`)
    isNear(t, await lines.nth(i).getAttribute('x2'), start + Number(width) / 2, `end of half ${i}`)
  }
})

t.test('trend: the card says how the halves compare, and the details why', { skip }, async (t) => {
  const { frame, draw } = await openHost()
  const answer = createTrend(14)
  const describe = async (halves: object | null) => {
    await draw({ content: [], structuredContent: { ...answer, halves, largest_change: null } })
    return (await frame.locator('.brief').allTextContents()).slice(1)
  }

  t.strictSame(await describe(answer.halves), ['First half −0.05, second +0.25: a clear rise.'])
  await frame.locator('button').click()
  t.strictSame(await frame.locator('.halves li').allTextContents(), [
    'First half, 24 Aug to 30 Aug: −0.05 (95% interval −0.25 to +0.15), from 60 articles, 30 stories',
    'Second half, 31 Aug to 6 Sept: +0.25 (95% interval +0.05 to +0.45), from 60 articles, 30 stories'
  ])
  t.equal(await frame.locator('.halves + p').textContent(), 'Change: +0.30 ± 0.21, a clear rise.')
  t.match(await frame.locator('.details').textContent(), 'None: no two neighboring days have 3 stories each.')
  const { first, second } = answer.halves
  t.strictSame(await describe({ ...answer.halves, first: second, second: first }), [
    'First half +0.25, second −0.05: a clear fall.'
  ])
  t.strictSame(await describe({ ...answer.halves, is_certain: false }), [
    'First half −0.05, second +0.25: no clear change.'
  ])
  const none = { ...first, score: null, low: null, high: null }
  t.strictSame(await describe({ first: none, second, change: null, uncertainty: null, is_certain: null }), [
    'First half no news, second +0.25: too few stories to compare.'
  ])
  t.strictSame(await describe(null), [])
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
    ...change,
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
