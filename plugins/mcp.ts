import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../services/auth/caller.ts'
import { InvalidTokenError } from '../services/auth/invalid-token.ts'
import { type Catalog, type CatalogEntries, createCatalog } from '../services/mcp/catalog.ts'
import type { CallOutcome } from '../services/mcp/primitives/request-context.ts'
import { type CallerInfo, toAuthInfo } from '../services/mcp/protocol/auth-info.ts'
import { createInstrument } from '../services/mcp/protocol/instrumentation.ts'
import { createLegacyEra } from '../services/mcp/protocol/legacy-server.ts'
import { dropAbsentFields, type Post, type PostResponse } from '../services/mcp/protocol/messages.ts'
import { createModernEra } from '../services/mcp/protocol/modern-server.ts'
import { createRequestHandlers } from '../services/mcp/protocol/request-handlers.ts'
import { createRequiredScopes } from '../services/mcp/protocol/required-scopes.ts'
import { countExchanges, countToolCalls } from './observability/mcp-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcp: {
      catalog: Catalog
      /** Answers a POST of Streamable HTTP in the era of its revision. */
      handlePost(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply>
    }
  }
  interface FastifyRequest {
    /** The MCP requests in this POST, for the log; `null` on other routes. */
    outcomes: CallOutcome[] | null
  }
}

/** Decorates `fastify.mcp`: MCP over Streamable HTTP without sessions. */
async function mcp(fastify: FastifyInstance, { extensions }: { extensions: Partial<CatalogEntries> }) {
  const { tokenVerifier, challenges } = fastify
  const { requiredScope } = fastify.config.protectedResource
  const websiteUrl = fastify.metadata.resource_documentation
  const catalog = createCatalog({ newsSentiment: fastify.newsSentiment, websiteUrl, extensions })
  const findRequiredScopes = createRequiredScopes(catalog)
  const { legacy, modern } = await createEras(fastify, catalog)
  const startExchange = countExchanges(fastify.metrics, modern.openSubscriptions)
  let isShuttingDown = false

  /** @throws a challenge if the caller was denied, or lacks a scope that the messages need. */
  function authorize({ body }: FastifyRequest, caller: Caller) {
    // The body may arrive slowly: check again whether the caller was denied in the meantime.
    if (tokenVerifier.isDenied(caller)) throw challenges.invalidToken(new InvalidTokenError('denied'))
    const scopes = [body].flat().flatMap((message) => findRequiredScopes(message))
    if (!scopes.every((scope) => caller.scopes.includes(scope))) {
      throw challenges.insufficientScope([...new Set([requiredScope, ...scopes])])
    }
  }

  async function handlePost(request: FastifyRequest, reply: FastifyReply, caller: Caller) {
    // The client may have disconnected during authentication: `close` has fired already, so nothing would clean up.
    if (reply.raw.destroyed) return reply.hijack()
    dropAbsentFields(request.body)
    authorize(request, caller)
    const post = toPost(request, caller)
    const modernExchange = modern.exchange(post)
    const exchange = modernExchange ?? legacy.exchange(post)
    const finishExchange = startExchange(modernExchange ? 'modern' : 'legacy')
    const unwatch = tokenVerifier.onDenied(caller, () => reply.raw.destroy())
    reply.raw.once('close', () => {
      unwatch()
      finishExchange()
      exchange.abort()
      // Streams opened before shutdown announced keep-alive: close their connections once they are idle.
      if (isShuttingDown) setImmediate(() => fastify.server.closeIdleConnections())
    })
    const resumeIdleTimeout = fastify.suspendIdleTimeout(request.socket)
    const response = await exchange.response.finally(resumeIdleTimeout)
    return send(response, reply)
  }

  fastify.decorateRequest('outcomes', null)
  fastify.decorate('mcp', { catalog, handlePost })

  const closeEras = () => Promise.all([legacy.close(), modern.close()])
  let graceTimer: NodeJS.Timeout | undefined
  fastify.addHook('preClose', async () => {
    isShuttingDown = true
    await modern.endSubscriptions()
    // After the grace period, answer open requests with 503 instead of cutting them off.
    graceTimer = setTimeout(() => {
      closeEras().catch((err) => fastify.log.error({ err }, 'closing open requests failed'))
    }, fastify.config.SHUTDOWN_GRACE_MS)
  })
  fastify.addHook('onClose', async () => {
    clearTimeout(graceTimer)
    await closeEras()
  })
}

async function createEras(fastify: FastifyInstance, catalog: Catalog) {
  const { config, metadata, metrics, log } = fastify
  const instrument = createInstrument(countToolCalls(metrics, catalog.tools))
  const handlers = createRequestHandlers(catalog, instrument)
  const shared = { catalog, handlers, keepAliveMs: config.SSE_KEEP_ALIVE_MS, log }
  const legacy = await createLegacyEra(shared)
  const modern = await createModernEra({
    ...shared,
    subscriptionLimits: {
      maxPerSubject: config.SUBSCRIPTIONS_PER_SUBJECT,
      maxTotal: config.SUBSCRIPTIONS,
      maxDurationMs: config.SUBSCRIPTION_MAX_MS
    },
    url: metadata.resource
  })
  return { legacy, modern }
}

/** What the eras need of a request; the token is not part of it. */
function toPost(request: FastifyRequest, caller: Caller): Post<CallerInfo> {
  const { body, headers, log } = request
  const outcomes: CallOutcome[] = []
  request.outcomes = outcomes
  return {
    body,
    headers: selectMcpHeaders(headers),
    authInfo: toAuthInfo({ caller, log, recordCall: (outcome) => outcomes.push(outcome) }),
    callerKey: caller.tokenHash,
    ...parseAccept(headers.accept)
  }
}

function selectMcpHeaders(headers: FastifyRequest['headers']): Record<string, string> {
  const selected: Record<string, string> = {}
  for (const name in headers) if (name.startsWith('mcp-')) selected[name] = String(headers[name])
  return selected
}

/** Reads `Accept`, which MCP requires to name both types: a client that names neither gets JSON. */
function parseAccept(header = '*/*') {
  const accept = header.toLowerCase()
  const acceptsStream = accept.includes('text/event-stream')
  return { acceptsStream, acceptsJson: !acceptsStream || /application\/(json|\*)|\*\/\*/.test(accept) }
}

function send(response: PostResponse | undefined, reply: FastifyReply): FastifyReply {
  if (!response) return reply.hijack() // the client has disconnected
  const { status, body } = response
  reply.code(status)
  if (status === 503) reply.header('retry-after', 1)
  if (body === undefined) return reply.send()
  if (typeof body === 'string') return reply.type('application/json; charset=utf-8').send(body)
  return reply
    .headers({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no'
    })
    .send(body)
}

export default fp(mcp, {
  name: 'mcp',
  dependencies: ['metadata', 'metrics', 'connections', 'news-sentiment', 'auth']
})
