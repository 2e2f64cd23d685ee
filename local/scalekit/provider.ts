import { randomUUID } from 'node:crypto'
import Provider, { type Configuration, errors } from 'oidc-provider'
import { withoutTrailingSlash } from '../../services/lib/url.ts'
import { machineClientId, organization, resourceId, resourcePath } from '../settings.ts'
import { explainFailure, formPost } from './failures.ts'
import { renderFailure, renderNotFound } from './pages.ts'
import { clientMetadata } from './registration.ts'
import type { Scopes } from './scopes.ts'
import { sendPage, serveInteractions } from './sign-in.ts'
import type { ScalekitStore } from './store.ts'
import { acceptUrlClients, fetchDocuments } from './url-clients.ts'

export const authorizationPath = `${resourcePath}/oauth/authorize`
export const tokenPath = `${resourcePath}/oauth/token`
export const registrationPath = `/api/v1${resourcePath}/clients:register`
export const metadataPath = '/.well-known/oauth-authorization-server'

const hourSeconds = 3600
const monthSeconds = 30 * 24 * hourSeconds

export interface ProviderOptions {
  environmentUrl: string
  /** The resource identifier of the MCP server. */
  resource: string
  /** The scopes of that resource. */
  scopes: Scopes
  store: ScalekitStore
  /** Returns how long the next access token of a person is valid. */
  accessTokenSeconds: () => number
}

/** Configures `oidc-provider` as Scalekit does for one MCP server, with the keys that are in the store now. */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const { environmentUrl, scopes } = options
  const provider = new Provider(`${environmentUrl}${resourcePath}`, await configure(options))
  // A client that disconnects is not an error.
  provider.silent = true
  serveInteractions(provider, scopes.known)
  provider.use(async (ctx, next) => {
    // For form_post, oidc-provider would send a page of its own. No client has needed form_post yet.
    if (ctx.path === authorizationPath && ctx.query.response_mode === 'form_post') {
      return sendPage(ctx, renderFailure(formPost), 400)
    }
    await next()
    if (ctx.status === 404 && ctx.body === undefined && ctx.accepts('json', 'html') === 'html') {
      sendPage(ctx, renderNotFound(), 404)
    }
    if (ctx.path === metadataPath && ctx.body) {
      Object.assign(ctx.body, {
        scopes_supported: scopes.known,
        response_modes_supported: ['query', 'fragment']
      })
    }
    // Clients request the granted scope (RFC 7591, section 3.2.1).
    if (ctx.path === registrationPath && ctx.status === 201) {
      Object.assign(ctx.body, { scope: scopes.select(ctx.oidc.body?.scope).join(' ') })
    }
  })
  return provider
}

async function configure(options: ProviderOptions): Promise<Configuration> {
  const { resource, store } = options
  return {
    adapter: acceptUrlClients(store.adapter),
    jwks: { keys: await store.signingKeys() },
    cookies: { keys: [await store.cookieSecret()] },
    clients: [
      {
        client_id: machineClientId,
        client_name: 'npm run token',
        client_secret: await store.machineSecret(),
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: []
      }
    ],
    clientDefaults: { grant_types: ['authorization_code', 'refresh_token'] },
    extraClientMetadata: clientMetadata,
    clientAuthMethods: ['none', 'client_secret_post', 'client_secret_basic'],
    clientBasedCORS: () => true,
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access'],
    routes: {
      authorization: authorizationPath,
      token: tokenPath,
      jwks: '/keys',
      registration: registrationPath,
      revocation: `${resourcePath}/oauth/revoke`,
      userinfo: '/userinfo'
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      revocation: { enabled: true },
      clientCredentials: { enabled: true },
      clientIdMetadataDocument: fetchDocuments(),
      registration: {
        enabled: true,
        initialAccessToken: false,
        idFactory: () => `m2m_${randomUUID().replaceAll('-', '')}`
      },
      resourceIndicators: createResourceIndicators(options)
    },
    formats: {
      customizers: { jwt: createJwtCustomizer(resource) }
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out, error) =>
      sendPage(ctx, renderFailure(explainFailure(error, out, ctx.oidc?.params ?? {})), ctx.status),
    ttl: {
      AccessToken: () => options.accessTokenSeconds(),
      AuthorizationCode: 60,
      ClientCredentials: hourSeconds,
      Grant: monthSeconds,
      IdToken: hourSeconds,
      Interaction: hourSeconds,
      RefreshToken: monthSeconds,
      Session: monthSeconds
    }
  }
}

type Features = NonNullable<Configuration['features']>
type Formats = NonNullable<Configuration['formats']>

/** Grants tokens for `resource` only (RFC 8707). */
function createResourceIndicators({
  resource,
  scopes
}: Pick<ProviderOptions, 'resource' | 'scopes'>): NonNullable<Features['resourceIndicators']> {
  return {
    enabled: true,
    defaultResource: () => resource,
    useGrantedResource: () => true,
    getResourceServerInfo: (_ctx, indicator) => {
      if (withoutTrailingSlash(indicator) !== withoutTrailingSlash(resource)) {
        throw new errors.InvalidTarget(
          `Local mode issues tokens for ${resource} only. Connect the client to exactly this URL.`
        )
      }
      return {
        scope: scopes.known.join(' '),
        audience: resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } }
      }
    }
  }
}

/** Sets claims as Scalekit does; oidc-provider offers no other way to override them. */
function createJwtCustomizer(resource: string): NonNullable<Formats['customizers']>['jwt'] {
  return (_ctx, token, { payload }) => {
    payload.aud = [resource, resourceId]
    payload.nbf = payload.iat
    payload.oid = organization
    if (token.kind !== 'ClientCredentials') return
    payload.scopes = String(payload.scope ?? '')
      .split(' ')
      .filter(Boolean)
    delete payload.scope
  }
}
