import t from 'tap'
import { skip } from '../../support/browser.ts'
import { createTenTickerComparison, createTrend, openHost } from '../../support/chart-host.ts'

t.test('third-party text: stays text, and only http and https become links', { skip }, async (t) => {
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
  const points = createTrend(14).points.map((point) => ({ ...point, headlines: [hostile] }))
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
    structuredContent: { ...createTrend(14), ticker: hostile, method: hostile, points, largest_change }
  })

  t.equal(await frame.locator('img, script:not([type=module])').count(), 0)
  t.match(await frame.locator('.picked').textContent(), hostile)
  t.strictSame(await frame.evaluate('[...document.links].map(({ href }) => href)'), ['https://example.com/a'])
  t.equal(await frame.evaluate('document.title'), 'News sentiment')
  t.strictSame(complaints, [])
  t.strictSame(requests, [])
})

t.test('invalid or missing fields in an answer: the page still draws', { skip }, async (t) => {
  const { page, frame, complaints, trend } = await openHost()
  const broken = [null, '0.5', -1e308, {}, [null]]
  const { points } = trend.structuredContent
  const good = [
    { ...trend.structuredContent, points: points.slice(-3).reverse() },
    { ...createTenTickerComparison(), ranking: createTenTickerComparison().ranking.toSpliced(1, 7) }
  ]
  const bad = good.flatMap((answer) => broken.flatMap((value) => spoil(answer, value)))

  await page.evaluate(`(async (answers) => {
    for (const structuredContent of answers) await host.bridge.sendToolResult({ content: [], structuredContent })
    await host.bridge.sendToolCancelled({})
  })(${JSON.stringify(bad.filter((answer) => typeof answer === 'object' && answer))})`)
  await frame.locator('h1', { hasText: 'Cancelled' }).waitFor()

  t.strictSame(complaints, [])
})

/** Copies of an answer, each with `value` in place of one field, or of one field of a first item. */
function spoil(answer: unknown, value: unknown): unknown[] {
  if (typeof answer !== 'object' || answer === null) return []
  return Object.entries(answer).flatMap(([name, part]) => {
    const put = (spoilt: unknown) =>
      Array.isArray(answer) ? answer.with(Number(name), spoilt) : { ...answer, [name]: spoilt }
    const parts = Array.isArray(answer) && name !== '0' ? [] : spoil(part, value)
    return [put(value), ...parts.map(put)]
  })
}

t.test('shows the pending call, and its cancellation', { skip }, async (t) => {
  const { frame, send } = await openHost()
  const says = (words: string) => frame.locator('[role=status]', { hasText: words }).waitFor()
  await says('Waiting for the answer.')

  await send('sendToolInput', { arguments: { tickers: ['AAPL', 'MSFT'] } })
  await says('Waiting for the answer on AAPL, MSFT.')

  await send('sendToolCancelled', { reason: 'The user left.' })
  await says('The call was cancelled before the answer arrived. The user left.')
  t.equal(await frame.locator('h1').textContent(), 'Cancelled')
})

t.test('tool error: shows its text', { skip }, async (t) => {
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

t.test('answer without a trend or a ranking: shows its text', { skip }, async (t) => {
  const { frame, draw } = await openHost()

  await draw({ content: [{ type: 'text', text: 'Some news.' }], structuredContent: { articles: [] } })

  t.match(
    await frame.locator('[role=status]').textContent(),
    /neither a trend nor a comparison[\s\S]*Some news\./
  )
})

t.test('reports its height to the host, again after each change', { skip }, async (t) => {
  const { page, frame, draw, readHost } = await openHost()
  const readReportedHeight = async () => {
    const height = Math.ceil(
      await frame.evaluate<number>('document.documentElement.getBoundingClientRect().height')
    )
    await page.waitForFunction(`host.sizes.at(-1) === ${height}`)
    return height
  }

  const first = await readReportedHeight()
  await draw({ content: [], structuredContent: createTrend(14) })
  const drawn = await readReportedHeight()
  await draw({ isError: true, content: [{ type: 'text', text: 'Two\nlines.' }] })
  const failed = await readReportedHeight()

  t.ok(first < failed && failed < drawn, `${first}, ${drawn}, ${failed}`)
  t.strictSame(await readHost('sizes'), [...new Set(await readHost<number[]>('sizes'))], 'and no more often')
})

t.test('answers ping and teardown, and rejects unknown requests', { skip }, async (t) => {
  const { page, send } = await openHost()

  t.strictSame(await send('teardownResource', {}), {})
  t.strictSame(await page.evaluate("host.bridge.request({ method: 'ping' })"), {})
  const refused = page.evaluate("host.bridge.request({ method: 'tools/list' })")
  await t.rejects(refused, /Method not found/)
})

t.test('links: opened by the host', { skip }, async (t) => {
  const { page, frame, draw, readHost, trend } = await openHost()
  await draw(trend)
  await frame.locator('button').click()

  await frame.locator('.effects a').first().click()
  await page.waitForFunction('host.links.length > 0')

  t.strictSame(await readHost('links'), [await frame.locator('.effects a').first().getAttribute('href')])
})

t.test('a host that declines a link: the page stays as it is', { skip }, async (t) => {
  const { page, frame, draw, readHost, complaints, requests, trend } = await openHost({
    refusesLinks: true
  })
  await draw(trend)
  await frame.locator('button').click()

  await frame.locator('.effects a').first().click()
  await page.waitForFunction('host.links.length > 0')
  await page.evaluate('new Promise((resolve) => setTimeout(resolve))')

  t.equal((await readHost<string[]>('links')).length, 1)
  t.match(await frame.locator('h1').textContent(), 'AAPL')
  t.strictSame(complaints, [])
  t.strictSame(requests, [])
})

t.test('messages from other windows: ignored', { skip }, async (t) => {
  const { frame, draw, trend } = await openHost()
  await draw(trend)
  const message = { jsonrpc: '2.0', method: 'ui/notifications/tool-cancelled', params: {} }

  await frame.evaluate(`new Promise((resolve) => {
    addEventListener('message', resolve, { once: true })
    window.postMessage(${JSON.stringify(message)}, '*')
  })`)

  t.match(await frame.locator('h1').textContent(), 'AAPL')
})
