import { z } from 'zod'
import type { Config } from '../config/config.ts'

const serverMetadata = z.object({
  issuer: z.string(),
  jwks_uri: z.string().optional(),
  scopes_supported: z.array(z.string()).optional()
})
const resourceMetadata = z.object({ resource: z.string() })

/**
 * Compares what this server was configured with to what the authorization server, and this server's own public
 * metadata, say. One sentence for each mismatch, with the setting to change and what to.
 */
export async function selfCheck(config: Config, signal: AbortSignal): Promise<string[]> {
  const { metadata } = config.protectedResource
  const findings = await Promise.all([
    ...metadata.authorization_servers.map((server) => checkServer(config, server, signal)),
    checkResource(config, signal)
  ])
  return [...checkAudience(config), ...findings.flat()]
}

/** RFC 8414, section 3: the metadata's place in the URL of an issuer with a path; Scalekit serves both forms. */
function metadataUrls(server: string): string[] {
  const { origin, pathname } = new URL(server)
  const path = pathname === '/' ? '' : pathname
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${server}/.well-known/oauth-authorization-server`
  ]
}

async function checkServer(config: Config, server: string, signal: AbortSignal): Promise<string[]> {
  const { environmentUrl, requiredScope } = config.protectedResource
  const setting = settingNameFor(config, 'SCALEKIT_AUTHORIZATION_SERVERS', 'authorization_servers')
  let answer: unknown
  for (const url of metadataUrls(server)) answer ??= await fetchJson(url, config.SCALEKIT_TIMEOUT_MS, signal)
  const { success, data: found } = serverMetadata.safeParse(answer)
  if (!success) {
    return [
      `No authorization server answers at ${server}: check its res_… id in ${setting} against the dashboard, and that ${environmentUrl} can be reached from here.`
    ]
  }

  const {
    issuer,
    jwks_uri: keys = `${environmentUrl}/keys`,
    scopes_supported: scopes = [requiredScope]
  } = found
  const findings = []
  if (issuer !== server) {
    const by =
      withoutLastSlash(issuer) === withoutLastSlash(server) ? ', which differs by its last slash' : ''
    findings.push(
      `The authorization server at ${server} calls itself ${issuer}${by}, and clients refuse that: write ${issuer} in ${setting}.`
    )
  }
  if (keys !== `${environmentUrl}/keys`) {
    findings.push(
      `The authorization server keeps its keys at ${keys}, and this server reads ${environmentUrl}/keys: set SCALEKIT_ENVIRONMENT_URL to ${URL.parse(keys)?.origin ?? 'that environment'}.`
    )
  }
  if (!scopes.includes(requiredScope)) {
    findings.push(
      `The authorization server does not list the scope ${requiredScope}: create that permission in the dashboard, or set REQUIRED_SCOPE to one of ${scopes.join(', ')}.`
    )
  }
  return findings
}

/** What clients find at the URL that challenges name, which may lead through proxies. */
async function checkResource(config: Config, signal: AbortSignal): Promise<string[]> {
  const { metadata, metadataUrl } = config.protectedResource
  const { success, data: found } = resourceMetadata.safeParse(
    await fetchJson(metadataUrl, config.SCALEKIT_TIMEOUT_MS, signal)
  )
  if (!success) {
    return [
      `The metadata cannot be read at ${metadataUrl}, where clients are sent: route that URL to this server, or set SCALEKIT_RESOURCE_METADATA_URL to one that leads here.`
    ]
  }
  if (found.resource === metadata.resource) return []
  const setting = settingNameFor(config, 'SCALEKIT_RESOURCE_NAME', 'resource')
  const isSlash = withoutLastSlash(found.resource) === withoutLastSlash(metadata.resource)
  return [
    `The metadata at ${metadataUrl} names the resource ${found.resource}, and this server ${metadata.resource}${isSlash ? ', which differs by its last slash' : ''}: make ${setting} the same as in the dashboard, or SCALEKIT_RESOURCE_METADATA_URL the URL of this server's own metadata.`
  ]
}

function checkAudience({ SCALEKIT_AUDIENCE_NAME: audience, protectedResource }: Config): string[] {
  const own = protectedResource.audiences.filter((one) => one !== audience)
  const isOwn = !audience || audience === protectedResource.metadata.resource
  return isOwn || own.some((one) => withoutLastSlash(one) === withoutLastSlash(audience))
    ? []
    : [
        `SCALEKIT_AUDIENCE_NAME is neither the resource identifier nor its res_… id, and Scalekit issues tokens for those: leave it out, or set it to ${protectedResource.metadata.resource}.`
      ]
}

function settingNameFor(
  config: Config,
  name: 'SCALEKIT_AUTHORIZATION_SERVERS' | 'SCALEKIT_RESOURCE_NAME',
  field: string
): string {
  return config[name] ? name : `METADATA_JSON_RESPONSE ("${field}")`
}

function withoutLastSlash(url: string): string {
  return url.replace(/\/$/, '')
}

/** The JSON at `url`; `undefined` if there is none within the time, whatever the reason. */
async function fetchJson(url: string, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined // the finding says that nothing was found there
  }
}
