import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider'
import { isNativeRedirect } from './registration.ts'

/**
 * Accepts a client whose ID is the URL of its metadata document (Client ID Metadata Documents) without that document, if the
 * redirect leads to a program on this machine. Local mode works offline, and the document would not make such a client safer:
 * any program here can also register under any name. The consent page therefore always asks, and shows the URL.
 * An https redirect can lead anywhere. Only the document connects it to the client, so oidc-provider fetches it:
 * within 2.5 s, and never from a private address.
 */
export function acceptUrlClients(createAdapter: (model: string) => Adapter): (model: string) => Adapter {
  return (model) => {
    const adapter = createAdapter(model)
    if (model !== 'Client') return adapter
    return {
      ...adapter,
      find: async (id) => (await adapter.find(id)) ?? (isClientUrl(id) ? describeUrlClient(id) : undefined)
    }
  }
}

/**
 * The feature of oidc-provider that fetches documents. When a fetch fails, oidc-provider looks the client up again for the error page:
 * that look-up must not wait for a second fetch.
 */
export function fetchDocuments() {
  const requests = new WeakSet<object>()
  return {
    enabled: true,
    ack: 'draft-02',
    allowFetch(request: object) {
      const isFirst = !requests.has(request)
      requests.add(request)
      return isFirst
    }
  } as const
}

/** Whether a client ID is a URL. */
export function isClientUrl(id: string): boolean {
  return URL.parse(id)?.protocol === 'https:'
}

/** The metadata of a client that needs no document; `undefined` if oidc-provider has to fetch it. */
function describeUrlClient(id: string): AdapterPayload | undefined {
  const { route, params } = Provider.ctx?.oidc ?? {}
  // oidc-provider compares the redirect with the client's only here. A code belongs to the redirect it was issued for.
  const redirectUri = route === 'authorization' ? String(params?.redirect_uri) : 'http://localhost/'
  if (!isNativeRedirect(redirectUri)) return undefined
  return {
    client_id: id,
    client_name: new URL(id).host,
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'none'
  }
}
