import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { type Caller, InvalidTokenError } from '../services/access-tokens.ts'
import { describeCaller } from '../services/challenges.ts'
import { type Catalogue, createCatalogue, type Offer } from '../services/mcp/catalogue.ts'
import type { Answer } from '../services/mcp/exchange.ts'
import { createLegacyEra } from '../services/mcp/legacy.ts'
import { createMethods } from '../services/mcp/methods.ts'
import { createModernEra } from '../services/mcp/modern.ts'
import { callerInfo } from '../services/mcp/request.ts'
import { createScopesOf } from '../services/mcp/scopes.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcp: {
      catalogue: Catalogue
      /** Answers one POST of Streamable HTTP for `caller`, in the era that it speaks. */
      exchange(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<FastifyReply>
    }
  }
}

/** Puts MCP over Streamable HTTP on `fastify.mcp`, without sessions: every request stands alone. */
async function mcp(fastify: FastifyInstance, { more }: { more: Partial<Offer> }) {
  const { resource, resource_documentation: websiteUrl } = fastify.metadata
  const { SSE_KEEP_ALIVE_MS, SHUTDOWN_GRACE_MS, SUBSCRIPTIONS_PER_SUBJECT } = fastify.config
  const { requiredScope } = fastify.config.protectedResource
  const catalogue = createCatalogue({ newsSentiment: fastify.newsSentiment, websiteUrl, more })
  const scopesOf = createScopesOf(catalogue)
  const shared = {
    catalogue,
    methods: createMethods(catalogue),
    keepAliveMs: SSE_KEEP_ALIVE_MS,
    log: fastify.log
  }
  const legacy = await createLegacyEra(shared)
  const modern = await createModernEra({
    ...shared,
    subscriptionsPerSubject: SUBSCRIPTIONS_PER_SUBJECT,
    url: resource
  })

  fastify.decorate('mcp', {
    catalogue,
    async exchange(request, reply, caller) {
      // The body may have taken its time, and the caller have been refused meanwhile.
      if (fastify.denyList.denies(caller)) {
        throw fastify.challenges.invalidToken(new InvalidTokenError('denied', describeCaller(caller)))
      }
      const { body, headers } = request
      const scopes = [body].flat().flatMap((message) => scopesOf(message))
      if (!scopes.every((scope) => caller.scopes.includes(scope))) {
        throw fastify.challenges.insufficientScope([...new Set([requiredScope, ...scopes])], caller)
      }
      const { authorization = '' } = headers
      const accept = headers.accept?.toLowerCase() ?? '*/*'
      const acceptsStream = accept.includes('text/event-stream')
      const post = {
        body,
        headers,
        authInfo: callerInfo(caller, request.log),
        owner: authorization.slice(authorization.lastIndexOf(' ') + 1),
        acceptsStream,
        acceptsJson: !acceptsStream || /application\/(json|\*)|\*\/\*/.test(accept)
      }
      const exchange = modern.exchange(post) ?? legacy.exchange(post)
      const unwatch = fastify.denyList.watch(caller, () => reply.raw.destroy())
      reply.raw.once('close', () => {
        unwatch()
        exchange.abandon()
        // A stream that began before the server ends has promised to keep the connection.
        if (isClosing) setImmediate(() => fastify.server.closeIdleConnections())
      })
      return send(await exchange.answer, reply)
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

export default fp(mcp, { name: 'mcp', dependencies: ['metadata', 'news-sentiment', 'auth'] })
