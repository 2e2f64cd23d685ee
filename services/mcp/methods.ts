import { z } from 'zod'
import type { Catalogue } from './catalogue.ts'
import { completeArgument } from './completion.ts'
import { describeArguments, getPrompt } from './prompt.ts'
import { answer, type Described, invalidParams, type RequestContext } from './request.ts'
import { createResourceFinder, readResource } from './resource.ts'
import { callTool } from './tool.ts'

interface List {
  cursor?: string | undefined
}
interface Named {
  name: string
  arguments?: Record<string, unknown> | undefined
}
interface Completing {
  ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string }
  argument: { name: string; value: string }
  context?: { arguments?: Record<string, string> | undefined } | undefined
}

export type Methods = ReturnType<typeof createMethods>

/** MCP's methods on `catalogue`, for both eras. */
export function createMethods(catalogue: Catalogue) {
  const tools = catalogue.tools.map((tool) => ({
    ...describe(tool),
    annotations: tool.annotations,
    inputSchema: jsonSchema(tool.inputSchema, 'input'),
    ...(tool.outputSchema && { outputSchema: jsonSchema(tool.outputSchema, 'output') })
  }))
  const resources = catalogue.resources.map(({ uri, mimeType, annotations, ...resource }) => ({
    uri,
    ...describe(resource),
    ...(mimeType && { mimeType }),
    ...(annotations && { annotations })
  }))
  const resourceTemplates = catalogue.resourceTemplates.map(
    ({ uriTemplate, mimeType, annotations, ...template }) => ({
      uriTemplate,
      ...describe(template),
      ...(mimeType && { mimeType }),
      ...(annotations && { annotations })
    })
  )
  const prompts = catalogue.prompts.map((prompt) => ({
    ...describe(prompt),
    arguments: describeArguments(prompt)
  }))
  const toolsByName = new Map(catalogue.tools.map((tool) => [tool.name, tool]))
  const promptsByName = new Map(catalogue.prompts.map((prompt) => [prompt.name, prompt]))
  const findResource = createResourceFinder(catalogue.resources, catalogue.resourceTemplates)
  const completes = [...catalogue.prompts, ...catalogue.resourceTemplates].some(({ complete }) => complete)

  /** What suggests values for the argument that the client asks about. @throws {RequestError} if there is no such. */
  function findCompletion({ ref, argument }: Completing) {
    if (ref.type === 'ref/prompt') {
      const prompt = promptsByName.get(ref.name)
      if (!prompt) throw invalidParams(`There is no prompt named ${ref.name}`)
      if (!Object.hasOwn(prompt.argumentsSchema.shape, argument.name)) {
        throw invalidParams(`The prompt ${ref.name} has no argument ${argument.name}`)
      }
      return prompt.complete?.[argument.name]
    }
    const template = catalogue.resourceTemplates.find(({ uriTemplate }) => uriTemplate === ref.uri)
    if (!template) throw invalidParams(`There is no resource template ${ref.uri}`)
    if (!template.uriTemplate.includes(`{${argument.name}}`)) {
      throw invalidParams(`The resource template ${ref.uri} has no variable ${argument.name}`)
    }
    return template.complete?.[argument.name]
  }

  const capabilities = {
    ...(tools.length > 0 && { tools: {} }),
    ...(resources.length + resourceTemplates.length > 0 && { resources: {} }),
    ...(prompts.length > 0 && { prompts: {} }),
    ...(completes && { completions: {} })
  }

  return {
    /** Only what is there; no `listChanged`, for the catalogue stands while the server runs. */
    capabilities,
    /** What this server answers, besides what the SDKs answer by themselves. */
    names: new Set([
      'server/discover',
      ...(capabilities.tools ? ['tools/list', 'tools/call'] : []),
      ...(capabilities.resources ? ['resources/list', 'resources/templates/list', 'resources/read'] : []),
      ...(capabilities.prompts ? ['prompts/list', 'prompts/get'] : []),
      ...(capabilities.completions ? ['completion/complete'] : [])
    ]),
    listTools: onePage({ tools }),
    listResources: onePage({ resources }),
    listResourceTemplates: onePage({ resourceTemplates }),
    listPrompts: onePage({ prompts }),
    callTool({ name, arguments: sent = {} }: Named, context: RequestContext) {
      const tool = toolsByName.get(name)
      if (!tool) throw invalidParams(`There is no tool named ${name}`)
      return callTool(tool, sent, context)
    },
    readResource: ({ uri }: { uri: string }, context: RequestContext) =>
      readResource(findResource(uri), uri, context),
    getPrompt({ name, arguments: sent = {} }: Named, context: RequestContext) {
      const prompt = promptsByName.get(name)
      if (!prompt) throw invalidParams(`There is no prompt named ${name}`)
      return getPrompt(prompt, sent, context)
    },
    complete: (params: Completing, { log }: RequestContext) =>
      answer('a completion', log, () =>
        completeArgument(findCompletion(params), params.argument.value, params.context?.arguments ?? {})
      )
  }
}

/**
 * The scopes that a message asks for beyond the server's own; before any revision's rules have been applied to it, so
 * that none is needed to guard another.
 */
export function createScopesOf(catalogue: Catalogue): (message: unknown) => readonly string[] {
  const findResource = createResourceFinder(catalogue.resources, catalogue.resourceTemplates)
  const asked = z.object({
    method: z.string(),
    params: z.object({ name: z.unknown(), uri: z.unknown() }).partial()
  })
  const isAnyScoped = [catalogue.tools, catalogue.prompts, catalogue.resources, catalogue.resourceTemplates]
    .flat()
    .some(({ scopes }) => scopes)
  if (!isAnyScoped) return () => []

  return (message) => {
    const { method, params: { name, uri } = {} } = asked.safeParse(message).data ?? {}
    const named = <T extends { name: string }>(list: readonly T[]) => list.find((one) => one.name === name)
    if (method === 'tools/call') return named(catalogue.tools)?.scopes ?? []
    if (method === 'prompts/get') return named(catalogue.prompts)?.scopes ?? []
    if (method === 'resources/read' && typeof uri === 'string') return findResource(uri)?.scopes ?? []
    return []
  }
}

/** JSON Schema 2020-12, the dialect of MCP since 2025-11-25; the clients of both SDKs take it in older revisions, too. */
function jsonSchema(schema: z.ZodObject, io: 'input' | 'output') {
  return z.toJSONSchema(schema, { target: 'draft-2020-12', io }) as { type: 'object' }
}

function describe({ name, title, description, icons }: Described) {
  return { name, title, description, ...(icons && { icons }) }
}

/** A list that is short enough for one page. */
function onePage<Page>(page: Page): (params: List | undefined) => Page {
  return (params) => {
    if (params?.cursor !== undefined) throw invalidParams('This list has one page, and no cursor leads on.')
    return page
  }
}
