import { z } from 'zod'
import { isHttpUrl, isSecureUrl, secureUrlMessage, withoutTrailingSlash } from '../lib/url.ts'
import type { Report } from './invalid-settings.ts'
import { scopeToken } from './setting-types.ts'
import type { SettingName, Settings } from './settings.ts'

/** The protected resource metadata that this server publishes (RFC 9728, section 2). */
export interface ProtectedResourceMetadata {
  authorization_servers: [string, ...string[]]
  bearer_methods_supported: ['header']
  resource: string
  resource_documentation: string
  scopes_supported: string[]
}

/** This server as an OAuth protected resource: its metadata, the access tokens that it accepts, and its challenges. */
export interface ProtectedResource {
  metadata: ProtectedResourceMetadata
  /** The URL of the metadata document, as challenges name it (RFC 9728, section 5.1). */
  metadataUrl: string
  /** The scope that every request needs. */
  requiredScope: string
  /** The URL of the Scalekit environment, without a trailing slash. */
  environmentUrl: string
  /** The accepted values of `iss`: the environment and the authorization servers in it. */
  issuers: string[]
  /** The accepted values of `aud`. A token needs one of them. */
  audiences: string[]
}

/** The fields of the metadata JSON in Scalekit's dashboard that this server uses. */
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
 * Describes this server as a protected resource, from `METADATA_JSON_RESPONSE` and the single settings, which override
 * its fields. Reports each problem. Returns `undefined` if a required part is missing or malformed.
 */
export function readProtectedResource(settings: Settings, report: Report): ProtectedResource | undefined {
  const dashboard = readDashboard(settings.METADATA_JSON_RESPONSE, report)
  const fields = readFields(settings, dashboard, report)
  const environmentUrl = readEnvironmentUrl(settings.SCALEKIT_ENVIRONMENT_URL, report)
  const scopes = readScopes(settings.REQUIRED_SCOPE, dashboard?.scopes_supported, report)
  const { SCALEKIT_RESOURCE_METADATA_URL: metadataUrl } = settings
  const { value: resource } = fields.resource
  const { value: servers } = fields.servers
  const { value: documentation } = fields.documentation

  if (!settings.METADATA_JSON_RESPONSE && !resource && !servers) {
    report('METADATA_JSON_RESPONSE', 'is missing')
  } else if (dashboard || !settings.METADATA_JSON_RESPONSE) {
    // `readDashboard` has reported invalid JSON: its fields are not missing.
    if (!resource) fields.resource.reportMissing()
    if (!servers?.length) fields.servers.reportMissing()
  }
  if (resource && !isSecureUrl(resource)) fields.resource.report(secureUrlMessage)
  if (environmentUrl && servers?.some((server) => !isServerIn(environmentUrl, server))) {
    fields.servers.report('is not {SCALEKIT_ENVIRONMENT_URL}/resources/res_… of the same environment')
  }
  if (documentation && !isHttpUrl(documentation)) fields.documentation.report('is not an http or https URL')
  if (metadataUrl && !isSecureUrl(metadataUrl)) report('SCALEKIT_RESOURCE_METADATA_URL', secureUrlMessage)

  const [firstServer, ...otherServers] = servers ?? []
  if (!environmentUrl || !resource || !isSecureUrl(resource) || !firstServer) return undefined
  const authorizationServers: [string, ...string[]] = [firstServer, ...otherServers]
  return {
    metadata: {
      authorization_servers: authorizationServers,
      bearer_methods_supported: ['header'],
      resource,
      resource_documentation: documentation ?? `${withoutTrailingSlash(resource)}/docs`,
      scopes_supported: scopes.supported
    },
    metadataUrl: metadataUrl ?? toMetadataUrl(resource),
    requiredScope: scopes.required,
    environmentUrl,
    issuers: [...new Set([environmentUrl, ...authorizationServers])],
    audiences: toAudiences(settings.SCALEKIT_AUDIENCE_NAME ?? resource, resource, authorizationServers)
  }
}

function readDashboard(json: string | undefined, report: Report): Dashboard | undefined {
  if (!json) return undefined
  try {
    const { success, data } = dashboardSchema.safeParse(JSON.parse(json))
    if (success) return data
    report('METADATA_JSON_RESPONSE', 'is JSON, but does not have the fields that the dashboard shows')
  } catch {
    // Not the parser's message: it quotes the text, which may contain a secret.
    report('METADATA_JSON_RESPONSE', 'is not JSON (write it on one line, without quotes around it)')
  }
  return undefined
}

/** Reads values that a single setting or a field of the dashboard's JSON supplies. A problem names the source. */
function readFields(settings: Settings, dashboard: Dashboard | undefined, report: Report) {
  const readField = <Key extends keyof Dashboard>(name: SettingName, override: Dashboard[Key], key: Key) => {
    const isFromDashboard = override === undefined && dashboard !== undefined
    return {
      value: override ?? dashboard?.[key],
      report: (reason: string) =>
        isFromDashboard
          ? report('METADATA_JSON_RESPONSE', `has "${key}", which ${reason}`)
          : report(name, reason),
      reportMissing: () =>
        isFromDashboard ? report('METADATA_JSON_RESPONSE', `has no "${key}"`) : report(name, 'is missing')
    }
  }
  const servers = settings.SCALEKIT_AUTHORIZATION_SERVERS?.split(/[\s,]+/).filter(Boolean)
  return {
    resource: readField('SCALEKIT_RESOURCE_NAME', settings.SCALEKIT_RESOURCE_NAME, 'resource'),
    servers: readField('SCALEKIT_AUTHORIZATION_SERVERS', servers, 'authorization_servers'),
    documentation: readField(
      'SCALEKIT_RESOURCE_DOCS_URL',
      settings.SCALEKIT_RESOURCE_DOCS_URL,
      'resource_documentation'
    )
  }
}

function readEnvironmentUrl(value: string | undefined, report: Report): string | undefined {
  if (!value) report('SCALEKIT_ENVIRONMENT_URL', 'is missing')
  else if (!isSecureUrl(value) || new URL(value).pathname !== '/') {
    report('SCALEKIT_ENVIRONMENT_URL', 'is not an https URL without a path (http only on loopback)')
  } else return new URL(value).origin
  return undefined
}

/** Reads the supported scopes and the required scope. `offline_access` belongs to the authorization server, not to a resource. */
function readScopes(required: string | undefined, listed: string[] | undefined, report: Report) {
  const supported = listed?.filter((scope) => scope !== 'offline_access') ?? []
  if (required && supported.length > 0 && !supported.includes(required)) {
    report('REQUIRED_SCOPE', 'is not among the scopes_supported of METADATA_JSON_RESPONSE')
  }
  const [first = 'news:read'] = supported
  const requiredScope = required ?? (supported.includes('news:read') ? 'news:read' : first)
  return { required: requiredScope, supported: supported.length > 0 ? supported : [requiredScope] }
}

function isServerIn(environmentUrl: string, server: string): boolean {
  const id = findResourceId(server)
  return server === environmentUrl || (id !== undefined && server === `${environmentUrl}/resources/${id}`)
}

/** Finds the `res_…` ID of the MCP server in the URL of its authorization server. */
function findResourceId(server: string): string | undefined {
  return /\/resources\/(res_[A-Za-z0-9]+)$/.exec(server)?.[1]
}

/** Scalekit issues tokens for the resource identifier and for the `res_…` ID. Some clients omit the trailing slash. */
function toAudiences(audience: string, resource: string, servers: string[]): string[] {
  const ids = servers.map(findResourceId).filter((id) => id !== undefined)
  const withoutSlash = withoutTrailingSlash(resource)
  return [...new Set([audience, withoutSlash, `${withoutSlash}/`, ...ids])]
}

/** Inserts the well-known path between the host and the path of the resource (RFC 9728, section 3.1). */
function toMetadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
}
