import { topicTitles } from '../../alpha-vantage/topics.ts'
import { publicCacheHint } from '../primitives/request-context.ts'
import type { Resource } from '../primitives/resource.ts'

/** The resource `news:///topics`: the values of the inputs `topics` and `topic`. */
export const topicsResource: Resource = {
  name: 'topics',
  title: 'News topics',
  description: 'The topics that news can be narrowed to: the slugs that tools take, with their names.',
  uri: 'news:///topics',
  mimeType: 'application/json',
  read: async () => ({
    contents: [{ uri: 'news:///topics', mimeType: 'application/json', text: JSON.stringify(topicTitles) }],
    cache: publicCacheHint
  })
}
