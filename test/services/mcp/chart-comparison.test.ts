import t from 'tap'
import { skip } from '../../support/browser.ts'
import { createTenTickerComparison, isNear, openHost, readAxis } from '../../support/chart-host.ts'

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
    t.match(await frame.locator('.missing').textContent(), 'GONE is missing: There is no such ticker.')
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

t.test(
  'comparison: the card names three clear pairs with their differences, and counts the others',
  { skip },
  async (t) => {
    const { frame, draw } = await openHost()
    const pairs = [4, 5, 6, 7].map((coin) => ({
      ...{ above: 'CRYPTO:COIN0', below: `CRYPTO:COIN${coin}`, difference: coin / 10, uncertainty: 0.3 },
      is_clear: true
    }))
    const unclear = { above: 'CRYPTO:COIN0', below: 'CRYPTO:COIN1', difference: 0.1, uncertainty: 0.3 }
    const describe = async (differences: object[]) => {
      await draw({ content: [], structuredContent: { ...createTenTickerComparison(), differences } })
      return frame.locator('.brief').nth(1).textContent()
    }

    t.equal(
      await describe([{ ...unclear, is_clear: false }, ...pairs]),
      '4 clear differences: CRYPTO:COIN0 above CRYPTO:COIN4: +0.40 ± 0.30; CRYPTO:COIN0 above CRYPTO:COIN5: +0.50 ± 0.30; CRYPTO:COIN0 above CRYPTO:COIN6: +0.60 ± 0.30; 1 more in the details.'
    )
    t.strictSame(await frame.locator('.differences .tag').allTextContents(), [
      ...Array(4).fill('Clear'),
      'Not clear'
    ])
    t.equal(
      await describe([{ ...unclear, is_clear: false }]),
      'No difference is clear. The largest: CRYPTO:COIN0 above CRYPTO:COIN1: +0.10 ± 0.30.'
    )
  }
)

t.test(
  'comparison: the color of an interval is its side, with a legend of the sides shown',
  { skip },
  async (t) => {
    const { frame, draw } = await openHost()
    const answer = createTenTickerComparison()
    const ranking = answer.ranking.toSpliced(5, 4)
    await draw({ content: [], structuredContent: { ...answer, ranking } })

    t.strictSame(
      await frame.evaluate(
        '[...document.querySelectorAll("[role=img] .interval")].map((one) => one.getAttribute("class"))'
      ),
      [...Array(4).fill('interval bullish'), 'interval unclear']
    )
    t.strictSame(await frame.locator('figcaption span').allTextContents(), [
      'score',
      '95% interval: bullish',
      'unclear',
      '1rank'
    ])
  }
)

t.test('comparison of one ticker with a score: nothing is compared', { skip }, async (t) => {
  const { frame, draw } = await openHost()
  const { ranking, ...answer } = createTenTickerComparison()
  const [first, few] = [ranking[1], ranking[9]]
  const describe = async (...rest: object[]) => {
    const structuredContent = { ...answer, ranking: rest, differences: [], unavailable: [] }
    await draw({ content: [], structuredContent })
    return (await frame.locator('.brief').allTextContents()).join()
  }

  t.equal(
    await describe({ ...first, score: 0.1499, label: 'Neutral' }, { ...few, articles: 0, stories: 0 }),
    'Nothing to compare: only CRYPTO:COIN1 has news. Score: +0.1499, Neutral.'
  )
  t.match(
    await describe({ ...first, score: 0.149, label: 'Neutral' }, { ...few }),
    'Score: +0.149, Neutral.',
    'as many decimals as the label needs'
  )
  await describe({ ...first, low: -0.1499, high: 0.35 }, { ...few })
  t.match(
    await frame.locator('td').allTextContents(),
    ['+0.40 Somewhat-Bullish', '−0.1499 to +0.35, bullish'],
    'the ends of an interval too'
  )
  await describe({ ...first, low: 0.0033, high: 0.35 }, { ...few })
  t.match(
    await frame.locator('td').allTextContents(),
    ['+0.40 Somewhat-Bullish', '+0.0033 to +0.35, bullish'],
    'and the side of 0'
  )
  t.equal(
    await describe({ ...first }, { ...few }),
    'Nothing to compare: only CRYPTO:COIN1 has news of 3 stories or more. Score: +0.40, Somewhat-Bullish.'
  )
  t.equal(await describe({ ...few }), 'Nothing to compare: no ticker has news of 3 stories or more.')

  await draw({ content: [], structuredContent: { ...answer, ranking: [first], differences: [] } })
  t.strictSame(
    await frame.locator('.brief').allTextContents(),
    [
      'Nothing to compare: only CRYPTO:COIN1 has news. Score: +0.40, Somewhat-Bullish.',
      'GONE is missing: There is no such ticker.'
    ],
    'and why the others have none'
  )
})

t.test('comparison from the server: drawn', { skip }, async (t) => {
  const { frame, draw, complaints, comparison } = await openHost()

  await draw(comparison)

  t.equal(
    await frame.locator('[role=img] .point').count(),
    comparison.structuredContent.ranking.filter(({ score }) => score !== null).length
  )
  t.strictSame(complaints, [])
})
