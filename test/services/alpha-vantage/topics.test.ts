import t from 'tap'
import { findTopic, findTopicsByPrefix, topics, topicTitles } from '../../../services/alpha-vantage/topics.ts'

t.test("titles as in Alpha Vantage's documentation, in any case: the slug", async (t) => {
  for (const [title, slug] of [
    ['Economy - Fiscal Policy (e.g., tax reform, government spending)', 'economy_fiscal'],
    ['economy - monetary policy', 'economy_monetary'],
    ['Economy - Macro/Overall', 'economy_macro'],
    ['MERGERS AND ACQUISITIONS', 'mergers_and_acquisitions'],
    ['Mergers & Acquisitions', 'mergers_and_acquisitions'],
    ['Retail and Wholesale', 'retail_wholesale'],
    ['Real Estate', 'real_estate']
  ] as const) {
    t.equal(findTopic(title), slug)
  }
})

t.test('other words: no topic', async (t) => {
  for (const name of [
    '',
    'and',
    'policy',
    '(earnings)',
    'economy',
    'weather',
    'earnings, ipo',
    '__proto__'
  ]) {
    t.equal(findTopic(name), undefined, name)
  }
})

t.test('the beginning of a slug or a title: its topics', async (t) => {
  t.same(findTopicsByPrefix('Economy - M'), ['economy_monetary', 'economy_macro'])
  t.same(findTopicsByPrefix('mergers &'), ['mergers_and_acquisitions'])
  t.same(findTopicsByPrefix('economy_f'), ['economy_fiscal'])
  t.same(findTopicsByPrefix('Real Estate & C'), ['real_estate'])
  t.same(findTopicsByPrefix(' '), topics)
  t.same(findTopicsByPrefix('weather'), [])
  for (const topic of topics) t.ok(findTopicsByPrefix(topicTitles[topic]).includes(topic))
})
