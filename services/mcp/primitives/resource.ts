import type { Complete } from './completion.ts'
import type { ContentAnnotations, ResourceContents } from './content.ts'
import { RequestError, withRpcErrors } from './errors.ts'
import type { BaseMetadata, CacheHint, RequestContext } from './request-context.ts'

/** What `resources/read` answers with, and how long that holds. */
export interface ResourceAnswer {
  contents: ResourceContents[]
  cache: CacheHint
}

interface AnyResource extends BaseMetadata {
  mimeType?: string
  annotations?: ContentAnnotations
  /** What extensions of MCP tell of it. */
  _meta?: Record<string, unknown>
  /** What a token needs for this resource, besides the server's own scope. */
  scopes?: readonly string[]
}

/** A resource at one URI, without a word on protocol revisions, SDKs or HTTP. */
export interface Resource extends AnyResource {
  uri: string
  read(context: RequestContext): Promise<ResourceAnswer>
}

/** Resources whose URIs differ in some parts (RFC 6570, level 1: `{name}` stands for one segment of the path). */
export interface ResourceTemplate<Variable extends string = string> extends AnyResource {
  uriTemplate: string
  /** Suggests values for variables of the template. */
  complete?: { [name in Variable]?: Complete }
  /** `undefined` if there is no such resource. */
  read(variables: Record<Variable, string>, context: RequestContext): Promise<ResourceAnswer | undefined>
}

/** Checks that a template's parts fit together. */
export function defineResourceTemplate<Variable extends string>(
  template: ResourceTemplate<Variable>
): ResourceTemplate {
  return template as unknown as ResourceTemplate
}

/** A resource that a client named by its URI, ready to be read. */
export interface FoundResource {
  scopes?: readonly string[] | undefined
  read(context: RequestContext): Promise<ResourceAnswer | undefined>
}

/** Finds resources by their URIs; variables of templates are percent-decoded. */
export function createResourceFinder(
  resources: readonly Resource[],
  templates: readonly ResourceTemplate[]
): (uri: string) => FoundResource | undefined {
  const byUri = new Map(resources.map((resource) => [resource.uri, resource]))
  const patterns = templates.map((template) => ({ template, pattern: toPattern(template.uriTemplate) }))

  return (uri) => {
    const resource = byUri.get(uri)
    if (resource) return resource
    for (const { template, pattern } of patterns) {
      const variables = decode(pattern.exec(uri)?.groups)
      if (variables) return { ...template, read: (context) => template.read(variables, context) }
    }
    return undefined
  }
}

/**
 * Reads what was found at `uri`.
 * @throws {RequestError} -32002 if nothing is there (MCP 2025-11-25, Resources); for 2026-07-28 SDK 2 makes it -32602.
 */
export function readResource(
  found: FoundResource | undefined,
  uri: string,
  context: RequestContext
): Promise<ResourceAnswer> {
  return withRpcErrors('reading a resource', context, async () => {
    const result = await found?.read(context)
    if (!result) throw new RequestError(-32002, `There is no resource ${uri}`, { uri })
    return result
  })
}

function toPattern(uriTemplate: string): RegExp {
  const parts = uriTemplate.split(/\{(\w+)\}/)
  return new RegExp(
    `^${parts.map((part, i) => (i % 2 ? `(?<${part}>[^/]+)` : RegExp.escape(part))).join('')}$`
  )
}

function decode(groups: Record<string, string> | undefined): Record<string, string> | undefined {
  if (!groups) return undefined
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)])
    )
  } catch {
    return undefined // not percent-encoded as RFC 3986 has it: the URI of nothing
  }
}
