import { z } from 'zod'
import type { Catalog } from '../catalog.ts'
import { createResourceFinder } from '../primitives/resource.ts'

/** An invalid field reads as absent: a field that the method ignores must not hide one that it uses. */
const text = z.string().optional().catch(undefined)
/** The parts of a message that decide which scopes it needs. */
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
 * Creates a function that returns the scopes that a message needs besides the server's own. It is checked before
 * protocol parsing, so that a parsing quirk can never bypass a scope.
 */
export function createRequiredScopes(catalog: Catalog): (message: unknown) => readonly string[] {
  const { tools, prompts, resources, resourceTemplates } = catalog
  const isAnyScoped = [...tools, ...prompts, ...resources, ...resourceTemplates].some(({ scopes }) => scopes)
  if (!isAnyScoped) return () => []

  const findResource = createResourceFinder(resources, resourceTemplates)
  const toolScopes = (name = '') => tools.find((tool) => tool.name === name)?.scopes ?? []
  const promptScopes = (name = '') => prompts.find((prompt) => prompt.name === name)?.scopes ?? []
  const templateScopes = (uri = '') =>
    resourceTemplates.find(({ uriTemplate }) => uriTemplate === uri)?.scopes ?? []
  const resourceScopes = (uri = '') => findResource(uri)?.scopes ?? []

  return (message) => {
    const { method, params } = scopedParams.safeParse(message).data ?? {}
    switch (method) {
      case 'tools/call':
        return toolScopes(params?.name)
      case 'prompts/get':
        return promptScopes(params?.name)
      case 'resources/read':
        return resourceScopes(params?.uri)
      case 'completion/complete':
        return [...promptScopes(params?.ref?.name), ...templateScopes(params?.ref?.uri)]
      case 'subscriptions/listen':
        return params?.notifications?.resourceSubscriptions?.flatMap((uri) => resourceScopes(uri)) ?? []
      default:
        return []
    }
  }
}
