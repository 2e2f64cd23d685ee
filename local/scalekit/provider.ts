import { randomUUID } from 'node:crypto'
import Provider, { type Configuration, errors } from 'oidc-provider'
import { machineClientId, organization, resourceId, resourcePath } from '../settings.ts'
import { renderError, renderNotFound } from './pages.ts'
import { sendPage, serveInteractions } from './sign-in.ts'
import type { ScalekitStore } from './store.ts'

export const authorizationPath = `${resourcePath}/oauth/authorize`
export const tokenPath = `${resourcePath}/oauth/token`
export const registrationPath = `/api/v1${resourcePath}/clients:register`
export const metadataPath = '/.well-known/oauth-authorization-server'

const hour = 3600
const month = 30 * 24 * hour

export interface ProviderOptions {
  environmentUrl: string
  /** The resource identifier of the MCP server that this guards. */
  resource: string
  /** The scopes of that resource. */
  scopes: readonly string[]
  store: ScalekitStore
}

/** `oidc-provider`, configured to be what Scalekit is for one MCP server, with the keys that the store holds now. */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const { environmentUrl, scopes } = options
  const provider = new Provider(`${environmentUrl}${resourcePath}`, await configure(options))
  // Clients that leave are no news.
  provider.silent = true
  serveInteractions(provider, [...scopes, 'openid', 'offline_access'])
  provider.use(async (ctx, next) => {
    // Its answers are pages of oidc-provider's own, which no client has needed yet.
    if (ctx.path === authorizationPath && ctx.query.response_mode === 'form_post') {
      return sendPage(ctx, renderError({ error: 'unsupported_response_mode' }), 400)
    }
    await next()
    if (ctx.status === 404 && ctx.body === undefined && ctx.accepts('json', 'html') === 'html') {
      sendPage(ctx, renderNotFound(), 404)
    }
    if (ctx.path === metadataPath && ctx.body) {
      Object.assign(ctx.body, {
        scopes_supported: [...scopes, 'openid', 'offline_access'],
        response_modes_supported: ['query', 'fragment']
      })
    }
  })
  return provider
}

async function configure({ resource, scopes, store }: ProviderOptions): Promise<Configuration> {
  const resourceServer = {
    scope: scopes.join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } }
  } as const

  return {
    adapter: store.adapter,
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
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      registration: {
        enabled: true,
        initialAccessToken: false,
        idFactory: () => `m2m_${randomUUID().replaceAll('-', '')}`
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, indicator) => {
          if (indicator.replace(/\/$/, '') !== resource.replace(/\/$/, '')) {
            throw new errors.InvalidTarget(`this practice Scalekit guards ${resource} alone`)
          }
          return { ...resourceServer, audience: resource }
        }
      }
    },
    formats: {
      customizers: {
        // Claims that oidc-provider lets nobody override otherwise, as Scalekit has them.
        jwt(_ctx, token, { payload }) {
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
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out) => sendPage(ctx, renderError(out), ctx.status),
    ttl: {
      AccessToken: hour,
      AuthorizationCode: 60,
      ClientCredentials: hour,
      Grant: month,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: month,
      Session: month
    }
  }
}
