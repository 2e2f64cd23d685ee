import createError from '@fastify/error'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { parseJson } from '../lib/json.ts'
import { describeError, type Logger } from '../lib/logger.ts'
import { RemoteDocument } from '../lib/remote-document.ts'
import { withoutTrailingSlash } from '../lib/url.ts'

const maxResponseBytes = 256 * 1024

/** The metadata document of an authorization server, unchanged (RFC 8414, section 2). */
const serverMetadata = z.looseObject({ issuer: z.string() })
export type ServerMetadata = z.output<typeof serverMetadata>

/** The server has no copy of the authorization server's metadata, and cannot fetch it. */
export const ServerMetadataUnavailableError = createError(
  'SERVER_METADATA_UNAVAILABLE',
  'The metadata of the authorization server %s is unavailable. Try again in %s seconds.',
  503
)

/**
 * Caches the metadata of the authorization server `issuer`, an https URL or an http one on loopback. A document with
 * another issuer is not used (RFC 8414, section 3.3).
 */
export function cacheServerMetadata({
  issuer,
  timeoutMs,
  log,
  ...ages
}: {
  issuer: string
  /** Timeout of the fetch, including fallbacks and response bodies. */
  timeoutMs: number
  /** The pause after a failed fetch. */
  cooldownMs: number
  maxAgeMs: number
  staleMs: number
  log: Logger
}): RemoteDocument<ServerMetadata> {
  return new RemoteDocument({
    ...ages,
    async fetch() {
      try {
        const metadata = await fetchServerMetadata(issuer, { timeoutMs })
        if (metadata.issuer !== issuer) throw new Error(`the issuer in the document is ${metadata.issuer}`)
        return metadata
      } catch (error) {
        log.warn({ ...describeError(error), issuer }, 'authorization server metadata not fetched')
        throw error
      }
    }
  })
}

/**
 * Fetches the metadata that `issuer` publishes, without following redirects. As clients do, it tries the next URL after
 * any status below 500.
 * @throws if there is no document, if the document is not JSON with an issuer, exceeds 256 KiB, or is not complete within
 * `timeoutMs`.
 */
export async function fetchServerMetadata(
  issuer: string,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }
): Promise<ServerMetadata> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const dispatcher = new Agent({ maxResponseSize: maxResponseBytes })
  const failures: string[] = []
  try {
    for (const url of toMetadataUrls(issuer)) {
      const { statusCode, body } = await request(url, {
        dispatcher,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        headers: { accept: 'application/json' }
      })
      if (statusCode === 200) return parseMetadata(await body.text(), url)
      await body.dump()
      failures.push(`status ${statusCode} from ${url}`)
      if (statusCode >= 500) break
    }
    throw new Error(failures.join(', '))
  } finally {
    await dispatcher.destroy()
  }
}

function parseMetadata(text: string, url: string): ServerMetadata {
  const { success, data } = serverMetadata.safeParse(parseJson(text))
  if (!success) throw new Error(`no JSON document with an issuer at ${url}`)
  return data
}

/**
 * The metadata URLs of an issuer: with the well-known path inserted before the issuer's path (RFC 8414, section 3.1), and
 * appended to it (OpenID Connect Discovery 1.0, section 4). Scalekit serves both.
 */
function toMetadataUrls(issuer: string): Set<string> {
  const { origin, pathname } = new URL(issuer)
  const path = withoutTrailingSlash(pathname)
  return new Set(
    ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'].flatMap((name) => [
      `${origin}${name}${path}`,
      `${origin}${path}${name}`
    ])
  )
}
