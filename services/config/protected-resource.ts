import { z } from 'zod'
import { isHttpUrl, isSecureUrl, secureUrlMessage, withoutTrailingSlash } from '../lib/url.ts'
import type { Report } from './invalid-settings.ts'
import { scopeToken } from './setting-types.ts'
import type { SettingName, Settings } from './settings.ts'

/** The protected-resource metadata document (RFC 9728, section 2). */
export interface ProtectedResourceMetadata {
  authorization_servers: string[]
  bearer_methods_supported: ['header']
  resource: string
  resource_documentation: string
  scopes_supported: string[]
}

/** What makes a token one for this server, and what its challenges say. */
export interface ProtectedResource {
  metadata: ProtectedResourceMetadata
  /** The URL of the metadata document, as challenges name it. */
  metadataUrl: string
  /** The scope that every call needs. */
  requiredScope: string
  /** The Scalekit environment, without a last slash. */
  environmentUrl: string
  /** The issuers whose tokens count: the environment and the authorization servers in it. */
  issuers: string[]
  /** The audiences of which a token names at least one. */
  audiences: string[]
}

/** What is read of the JSON in Scalekit's dashboard; its other fields are neither used nor published. */
const dashboardSchema = z
  .object({
    authorization_servers: z.array(z.string()).min(1),
    resource: z.string(),
    resource_documentation: z.string(),
    scopes_supported: z.array(z.string().regex(scopeToken))
  })
  .partial()
type Dashboard = z.output<typeof dashboardSchema>

/**
 * Tells who this resource is, from `METADATA_JSON_RESPONSE` and the single settings, which win over its fields.
 * All that is wrong goes to `report`; the answer is `undefined` when a part that is needed is missing.
 */
export function readProtectedResource(settings: Settings, report: Report): ProtectedResource | undefined {
  const dashboard = readDashboard(settings.METADATA_JSON_RESPONSE, report)
  const field = <T>(name: SettingName, single: T | undefined, key: string, listed: T | undefined) => {
    const isListed = single === undefined && dashboard !== undefined
    return {
      value: single ?? listed,
      reject: (reason: string) =>
        isListed ? report('METADATA_JSON_RESPONSE', `has "${key}", which ${reason}`) : report(name, reason),
      miss: () =>
        isListed ? report('METADATA_JSON_RESPONSE', `has no "${key}"`) : report(name, 'is missing')
    }
  }
  const resource = field(
    'SCALEKIT_RESOURCE_NAME',
    settings.SCALEKIT_RESOURCE_NAME,
    'resource',
    dashboard?.resource
  )
  const servers = field(
    'SCALEKIT_AUTHORIZATION_SERVERS',
    settings.SCALEKIT_AUTHORIZATION_SERVERS?.split(/[\s,]+/).filter(Boolean),
    'authorization_servers',
    dashboard?.authorization_servers
  )
  const documentation = field(
    'SCALEKIT_RESOURCE_DOCS_URL',
    settings.SCALEKIT_RESOURCE_DOCS_URL,
    'resource_documentation',
    dashboard?.resource_documentation
  )
  const environmentUrl = readEnvironmentUrl(settings.SCALEKIT_ENVIRONMENT_URL, report)
  const scopes = readScopes(settings.REQUIRED_SCOPE, dashboard?.scopes_supported, report)

  if (!settings.METADATA_JSON_RESPONSE && !resource.value && !servers.value) {
    report('METADATA_JSON_RESPONSE', 'is missing')
  } else if (dashboard || !settings.METADATA_JSON_RESPONSE) {
    if (!resource.value) resource.miss()
    if (!servers.value?.length) servers.miss()
  } // else it could not be read, which has been reported: what it would have given is not missing.

  const isResource = resource.value !== undefined && isSecureUrl(resource.value)
  if (resource.value && !isResource) resource.reject(secureUrlMessage)
  if (environmentUrl && servers.value?.some((server) => !isServerIn(environmentUrl, server))) {
    servers.reject(`is not {SCALEKIT_ENVIRONMENT_URL}/resources/res_… of this very environment`)
  }
  if (documentation.value && !isHttpUrl(documentation.value)) {
    documentation.reject('is not an http or https URL')
  }
  if (settings.SCALEKIT_RESOURCE_METADATA_URL && !isSecureUrl(settings.SCALEKIT_RESOURCE_METADATA_URL)) {
    report('SCALEKIT_RESOURCE_METADATA_URL', secureUrlMessage)
  }

  if (!environmentUrl || !isResource || !resource.value || !servers.value) return undefined
  return {
    metadata: {
      authorization_servers: servers.value,
      bearer_methods_supported: ['header'],
      resource: resource.value,
      resource_documentation: documentation.value ?? `${withoutTrailingSlash(resource.value)}/docs`,
      scopes_supported: scopes.supported
    },
    metadataUrl: settings.SCALEKIT_RESOURCE_METADATA_URL ?? wellKnownUrl(resource.value),
    requiredScope: scopes.required,
    environmentUrl,
    issuers: [...new Set([environmentUrl, ...servers.value])],
    audiences: toAudiences(settings.SCALEKIT_AUDIENCE_NAME ?? resource.value, resource.value, servers.value)
  }
}

function readDashboard(json: string | undefined, report: Report): Dashboard | undefined {
  if (!json) return undefined
  try {
    const { success, data } = dashboardSchema.safeParse(JSON.parse(json))
    if (success) return data
    report('METADATA_JSON_RESPONSE', 'is JSON, but not of the shape that the dashboard shows')
  } catch {
    // The parser's message quotes the text, which may hold anything.
    report('METADATA_JSON_RESPONSE', 'is not JSON (it goes on one line, without quotes around it)')
  }
  return undefined
}

function readEnvironmentUrl(value: string | undefined, report: Report): string | undefined {
  if (!value) report('SCALEKIT_ENVIRONMENT_URL', 'is missing')
  else if (!isSecureUrl(value) || new URL(value).pathname !== '/') {
    report('SCALEKIT_ENVIRONMENT_URL', 'is not an https URL without a path (http only on loopback)')
  } else return new URL(value).origin
  return undefined
}

/** The scopes to publish, the required one among them; never `offline_access`, which is no scope of a resource. */
function readScopes(required: string | undefined, listed: string[] | undefined, report: Report) {
  const supported = listed?.filter((scope) => scope !== 'offline_access') ?? []
  if (required && supported.length > 0 && !supported.includes(required)) {
    report('REQUIRED_SCOPE', 'is not among the scopes_supported of METADATA_JSON_RESPONSE')
  }
  const [first = 'news:read'] = supported
  const chosen = required ?? (supported.includes('news:read') ? 'news:read' : first)
  return { required: chosen, supported: supported.length > 0 ? supported : [chosen] }
}

function isServerIn(environmentUrl: string, server: string): boolean {
  const id = findResourceId(server)
  return server === environmentUrl || (id !== undefined && server === `${environmentUrl}/resources/${id}`)
}

/** The `res_…` id that Scalekit gave the MCP server, from its authorization server's URL. */
function findResourceId(server: string): string | undefined {
  return /\/resources\/(res_[A-Za-z0-9]+)$/.exec(server)?.[1]
}

function toAudiences(audience: string, resource: string, servers: string[]): string[] {
  const ids = servers.map(findResourceId).filter((id) => id !== undefined)
  return [
    ...new Set([audience, withoutTrailingSlash(resource), `${withoutTrailingSlash(resource)}/`, ...ids])
  ]
}

/** RFC 9728, section 3.1: the well-known part goes between the host and the resource's path. */
function wellKnownUrl(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
}
