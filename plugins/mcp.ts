import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../services/auth/caller.ts'
import { InvalidTokenError } from '../services/auth/invalid-token.ts'
import { type Catalog, type CatalogEntries, createCatalog } from '../services/mcp/catalog.ts'
import type { CallOutcome } from '../services/mcp/primitives/request-context.ts'
import { toAuthInfo } from '../services/mcp/protocol/auth-info.ts'
import { createInstrumentation } from '../services/mcp/protocol/instrumentation.ts'
import { createLegacyEra } from '../services/mcp/protocol/legacy-server.ts'
import type { Answer } from '../services/mcp/protocol/messages.ts'
import { createModernEra } from '../services/mcp/protocol/modern-server.ts'
import { createRequestHandlers } from '../services/mcp/protocol/request-handlers.ts'
import { createRequiredScopes } from '../services/mcp/protocol/required-scopes.ts'
import { countExchanges } from './observability/mcp-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcp: {
      catalog: Catalog
      /** Answers one POST of Streamable HTTP for `caller`, in the era that it speaks. */
      handlePost(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply>
    }
  }
  interface FastifyRequest {
    /** How each request of MCP in this one went, so far. */
    outcomes: CallOutcome[] | null
  }
}

/** Puts MCP over Streamable HTTP on `fastify.mcp`, without sessions: every request stands alone. */
async function mcp(fastify: FastifyInstance, { extensions }: { extensions: Partial<CatalogEntries> }) {
  const { resource, resource_documentation: websiteUrl } = fastify.metadata
  const {
    SSE_KEEP_ALIVE_MS,
    SHUTDOWN_GRACE_MS,
    SUBSCRIPTION_MAX_MS,
    SUBSCRIPTIONS,
    SUBSCRIPTIONS_PER_SUBJECT
  } = fastify.config
  const { requiredScope } = fastify.config.protectedResource
  const catalog = createCatalog({ newsSentiment: fastify.newsSentiment, websiteUrl, extensions })
  const scopesOf = createRequiredScopes(catalog)
  const shared = {
    catalog,
    methods: createRequestHandlers(catalog, createInstrumentation(fastify.metrics, catalog.tools)),
    keepAliveMs: SSE_KEEP_ALIVE_MS,
    log: fastify.log
  }
  const legacy = await createLegacyEra(shared)
  const modern = await createModernEra({
    ...shared,
    subscriptionsPerSubject: SUBSCRIPTIONS_PER_SUBJECT,
    subscriptionMaxMs: SUBSCRIPTION_MAX_MS,
    maxSubscriptions: SUBSCRIPTIONS,
    url: resource
  })

  const startExchange = countExchanges(fastify.metrics, modern.openSubscriptions)

  fastify.decorateRequest('outcomes', null)
  fastify.decorate('mcp', {
    catalog,
    async handlePost(request, reply, caller) {
      // Who has left while the token was looked at: nothing would tell of the end of what begins now.
      if (reply.raw.destroyed) return reply.hijack()
      // The body may have taken its time, and the caller have been refused meanwhile.
      if (fastify.denyList.denies(caller)) {
        throw fastify.challenges.invalidToken(new InvalidTokenError('denied'))
      }
      const { body, headers } = request
      const scopes = [body].flat().flatMap((message) => scopesOf(message))
      if (!scopes.every((scope) => caller.scopes.includes(scope))) {
        throw fastify.challenges.insufficientScope([...new Set([requiredScope, ...scopes])])
      }
      const accept = headers.accept?.toLowerCase() ?? '*/*'
      const acceptsStream = accept.includes('text/event-stream')
      const outcomes: CallOutcome[] = []
      request.outcomes = outcomes
      const post = {
        body,
        headers,
        authInfo: toAuthInfo({ caller, log: request.log, recordCall: (outcome) => outcomes.push(outcome) }),
        callerKey: caller.tokenHash,
        acceptsStream,
        acceptsJson: !acceptsStream || /application\/(json|\*)|\*\/\*/.test(accept)
      }
      const modernExchange = modern.exchange(post)
      const exchange = modernExchange ?? legacy.exchange(post)
      const finishExchange = startExchange(modernExchange ? 'modern' : 'legacy')
      const unwatch = fastify.denyList.onDenied(caller, () => reply.raw.destroy())
      reply.raw.once('close', () => {
        unwatch()
        finishExchange()
        exchange.abort()
        // A stream that began before the server ends has promised to keep the connection.
        if (isClosing) setImmediate(() => fastify.server.closeIdleConnections())
      })
      const resumeIdleTimeout = fastify.suspendIdleTimeout(request.socket)
      const answer = await exchange.answer.finally(resumeIdleTimeout)
      return send(answer, reply)
    }
  })

  const closeEras = () => Promise.all([legacy.close(), modern.close()])
  let isClosing = false
  let grace: NodeJS.Timeout | undefined
  fastify.addHook('preClose', async () => {
    isClosing = true
    await modern.endSubscriptions()
    // What is open by then is told that the server ends; without this nothing would tell it.
    grace = setTimeout(() => {
      closeEras().catch((err) => fastify.log.error({ err }, 'ending open requests failed'))
    }, SHUTDOWN_GRACE_MS)
  })
  fastify.addHook('onClose', async () => {
    clearTimeout(grace)
    await closeEras()
  })
}

function send(answer: Answer | undefined, reply: FastifyReply): FastifyReply {
  if (!answer) return reply.hijack() // nobody is there any more
  const { status, body } = answer
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
