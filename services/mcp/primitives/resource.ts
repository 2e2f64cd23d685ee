import type { Complete } from './completion.ts'
import type { ContentAnnotations, ResourceContents } from './content.ts'
import { RequestError, withRpcErrors } from './errors.ts'
import type { BaseMetadata, CacheHint, RequestContext } from './request-context.ts'

/** The contents of a resource, and how long clients may cache them. */
export interface ResourceAnswer {
  contents: ResourceContents[]
  cache: CacheHint
}

/** Why there is no such resource, as a sentence. */
interface NotFound {
  problem: string
}

interface AnyResource extends BaseMetadata {
  mimeType?: string
  annotations?: ContentAnnotations
  /** For extensions of MCP. */
  _meta?: Record<string, unknown>
  /** The scopes that a token needs besides the server's own. */
  scopes?: readonly string[]
}

/** A resource with one URI, independent of protocol revision, SDK and HTTP. */
export interface Resource extends AnyResource {
  uri: string
  read(context: RequestContext): Promise<ResourceAnswer>
}

/** Resources with URIs of one pattern (RFC 6570, level 1: `{name}` stands for one segment of the path). */
export interface ResourceTemplate<Variable extends string = string> extends AnyResource {
  uriTemplate: string
  /** Suggests values for variables of the template. */
  complete?: { [name in Variable]?: Complete }
  /** Returns `undefined`, or why, if there is no such resource. */
  read(
    variables: Record<Variable, string>,
    context: RequestContext
  ): Promise<ResourceAnswer | NotFound | undefined>
}

/** Makes the compiler check that the parts of a template match. */
export function defineResourceTemplate<Variable extends string>(
  template: ResourceTemplate<Variable>
): ResourceTemplate {
  return template as unknown as ResourceTemplate
}

/** The resource at a URI. */
export interface FoundResource {
  scopes?: readonly string[] | undefined
  read(context: RequestContext): Promise<ResourceAnswer | NotFound | undefined>
}

/** Creates a function that finds a resource by its URI. Variables of templates are percent-decoded. */
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
 * Reads the resource that was found at `uri`.
 * @throws {RequestError} -32002 if there is none (MCP 2025-11-25, Resources). In 2026-07-28, SDK 2 makes it -32602.
 */
export function readResource(
  found: FoundResource | undefined,
  uri: string,
  context: RequestContext
): Promise<ResourceAnswer> {
  return withRpcErrors('resource read', context, async () => {
    const result = await found?.read(context)
    if (result && 'contents' in result) return result
    throw new RequestError(-32002, `Resource not found: ${uri}${result ? `. ${result.problem}` : ''}`, {
      uri
    })
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
    return undefined // invalid percent-encoding (RFC 3986, section 2.1)
  }
}
