import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import fastify from 'fastify'
import Provider, { type Configuration, errors } from 'oidc-provider'
import { isLoopback } from '../services/settings.ts'
import { serveInteractions } from './scalekit-interactions.ts'
import { renderError } from './scalekit-pages.ts'
import type { ScalekitStore } from './scalekit-store.ts'
import { resourceId } from './settings.ts'

/** The machine client whose tokens `npm run token` prints. */
export const machineClientId = 'm2m_local'

const resourcePath = `/resources/${resourceId}`
const authorizationPath = `${resourcePath}/oauth/authorize`
const tokenPath = `${resourcePath}/oauth/token`
const registrationPath = `/api/v1${resourcePath}/clients:register`

/** Scalekit's other paths to the same things, by the path at which `oidc-provider` serves them. */
const aliases: Record<string, string> = {
  [`/.well-known/oauth-authorization-server${resourcePath}`]: '/.well-known/oauth-authorization-server',
  [`${resourcePath}/.well-known/oauth-authorization-server`]: '/.well-known/oauth-authorization-server',
  [`/.well-known/openid-configuration${resourcePath}`]: '/.well-known/openid-configuration',
  [`${resourcePath}/.well-known/openid-configuration`]: '/.well-known/openid-configuration',
  '/oauth/authorize': authorizationPath,
  '/oauth/token': tokenPath
}

const organization = 'org_local'
const hour = 3600
const month = 30 * 24 * hour

interface LocalScalekitOptions {
  port: number
  /** The resource identifier of the MCP server that this guards. */
  resource: string
  /** The scope of that resource. */
  scope: string
  store: ScalekitStore
}

/** A look-alike of Scalekit, as the authorization server of one MCP server: sign-in, registration, tokens, keys. */
export async function createLocalScalekit(options: LocalScalekitOptions) {
  const { port, scope } = options
  const environmentUrl = `http://localhost:${port}`
  const provider = new Provider(`${environmentUrl}${resourcePath}`, await configure(options))
  serveInteractions(provider, [scope, 'openid', 'offline_access'])
  const handle = provider.callback()

  // Fastify listens on every address of localhost, and closes well; the requests are all the provider's.
  const app = fastify({
    forceCloseConnections: true,
    serverFactory: () =>
      createServer((request, response) => {
        answer(request, response).catch((error) => response.writeHead(400).end(String(error)))
      })
  })

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', environmentUrl)
    url.pathname = aliases[url.pathname] ?? url.pathname
    // A client that names no scope gets the resource's (RFC 6749, section 3.3).
    if (url.pathname === authorizationPath && !url.searchParams.has('scope'))
      url.searchParams.set('scope', scope)
    request.url = url.pathname + url.search

    // Browsers register and ask for tokens too; oidc-provider then adds no CORS headers of its own.
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', 'WWW-Authenticate')
    if (request.method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', 'GET, POST')
      response.setHeader(
        'access-control-allow-headers',
        request.headers['access-control-request-headers'] ?? '*'
      )
      response.writeHead(204).end()
    } else if (url.pathname === registrationPath && request.method === 'POST') {
      await handle(await forgivingRegistration(request), response)
    } else await handle(request, response)
  }

  await app.listen({ port, host: 'localhost' })
  return {
    environmentUrl,
    authorizationServer: provider.issuer,
    close: () => app.close()
  }
}

async function configure({ resource, scope, store }: LocalScalekitOptions): Promise<Configuration> {
  const resourceServer = { scope, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } } as const

  return {
    adapter: store.adapter,
    jwks: { keys: [await store.signingKey()] },
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
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = renderError(out)
    },
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

const knownGrants = ['authorization_code', 'refresh_token', 'client_credentials']

/**
 * The registration as oidc-provider takes it: it refuses what real clients send and Scalekit bears. A `scope` would
 * also keep the client from ever asking for more.
 */
async function forgivingRegistration(request: IncomingMessage): Promise<IncomingMessage> {
  const sent = Object(await json(request)) as Record<string, unknown>
  const { scope: _, ...metadata } = sent
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

/** Whether a redirect URI is that of an application on a person's machine (RFC 8252, section 7). */
function isNative(uri: unknown): boolean {
  const url = URL.parse(String(uri))
  return url !== null && url.protocol !== 'https:' && (url.protocol !== 'http:' || isLoopback(url.hostname))
}
