import { readFileSync } from 'node:fs'
import { publicCacheHint } from '../primitives/request-context.ts'
import type { Resource } from '../primitives/resource.ts'

const uri = 'news:///method'
const mimeType = 'text/markdown'

/** How the numbers are calculated, in Markdown. The documentation page shows it as well. */
export const methodology = readFileSync(new URL('methodology.md', import.meta.url), 'utf8')

/** The resource `news:///method`. */
export const methodologyResource: Resource = {
  name: 'method',
  title: 'How the numbers are calculated',
  description: 'The formulas behind every number of this server, so that each can be checked by hand.',
  uri,
  mimeType,
  read: async () => ({ contents: [{ uri, mimeType, text: methodology }], cache: publicCacheHint })
}
