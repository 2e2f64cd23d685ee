import t from 'tap'
import { computeContributions, sourceShares, topicShares } from '../../../services/analysis/contributions.ts'
import { computeSentiment } from '../../../services/analysis/score.ts'
import { toStories } from '../../../services/analysis/stories.ts'
import { dayMs } from '../../../services/lib/time.ts'
import {
  checkProperty,
  hoursAgo,
  isClose,
  scoreAt,
  toWindow,
  workedExample
} from '../../support/scored-articles.ts'

t.test(
  'three articles worked out by hand: contributions of articles, sources and topics match',
  async (t) => {
    const { stories } = computeSentiment(workedExample, toWindow(dayMs))
    // Shares are 4/7, 2/7 and 1/7; times 0.4, −0.2 and 0.8.
    t.same(
      computeContributions(stories).map(({ share, contribution }) => [
        (share * 7).toFixed(6),
        (contribution * 7).toFixed(6)
      ]),
      [
        ['4.000000', '1.600000'],
        ['1.000000', '0.800000'],
        ['2.000000', '-0.400000']
      ]
    )
    const sevenths = (
      parts: { name: string | null; articles: number; share: number; contribution: number }[]
    ) =>
      parts.map(({ name, articles, share, contribution }) => [
        name,
        articles,
        Number((share * 7).toFixed(6)),
        Number((contribution * 7).toFixed(6))
      ])
    t.same(sevenths(sourceShares(stories)), [
      ['A', 1, 4, 1.6],
      ['B', 2, 3, 0.4]
    ])
    // The second article is three quarters on earnings and one on technology.
    t.same(sevenths(topicShares(stories)), [
      ['earnings', 2, 5.5, 1.3],
      [null, 1, 1, 0.8],
      ['technology', 1, 0.5, -0.1]
    ])
  }
)

t.test('contributions: sorted by size, positive or negative', async (t) => {
  const scored = scoreAt([hoursAgo(0), 0.2], [hoursAgo(0), -0.9], [hoursAgo(0), 0.5])

  t.same(
    computeContributions(toStories(scored, () => 1)).map(({ score }) => score),
    [-0.9, 0.5, 0.2]
  )
})

t.test('property: contributions of articles, sources and topics sum to the score, shares to 1', async () => {
  checkProperty(({ window, scored }) => {
    const { score, stories } = computeSentiment(scored, window)
    if (!score) return true
    return [computeContributions(stories), sourceShares(stories), topicShares(stories)].every(
      (parts: { share: number; contribution: number }[]) =>
        isClose(
          parts.reduce((sum, { contribution }) => sum + contribution, 0),
          score.value
        ) &&
        isClose(
          parts.reduce((sum, { share }) => sum + share, 0),
          1
        )
    )
  })
})
