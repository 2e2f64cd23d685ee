import type { Configuration } from 'oidc-provider'

const knownGrants = ['authorization_code', 'refresh_token', 'client_credentials']
/** The hosts of RFC 8252, section 7.3, and `localhost`, which most clients use. */
const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

/**
 * Adapts the metadata of each client (registered, stored or fetched) to oidc-provider, which rejects metadata that real
 * clients send and Scalekit accepts. Removes `scope`, because it would prevent the client from requesting more scopes later.
 */
export const clientMetadata: NonNullable<Configuration['extraClientMetadata']> = {
  // oidc-provider calls the validator once for each property, so there must be one (RFC 7591, section 2).
  properties: ['software_id'],
  validator(_ctx, _property, _value, metadata) {
    delete metadata.scope
    if (Array.isArray(metadata.grant_types)) {
      metadata.grant_types = metadata.grant_types.filter((grant) => knownGrants.includes(grant))
    }
    if (Array.isArray(metadata.redirect_uris)) {
      metadata.application_type = findApplicationType(metadata.redirect_uris)
    }
  }
}

/** Whether a redirect URI leads to a program on this machine: a loopback address, or a scheme of its own (RFC 8252, section 7). */
export function isNativeRedirect(uri: unknown): boolean {
  const url = URL.parse(String(uri))
  if (!url || url.protocol === 'https:') return false
  return url.protocol !== 'http:' || loopbackHosts.includes(url.hostname)
}

/**
 * Clients seldom send the type, but oidc-provider needs `native` to accept a scheme of its own, and any port of a
 * loopback redirect. Native clients can also have https redirects, but no other http redirect.
 */
function findApplicationType(redirectUris: readonly unknown[]): 'native' | 'web' {
  const isNative =
    redirectUris.some(isNativeRedirect) &&
    redirectUris.every((uri) => isNativeRedirect(uri) || isRemoteHttps(uri))
  return isNative ? 'native' : 'web'
}

function isRemoteHttps(uri: unknown): boolean {
  const url = URL.parse(String(uri))
  return url?.protocol === 'https:' && !loopbackHosts.includes(url.hostname)
}
