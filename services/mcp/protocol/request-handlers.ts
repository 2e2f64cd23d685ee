import { z } from 'zod'
import type { Catalog } from '../catalog.ts'
import { chartMimeType } from '../chart/chart-resource.ts'
import { type Complete, completeArgument } from '../primitives/completion.ts'
import { invalidParams, nameInvalidFields, RequestError, withRpcErrors } from '../primitives/errors.ts'
import { getPrompt } from '../primitives/prompt.ts'
import {
  type BaseMetadata,
  type CacheHint,
  publicCacheHint,
  type RequestContext,
  reuseAlways
} from '../primitives/request-context.ts'
import { createResourceFinder, readResource } from '../primitives/resource.ts'
import { callTool } from '../primitives/tool.ts'
import { describePrompt, describeResource, describeTool } from './descriptors.ts'
import type { Instrument } from './instrumentation.ts'

/** A method's result, and how long clients may cache it, for revisions that can express that. */
interface MethodResponse {
  result: Record<string, unknown>
  cache?: CacheHint
}
type Method = (params: unknown, context: RequestContext) => MethodResponse | Promise<MethodResponse>
type Methods = [name: string, method: Method][]

const namedParams = z.object({ name: z.string(), arguments: z.unknown().optional() })
/** Bounded, because each suggested value may repeat it. */
const completionValue = z.string().max(1000)
const completeParams = z.object({
  ref: z.discriminatedUnion('type', [
    z.object({ type: z.literal('ref/prompt'), name: z.string() }),
    z.object({ type: z.literal('ref/resource'), uri: z.string() })
  ]),
  argument: z.object({ name: z.string(), value: completionValue }),
  context: z.object({ arguments: z.record(z.string(), completionValue).default({}) }).optional()
})

export type RequestHandlers = ReturnType<typeof createRequestHandlers>

/**
 * Creates the handlers of MCP's methods, which both eras share. They are not registered with the SDKs one by one: those
 * would validate params and results several times. Validating once saves a third of the cost.
 */
export function createRequestHandlers(catalog: Catalog, instrument: Instrument) {
  const methods = new Map([
    ...createToolMethods(catalog),
    ...createResourceMethods(catalog),
    ...createPromptMethods(catalog),
    ...createCompletionMethods(catalog)
  ])
  const toolNames = new Set(catalog.tools.map(({ name }) => name))
  return {
    /** Without `listChanged`, because the catalog does not change while the server runs. */
    capabilities: {
      ...(methods.has('tools/list') && { tools: {} }),
      ...(methods.has('resources/list') && { resources: {} }),
      ...(methods.has('prompts/list') && { prompts: {} }),
      ...(methods.has('completion/complete') && { completions: {} }),
      // MCP Apps 2026-01-26: hosts draw pages only if client and server declare the extension.
      ...(catalog.tools.some(({ uiResourceUri }) => uiResourceUri) && {
        extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: [chartMimeType] } }
      })
    },
    /** Whether there is such a method. */
    has: (name: string) => methods.has(name),
    /** Handles a request. @throws {RequestError} -32601 if there is no such method. */
    async call(name: string, params: unknown, context: RequestContext): Promise<MethodResponse> {
      const method = methods.get(name)
      if (!method) throw new RequestError(-32601, 'Method not found')
      const { name: requested, _meta: meta } = Object(params) as { name?: unknown; _meta?: unknown }
      const isToolCall = name === 'tools/call' && typeof requested === 'string' && toolNames.has(requested)
      const tool = isToolCall ? requested : undefined
      return instrument.run({ method: name, tool, meta }, context, async () => {
        const response = await method(params, context)
        if (response.cache === publicCacheHint) context.allowReuse(reuseAlways)
        return response
      })
    }
  }
}

function createToolMethods({ tools }: Catalog): Methods {
  if (tools.length === 0) return []
  return [
    ['tools/list', list({ tools: tools.map(describeTool) })],
    ['tools/call', byName('tool', tools, callTool)]
  ]
}

function createResourceMethods({ resources, resourceTemplates }: Catalog): Methods {
  if (resources.length + resourceTemplates.length === 0) return []
  const findResource = createResourceFinder(resources, resourceTemplates)
  const resourceEntries = resources.map((resource) => ({ uri: resource.uri, ...describeResource(resource) }))
  const templateEntries = resourceTemplates.map((template) => ({
    uriTemplate: template.uriTemplate,
    ...describeResource(template)
  }))
  const read = method(z.object({ uri: z.string() }), async ({ uri }, context) => {
    const { contents, cache } = await readResource(findResource(uri), uri, context)
    return { result: { contents }, cache }
  })
  return [
    ['resources/list', list({ resources: resourceEntries })],
    ['resources/templates/list', list({ resourceTemplates: templateEntries })],
    ['resources/read', read]
  ]
}

function createPromptMethods({ prompts }: Catalog): Methods {
  if (prompts.length === 0) return []
  return [
    ['prompts/list', list({ prompts: prompts.map(describePrompt) })],
    ['prompts/get', byName('prompt', prompts, getPrompt)]
  ]
}

function createCompletionMethods(catalog: Catalog): Methods {
  const { prompts, resourceTemplates } = catalog
  if (![...prompts, ...resourceTemplates].some(({ complete }) => complete)) return []
  const complete = method(completeParams, async (params, context) => {
    const { argument, context: { arguments: others = {} } = {} } = params
    const run = () => completeArgument(findCompletion(catalog, params), argument.value, others)
    return { result: await withRpcErrors('completion', context, run) }
  })
  return [['completion/complete', complete]]
}

/**
 * Finds what suggests values for the argument in `ref`; `undefined` if the argument has no suggestions.
 * @throws {RequestError} if there is no such argument.
 */
function findCompletion(
  { prompts, resourceTemplates }: Catalog,
  { ref, argument }: z.output<typeof completeParams>
): Complete | undefined {
  if (ref.type === 'ref/prompt') {
    const prompt = prompts.find(({ name }) => name === ref.name)
    if (!prompt) throw invalidParams(`Unknown prompt: ${ref.name}`)
    if (!Object.hasOwn(prompt.argumentsSchema.shape, argument.name)) {
      throw invalidParams(`The prompt ${ref.name} has no argument ${argument.name}.`)
    }
    return prompt.complete?.[argument.name]
  }
  const template = resourceTemplates.find(({ uriTemplate }) => uriTemplate === ref.uri)
  if (!template) throw invalidParams(`Unknown resource template: ${ref.uri}`)
  if (!template.uriTemplate.includes(`{${argument.name}}`)) {
    throw invalidParams(`The resource template ${ref.uri} has no variable ${argument.name}.`)
  }
  return template.complete?.[argument.name]
}

/** A method that validates its params. */
function method<Params>(
  schema: z.ZodType<Params>,
  handler: (params: Params, context: RequestContext) => Promise<MethodResponse>
): Method {
  return (rawParams, context) => {
    const params = schema.safeParse(rawParams ?? {})
    if (params.success) return handler(params.data, context)
    throw invalidParams(nameInvalidFields(params.error, rawParams ?? {}, 'params'))
  }
}

/** A method on one of `entries`, which the client names, with the client's arguments for it. */
function byName<Entry extends BaseMetadata>(
  kind: string,
  entries: readonly Entry[],
  use: (entry: Entry, rawArguments: unknown, context: RequestContext) => Promise<Record<string, unknown>>
): Method {
  const entriesByName = new Map(entries.map((entry) => [entry.name, entry]))
  return method(namedParams, async ({ name, arguments: rawArguments }, context) => {
    const entry = entriesByName.get(name)
    if (!entry) throw invalidParams(`Unknown ${kind}: ${name}`)
    return { result: await use(entry, rawArguments, context) }
  })
}

/** A method that returns a list of one page. */
function list(result: Record<string, unknown>): Method {
  return method(z.object({ cursor: z.unknown() }).partial(), async ({ cursor }) => {
    if (cursor !== undefined) throw invalidParams('This list has a single page. Leave out cursor.')
    return { result, cache: publicCacheHint }
  })
}
