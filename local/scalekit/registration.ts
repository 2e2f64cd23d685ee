import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { isLoopback } from '../../services/lib/loopback.ts'

const knownGrants = ['authorization_code', 'refresh_token', 'client_credentials']

/**
 * Adapts a registration to oidc-provider, which rejects metadata that real clients send and Scalekit accepts. Removes a
 * `scope`, because it would prevent the client from requesting more scopes later.
 */
export function normalizeRegistration(
  request: IncomingMessage,
  received: Record<string, unknown>
): IncomingMessage {
  const { scope: _, ...metadata } = received
  if (Array.isArray(metadata.grant_types)) {
    metadata.grant_types = metadata.grant_types.filter((grant) => knownGrants.includes(grant))
  }
  if (Array.isArray(metadata.redirect_uris) && metadata.redirect_uris.some(isNative)) {
    metadata.application_type ??= 'native'
  }
  const body = Buffer.from(JSON.stringify(metadata))
  const { method, url, socket, headers } = request
  return Object.assign(Readable.from([body]), {
    method,
    url,
    socket,
    headers: { ...headers, 'content-length': String(body.length), 'transfer-encoding': undefined }
  }) as unknown as IncomingMessage
}

/** Whether a redirect URI belongs to a native application (RFC 8252, section 7). */
function isNative(uri: unknown): boolean {
  const url = URL.parse(String(uri))
  return url !== null && url.protocol !== 'https:' && (url.protocol !== 'http:' || isLoopback(url.hostname))
}
