import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import fastify from 'fastify'
import { isLoopback } from '../../services/lib/loopback.ts'
import { controlPath, resourcePath } from '../settings.ts'
import { createFaults } from './faults.ts'
import { authorizationPath, createProvider, metadataPath, tokenPath } from './provider.ts'
import { readJson, readText, replaceBody } from './request-body.ts'
import { createScopes } from './scopes.ts'
import type { ScalekitStore } from './store.ts'

/** Scalekit's alternative paths, with the path that `oidc-provider` serves. */
const aliases: Record<string, string> = {
  [`${metadataPath}${resourcePath}`]: metadataPath,
  [`${resourcePath}${metadataPath}`]: metadataPath,
  [`/.well-known/openid-configuration${resourcePath}`]: '/.well-known/openid-configuration',
  [`${resourcePath}/.well-known/openid-configuration`]: '/.well-known/openid-configuration',
  '/oauth/authorize': authorizationPath,
  '/oauth/token': tokenPath
}

interface LocalScalekitOptions {
  port: number
  /** The resource identifier of the MCP server. */
  resource: string
  /** The scopes of that resource. */
  scopes: readonly string[]
  store: ScalekitStore
}

/** Starts a stand-in for Scalekit, the authorization server of one MCP server: sign-in, registration, tokens, keys. */
export async function createLocalScalekit(options: LocalScalekitOptions) {
  const environmentUrl = `http://localhost:${options.port}`
  const scopes = createScopes(options.scopes)
  const faults = createFaults({
    ...options,
    issuer: `${environmentUrl}${resourcePath}`,
    async onKeysChange() {
      handle = await createHandler()
    }
  })
  async function createHandler() {
    const { accessTokenSeconds } = faults
    return (await createProvider({ ...options, environmentUrl, scopes, accessTokenSeconds })).callback()
  }
  let handle = await createHandler()

  async function handleRequest(request: IncomingMessage, response: ServerResponse) {
    const url = URL.parse(request.url ?? '', environmentUrl)
    // Reject other host names, to prevent DNS rebinding.
    const isLocal = isLoopback(URL.parse(`http://${request.headers.host}`)?.hostname ?? '')
    if (!url || !isLocal) return sendJson(response, 403, { error: 'forbidden' })
    if (url.pathname === controlPath && request.method === 'POST' && !request.headers.origin) {
      const { status, body } = await faults.execute(await readJson(request))
      return sendJson(response, status, body)
    }
    if (faults.intercept(response)) return

    url.pathname = aliases[url.pathname] ?? url.pathname
    if (url.pathname === authorizationPath) scopes.adaptAuthorization(url.searchParams)
    request.url = url.pathname + url.search
    if (url.pathname.startsWith('/interaction/')) return handle(request, response)

    // Clients in browsers also register and request tokens. oidc-provider adds no CORS headers if these are set.
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', 'WWW-Authenticate')
    if (request.method === 'OPTIONS') {
      const headers = request.headers['access-control-request-headers'] ?? '*'
      response
        .setHeader('access-control-allow-methods', 'GET, POST')
        .setHeader('access-control-allow-headers', headers)
      response.writeHead(204).end()
    } else if (url.pathname === tokenPath && request.method === 'POST') {
      const form = new URLSearchParams(await readText(request))
      scopes.adaptRefresh(form)
      await handle(replaceBody(request, form.toString()), response)
    } else await handle(request, response)
  }

  // Fastify listens on every address of localhost and closes connections; the provider handles every request.
  const app = fastify({
    forceCloseConnections: true,
    serverFactory: () =>
      createServer((request, response) => {
        handleRequest(request, response).catch(() => sendJson(response, 500, { error: 'server_error' }))
      })
  })
  await app.listen({ port: options.port, host: 'localhost' })
  return { environmentUrl, close: () => app.close() }
}

function sendJson(response: ServerResponse, status: number, body: object) {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
