import { z } from 'zod'
import type { Catalog } from '../catalog.ts'
import { createResourceFinder } from '../primitives/resource.ts'

/** A field that one method reads must not go unread because another one, which it does not read, is broken. */
const text = z.string().optional().catch(undefined)
/** As much of a message as tells what it asks for. */
const scopedParams = z.object({
  method: z.string(),
  params: z
    .object({
      name: text,
      uri: text,
      ref: z.object({ name: text, uri: text }).optional().catch(undefined),
      notifications: z
        .object({ resourceSubscriptions: z.array(text).optional().catch(undefined) })
        .optional()
        .catch(undefined)
    })
    .optional()
})

/**
 * The scopes that a message asks for beyond the server's own; told before any revision's rules have been applied to it,
 * so that none is needed to guard another.
 */
export function createRequiredScopes(catalog: Catalog): (message: unknown) => readonly string[] {
  const { tools, prompts, resources, resourceTemplates } = catalog
  const isAnyScoped = [...tools, ...prompts, ...resources, ...resourceTemplates].some(({ scopes }) => scopes)
  if (!isAnyScoped) return () => []

  const findResource = createResourceFinder(resources, resourceTemplates)
  const ofTool = (name = '') => tools.find((tool) => tool.name === name)?.scopes ?? []
  const ofPrompt = (name = '') => prompts.find((prompt) => prompt.name === name)?.scopes ?? []
  const ofTemplate = (uri = '') =>
    resourceTemplates.find(({ uriTemplate }) => uriTemplate === uri)?.scopes ?? []
  const ofResource = (uri = '') => findResource(uri)?.scopes ?? []

  return (message) => {
    const { method, params } = scopedParams.safeParse(message).data ?? {}
    switch (method) {
      case 'tools/call':
        return ofTool(params?.name)
      case 'prompts/get':
        return ofPrompt(params?.name)
      case 'resources/read':
        return ofResource(params?.uri)
      case 'completion/complete':
        return [...ofPrompt(params?.ref?.name), ...ofTemplate(params?.ref?.uri)]
      case 'subscriptions/listen':
        return params?.notifications?.resourceSubscriptions?.flatMap((uri) => ofResource(uri)) ?? []
      default:
        return []
    }
  }
}
