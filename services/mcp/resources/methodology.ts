import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { publicCacheHint } from '../primitives/request-context.ts'
import type { Resource } from '../primitives/resource.ts'
import { articleShape } from '../schemas/article.ts'
import { provenanceShape } from '../schemas/provenance.ts'
import { sentimentShape } from '../schemas/sentiment.ts'
import { weightShape } from '../tools/explain-sentiment.ts'

const uri = 'news:///method'
const mimeType = 'text/markdown'

/** How the numbers are calculated, in Markdown. The documentation page shows it as well. */
export const methodology = readFileSync(new URL('methodology.md', import.meta.url), 'utf8')

const sharedShape = { ...sentimentShape, ...weightShape, ...articleShape, ...provenanceShape }
const text = `${methodology}
## Fields that several tools return

${listFields(z.toJSONSchema(z.object(sharedShape), { io: 'output' })).join('\n')}
`

/** The resource `news:///method`: the formulas, and the meaning of the fields that the schemas do not describe. */
export const methodologyResource: Resource = {
  name: 'method',
  title: 'How the numbers are calculated',
  description:
    'The formulas behind every number of this server, so that each can be checked by hand, and the meaning of the ' +
    'fields that several tools return.',
  uri,
  mimeType,
  read: async () => ({ contents: [{ uri, mimeType, text }], cache: publicCacheHint })
}

/** One line for each described field, with fields of objects as `window.truncated`. */
function listFields({ properties = {} }: z.core.JSONSchema.BaseSchema, path = ''): string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    if (typeof field === 'boolean') return []
    const { description } = field
    const line = description === undefined ? [] : [`- \`${path}${name}\`: ${description}`]
    return [...line, ...listFields(field, `${path}${name}.`)]
  })
}
