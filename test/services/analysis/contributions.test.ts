import t from 'tap'
import {
  byAbsoluteContribution,
  sourceShares,
  topicShares
} from '../../../services/analysis/contributions.ts'
import { computeSentiment } from '../../../services/analysis/score.ts'
import { dayMs } from '../../../services/lib/time.ts'
import { checkProperty, isClose, toWindow, workedExample } from '../../support/scored-articles.ts'

t.test('three articles worked out by hand: contributions of sources and topics match', async (t) => {
  const { stories } = computeSentiment(workedExample, toWindow(dayMs))
  // The articles have shares of 4/7, 2/7 and 1/7, and scores of 0.4, −0.2 and 0.8.
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
})

t.test('contributions: sorted by size, positive or negative, then by name', async (t) => {
  const parts = [
    { name: 'b', share: 0.2, contribution: 0.2 },
    { name: 'c', share: 0.3, contribution: -0.9 },
    { name: 'a', share: 0.2, contribution: -0.2 }
  ]

  t.same(
    parts.sort(byAbsoluteContribution(({ name }) => name)).map(({ name }) => name),
    ['c', 'a', 'b']
  )
})

t.test('property: contributions of sources and topics sum to the score, shares to 1', async () => {
  checkProperty(({ window, scored }) => {
    const { score, stories } = computeSentiment(scored, window)
    if (!score) return true
    return [sourceShares(stories), topicShares(stories)].every(
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
