import type { Test } from 'tap'
import { z } from 'zod'
import { definePrompt, type Prompt } from '../../services/mcp/primitives/prompt.ts'
import { defineResourceTemplate, type Resource } from '../../services/mcp/primitives/resource.ts'
import { connectClient, connectModernClient } from './clients.ts'
import { asRequest, type Era } from './rpc.ts'
import type { TestServer } from './server.ts'

const cache = { ttlMs: 5000, cacheScope: 'public' } as const

export const textContents = (uri: string, text: string) => [{ uri, mimeType: 'text/plain', text }]

const clock: Resource = {
  name: 'clock',
  title: 'Clock',
  description: 'Returns the caller.',
  uri: 'test://clock',
  mimeType: 'text/plain',
  annotations: { audience: ['user'], priority: 0.5 },
  icons: [{ src: 'data:image/svg+xml,<svg/>', mimeType: 'image/svg+xml' }],
  read: async ({ auth }) => ({ contents: textContents('test://clock', auth.subject), cache })
}
const broken: Resource = {
  ...clock,
  name: 'broken',
  uri: 'test://broken',
  read: async () => {
    throw new Error('the database password is hunter2')
  }
}
const guarded: Resource = { ...clock, name: 'guarded', uri: 'test://guarded', scopes: ['news:admin'] }
const pair = defineResourceTemplate<'a' | 'b'>({
  name: 'pair',
  title: 'Pair',
  description: 'Two things.',
  uriTemplate: 'test://pair/{a}/and/{b}',
  complete: {
    a: (value) => Array.from({ length: 150 }, (_, index) => `${value}${index}`),
    b: (value, { a }) => [`${a}-${value}`]
  },
  read: async ({ a, b }) =>
    a === 'none' ? undefined : { contents: textContents('test://pair', `${a} ${b}`), cache }
})
const guardedTemplate = defineResourceTemplate<'style'>({
  name: 'guarded_template',
  title: 'Guarded',
  description: 'Needs more scopes.',
  uriTemplate: 'test://guarded/{style}',
  scopes: ['news:admin'],
  complete: { style: () => ['secret'] },
  read: async ({ style }) => ({ contents: textContents('test://guarded', style), cache })
})
export const greeting = definePrompt({
  name: 'greeting',
  title: 'Greeting',
  description: 'Greets.',
  argumentsSchema: z.strictObject({
    name: z.string().min(2).describe('The recipient.'),
    style: z.enum(['short', 'long']).optional()
  }),
  complete: { style: (value) => ['short', 'long'].filter((style) => style.startsWith(value)) },
  messages: ({ name, style }, { auth }) => [
    { role: 'assistant', content: { type: 'text', text: `${auth.subject} greets ${name} ${style}` } }
  ]
})
const guardedPrompt: Prompt = { ...greeting, name: 'guarded', scopes: ['news:admin'] }

/** Entries that tests add to the catalog. Entries with `guarded` in their name also need the scope `news:admin`. */
export const catalogEntries = {
  resources: [clock, broken, guarded],
  resourceTemplates: [pair, guardedTemplate],
  prompts: [greeting, guardedPrompt]
}

const connect = { legacy: connectClient, modern: connectModernClient }

/** Connects the SDK client of `era`. Both clients have the same methods, but different types. */
export async function connectEra(t: Test, era: Era, { resource, token }: TestServer) {
  return (await connect[era](t, resource, token)) as Awaited<ReturnType<typeof connectModernClient>>
}

/** Sends a request as clients of `era` do. */
export function send({ post }: Pick<TestServer, 'post'>, era: Era, method: string, params: object = {}) {
  const { body, headers } = asRequest(era, { method, params: { ...params } })
  return post(body, headers)
}
