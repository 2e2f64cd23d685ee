import { z } from 'zod'
import type { Catalog } from '../catalog.ts'
import { completeArgument } from '../primitives/completion.ts'
import { invalidParams, RequestError, withRpcErrors } from '../primitives/errors.ts'
import { getPrompt } from '../primitives/prompt.ts'
import {
  type BaseMetadata,
  type CacheHint,
  publicCacheHint,
  type RequestContext
} from '../primitives/request-context.ts'
import { createResourceFinder, readResource } from '../primitives/resource.ts'
import { callTool } from '../primitives/tool.ts'
import { describePrompt, describeResource, describeTool } from './descriptors.ts'
import type { Instrument } from './instrumentation.ts'

/** What a method answers with, and how long clients may keep it, where the revision can say so. */
interface Answered {
  result: Record<string, unknown>
  cache?: CacheHint
}
type Method = (params: unknown, context: RequestContext) => Answered | Promise<Answered>

const namedParams = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).default({}) })
/** What is being typed is short, and what suggests values may repeat it in each of them. */
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
 * MCP's methods on `catalog`, the same in both eras. The SDKs are not given a handler for each: they would check
 * params and results several times over, where once is enough and costs a third.
 */
export function createRequestHandlers(catalog: Catalog, observe: Instrument) {
  const { tools, resources, resourceTemplates, prompts } = catalog
  const toolNames = new Set(tools.map(({ name }) => name))
  const findResource = createResourceFinder(resources, resourceTemplates)

  /** What suggests values for the argument that the client asks about. @throws {RequestError} if there is no such. */
  function findCompletion({ ref, argument }: z.output<typeof completeParams>) {
    if (ref.type === 'ref/prompt') {
      const prompt = prompts.find(({ name }) => name === ref.name)
      if (!prompt) throw invalidParams(`There is no prompt named ${ref.name}`)
      if (!Object.hasOwn(prompt.argumentsSchema.shape, argument.name)) {
        throw invalidParams(`The prompt ${ref.name} has no argument ${argument.name}`)
      }
      return prompt.complete?.[argument.name]
    }
    const template = resourceTemplates.find(({ uriTemplate }) => uriTemplate === ref.uri)
    if (!template) throw invalidParams(`There is no resource template ${ref.uri}`)
    if (!template.uriTemplate.includes(`{${argument.name}}`)) {
      throw invalidParams(`The resource template ${ref.uri} has no variable ${argument.name}`)
    }
    return template.complete?.[argument.name]
  }

  /** The tool that a request calls, if there is such a tool. */
  function toolIn(method: string, params: unknown): string | undefined {
    if (method !== 'tools/call') return undefined
    const { name } = Object(params) as { name?: unknown }
    return typeof name === 'string' && toolNames.has(name) ? name : undefined
  }

  const offered = {
    tools: tools.length > 0,
    resources: resources.length + resourceTemplates.length > 0,
    prompts: prompts.length > 0,
    completions: [...prompts, ...resourceTemplates].some(({ complete }) => complete)
  }
  const methods = new Map<string, Method>()
  if (offered.tools) {
    methods.set('tools/list', list({ tools: tools.map(describeTool) }))
    methods.set('tools/call', byName('tool', tools, callTool))
  }
  if (offered.resources) {
    const templates = resourceTemplates.map((one) => ({
      uriTemplate: one.uriTemplate,
      ...describeResource(one)
    }))
    methods.set(
      'resources/list',
      list({ resources: resources.map((one) => ({ uri: one.uri, ...describeResource(one) })) })
    )
    methods.set('resources/templates/list', list({ resourceTemplates: templates }))
    methods.set(
      'resources/read',
      method(z.object({ uri: z.string() }), async ({ uri }, context) => {
        const { contents, cache } = await readResource(findResource(uri), uri, context)
        return { result: { contents }, cache }
      })
    )
  }
  if (offered.prompts) {
    methods.set('prompts/list', list({ prompts: prompts.map(describePrompt) }))
    methods.set('prompts/get', byName('prompt', prompts, getPrompt))
  }
  if (offered.completions) {
    methods.set(
      'completion/complete',
      method(completeParams, async (params, context) => {
        const complete = () =>
          completeArgument(findCompletion(params), params.argument.value, params.context?.arguments ?? {})
        return { result: await withRpcErrors('a completion', context, complete) }
      })
    )
  }

  return {
    /** Only what is there; no `listChanged`, for the catalog stands while the server runs. */
    capabilities: Object.fromEntries(
      Object.entries(offered).flatMap(([name, is]) => (is ? [[name, {}]] : []))
    ),
    has: (name: string) => methods.has(name),
    /** Answers a request. @throws {RequestError} -32601 if there is no such method. */
    async call(name: string, params: unknown, context: RequestContext): Promise<Answered> {
      const called = methods.get(name)
      if (!called) throw new RequestError(-32601, 'Method not found')
      const { _meta: meta } = Object(params) as { _meta?: unknown }
      return observe({ method: name, tool: toolIn(name, params), meta }, context, () =>
        called(params, context)
      )
    }
  }
}

function method<Params>(
  schema: z.ZodType<Params>,
  handler: (params: Params, context: RequestContext) => Promise<Answered>
): Method {
  return (sent, context) => {
    const params = schema.safeParse(sent ?? {})
    if (params.success) return handler(params.data, context)
    throw invalidParams(`The params do not fit:\n${z.prettifyError(params.error).slice(0, 1000)}`)
  }
}

/** A method on one of `list`, with the arguments that the client sent for it. */
function byName<Named extends BaseMetadata>(
  kind: string,
  list: readonly Named[],
  use: (one: Named, sent: unknown, context: RequestContext) => Promise<Record<string, unknown>>
): Method {
  const byName = new Map(list.map((one) => [one.name, one]))
  return method(namedParams, async ({ name, arguments: sent }, context) => {
    const one = byName.get(name)
    if (!one) throw invalidParams(`There is no ${kind} named ${name}`)
    return { result: await use(one, sent, context) }
  })
}

/** A list that is short enough for one page. */
function list(result: Record<string, unknown>): Method {
  return method(z.object({ cursor: z.unknown() }).partial(), async ({ cursor }) => {
    if (cursor !== undefined) throw invalidParams('This list has one page, and no cursor leads on.')
    return { result, cache: publicCacheHint }
  })
}
