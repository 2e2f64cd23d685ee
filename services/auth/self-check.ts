import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { withoutTrailingSlash } from '../lib/url.ts'
import { fetchServerMetadata } from './server-metadata.ts'

/** The fields of the authorization server metadata (RFC 8414, section 2) that must match this server's settings. */
const checkedMetadata = z.object({
  issuer: z.string(),
  jwks_uri: z.string().optional(),
  scopes_supported: z.array(z.string()).optional()
})
const resourceMetadata = z.object({ resource: z.string() })

/**
 * Compares the settings with the metadata of the authorization servers, and with this server's own metadata as clients
 * fetch it. Returns a message for each mismatch, which names the setting to change.
 */
export async function findMismatches(config: Config, signal: AbortSignal): Promise<string[]> {
  const { authorization_servers: servers } = config.protectedResource.metadata
  const findings = await Promise.all([
    ...servers.map((server) => checkServer(config, server, signal)),
    checkResource(config, signal)
  ])
  return [...checkAudience(config), ...findings.flat()]
}

async function checkServer(config: Config, server: string, signal: AbortSignal): Promise<string[]> {
  const { environmentUrl, requiredScope } = config.protectedResource
  const setting = findSettingName(config, 'SCALEKIT_AUTHORIZATION_SERVERS', 'authorization_servers')
  const response = await fetchServerMetadata(server, { timeoutMs: config.SCALEKIT_TIMEOUT_MS, signal }).catch(
    () => undefined
  )
  const { success, data } = checkedMetadata.safeParse(response)
  if (!success) {
    return [
      `No authorization server metadata was found for ${server}. Compare its res_… ID in ${setting} with the dashboard, and check that this server can reach ${environmentUrl}.`
    ]
  }

  const ownKeysUrl = `${environmentUrl}/keys`
  const { issuer, jwks_uri: keysUrl = ownKeysUrl, scopes_supported: scopes = [requiredScope] } = data
  const findings = []
  // Clients must not use metadata with another issuer than the URL that the resource names (RFC 8414, section 3.3).
  if (issuer !== server) {
    findings.push(
      `The authorization server at ${server} has the issuer ${issuer}${describeSlash(issuer, server)}, and clients reject that. Write ${issuer} in ${setting}.`
    )
  }
  if (keysUrl !== ownKeysUrl) {
    findings.push(
      `The authorization server publishes its keys at ${keysUrl}, but this server fetches ${ownKeysUrl}. Set SCALEKIT_ENVIRONMENT_URL to ${URL.parse(keysUrl)?.origin ?? 'that environment'}.`
    )
  }
  if (!scopes.includes(requiredScope)) {
    findings.push(
      `The authorization server does not list the scope ${requiredScope}. Create that permission in the dashboard, or set REQUIRED_SCOPE to one of ${scopes.join(', ')}.`
    )
  }
  return findings
}

/** Fetches this server's metadata from the URL in its challenges. Proxies may route that URL elsewhere. */
async function checkResource(config: Config, signal: AbortSignal): Promise<string[]> {
  const { metadata, metadataUrl } = config.protectedResource
  const { success, data } = resourceMetadata.safeParse(
    await fetchJson(metadataUrl, config.SCALEKIT_TIMEOUT_MS, signal)
  )
  if (!success) {
    return [
      `The metadata cannot be read at ${metadataUrl}, where challenges send clients. Route that URL to this server, or set SCALEKIT_RESOURCE_METADATA_URL to one that leads here.`
    ]
  }
  if (data.resource === metadata.resource) return []
  const setting = findSettingName(config, 'SCALEKIT_RESOURCE_NAME', 'resource')
  return [
    `The metadata at ${metadataUrl} names the resource ${data.resource}, but this server is ${metadata.resource}${describeSlash(data.resource, metadata.resource)}. Write the identifier of the dashboard in ${setting}, or set SCALEKIT_RESOURCE_METADATA_URL to the URL of this server's own metadata.`
  ]
}

function checkAudience({ SCALEKIT_AUDIENCE_NAME: audience, protectedResource }: Config): string[] {
  const { resource } = protectedResource.metadata
  const otherAudiences = protectedResource.audiences.filter((other) => other !== audience)
  if (
    !audience ||
    audience === resource ||
    otherAudiences.some((other) => equalsIgnoringSlash(other, audience))
  ) {
    return []
  }
  return [
    `SCALEKIT_AUDIENCE_NAME is neither the resource identifier nor its res_… ID, and Scalekit issues tokens only for those. Remove it, or set it to ${resource}.`
  ]
}

/** The name of the setting that supplied a value: a single setting, or a field of the dashboard's JSON. */
function findSettingName(
  config: Config,
  name: 'SCALEKIT_AUTHORIZATION_SERVERS' | 'SCALEKIT_RESOURCE_NAME',
  field: string
): string {
  return config[name] ? name : `METADATA_JSON_RESPONSE ("${field}")`
}

function equalsIgnoringSlash(url: string, other: string): boolean {
  return withoutTrailingSlash(url) === withoutTrailingSlash(other)
}

function describeSlash(url: string, other: string): string {
  return equalsIgnoringSlash(url, other) ? ' (only the trailing slash differs)' : ''
}

/** Fetches JSON. Returns `undefined` after any failure, because the finding is the same for every cause. */
async function fetchJson(url: string, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}
