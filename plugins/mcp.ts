import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../services/auth/caller.ts'
import { InvalidTokenError } from '../services/auth/invalid-token.ts'
import { type Catalog, type CatalogEntries, createCatalog } from '../services/mcp/catalog.ts'
import type { CallOutcome, Reuse } from '../services/mcp/primitives/request-context.ts'
import { type CallerInfo, toAuthInfo } from '../services/mcp/protocol/auth-info.ts'
import { Instrument } from '../services/mcp/protocol/instrumentation.ts'
import { createLegacyEra } from '../services/mcp/protocol/legacy-server.ts'
import {
  dropAbsentFields,
  type Post,
  type PostedMessage,
  type PostResponse,
  readPost
} from '../services/mcp/protocol/messages.ts'
import { createModernEra } from '../services/mcp/protocol/modern-server.ts'
import { createRequestHandlers } from '../services/mcp/protocol/request-handlers.ts'
import { createRequiredScopes } from '../services/mcp/protocol/required-scopes.ts'
import {
  formatResponse,
  type PlainRequest,
  ResponseCache,
  readPlainRequest
} from '../services/mcp/response-cache.ts'
import { countExchanges, countToolCalls } from './observability/mcp-metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcp: {
      catalog: Catalog
      /** Answers a POST of Streamable HTTP: from the response cache, or in the era of its revision. */
      handlePost(
        request: FastifyRequest,
        reply: FastifyReply,
        caller: Caller
      ): Promise<FastifyReply> | FastifyReply | undefined
    }
  }
  interface FastifyRequest {
    /** The MCP requests in this POST, for the log; `null` on other routes. */
    outcomes: CallOutcome[] | null
  }
}

const jsonType = 'application/json; charset=utf-8'

/** Options that are not settings. */
export interface McpOptions {
  /** Entries of the catalog besides this server's own. */
  extensions: Partial<CatalogEntries>
  /** For tests and benchmarks: `apart` sends each cached response at once, `off` caches none. Default: `together`. */
  cachedResponses?: 'together' | 'apart' | 'off' | undefined
}

/** Decorates `fastify.mcp`: MCP over Streamable HTTP without sessions. */
async function mcp(fastify: FastifyInstance, { extensions, cachedResponses = 'together' }: McpOptions) {
  const { metrics, tokenVerifier } = fastify
  const websiteUrl = fastify.metadata.resource_documentation
  const catalog = createCatalog({ newsSentiment: fastify.newsSentiment, websiteUrl, extensions })
  const instrument = new Instrument({
    isTraced: fastify.isTraced,
    onToolCall: countToolCalls(metrics, catalog.tools)
  })
  const eras = await createEras(fastify, catalog, instrument)
  const exchanges = countExchanges(metrics, eras.modern.openSubscriptions)
  const responses = new ResponseCache()
  const authorize = createAuthorization(fastify, catalog)
  const runTogether = createTurnQueue()
  let isShuttingDown = false

  fastify.decorateRequest('outcomes', null)
  fastify.decorate('mcp', { catalog, handlePost })

  function handlePost(request: FastifyRequest, reply: FastifyReply, caller: Caller) {
    // The client may have disconnected during authentication: `close` has fired already, so nothing would clean up.
    if (reply.raw.destroyed) return reply.hijack()
    const startedAt = performance.now()
    dropAbsentFields(request.body)
    authorize(request.body, caller)
    const posted = readPost(request)
    const plain = cachedResponses === 'off' ? undefined : readPlainRequest(posted)
    const cached = plain && responses.find(plain.key)
    if (!cached) return passToSdk(request, reply, { caller, posted, plain })
    const { call, era, reuse } = cached
    exchanges.count(era)
    reuse.onReuse(caller)
    request.outcomes = [instrument.recordReuse(call, { meta: plain.meta, caller, startedAt })]
    const send = () => {
      // The shutdown closes only connections that are idle when it begins.
      if (isShuttingDown) reply.header('connection', 'close')
      reply.type(jsonType).send(formatResponse(cached, plain.id))
    }
    if (cachedResponses === 'together') runTogether(send)
    else send()
    return undefined
  }

  /** Passes a request to an SDK, and caches the response if the handler allows it. */
  async function passToSdk(request: FastifyRequest, reply: FastifyReply, incoming: Incoming) {
    const { caller, posted, plain } = incoming
    const outcomes: CallOutcome[] = []
    request.outcomes = outcomes
    let reuse: Reuse | undefined
    const authInfo = toAuthInfo({
      caller,
      log: request.log,
      recordCall: (outcome) => outcomes.push(outcome),
      allowReuse: (allowed) => {
        reuse = allowed
      }
    })
    const post: Post<CallerInfo> = { ...posted, authInfo, callerKey: caller.tokenHash }
    const modernExchange = eras.modern.exchange(post)
    const exchange = modernExchange ?? eras.legacy.exchange(post)
    const era = modernExchange ? 'modern' : 'legacy'
    const finishExchange = exchanges.start(era)
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
    if (plain && reuse) responses.add(plain, response, { outcome: outcomes[0], era, reuse })
    return send(response, reply)
  }

  fastify.addHook('preClose', async () => {
    isShuttingDown = true
  })
  closeAtShutdown(fastify, eras, responses)
}

/**
 * Creates a function that runs its argument at the end of this turn of the event loop, together with those of other requests.
 * A proxy that receives their responses wakes once, not for each, and the processor runs the same code several times in a row.
 */
function createTurnQueue() {
  let waiting: (() => void)[] = []
  const runAll = () => {
    const all = waiting
    waiting = []
    for (const run of all) run()
  }
  return (run: () => void) => {
    if (waiting.push(run) === 1) setImmediate(runAll)
  }
}

/** A request for an SDK. `plain` is set if its response may be cached. */
interface Incoming {
  caller: Caller
  posted: PostedMessage
  plain: PlainRequest | undefined
}

/**
 * Creates a function that checks what a caller may send.
 * @throws a challenge if the caller was denied, or lacks a scope that the messages need.
 */
function createAuthorization({ challenges, config, tokenVerifier }: FastifyInstance, catalog: Catalog) {
  const { requiredScope } = config.protectedResource
  const findRequiredScopes = createRequiredScopes(catalog)
  return (body: unknown, caller: Caller) => {
    // The body may arrive slowly: check again whether the caller was denied in the meantime.
    if (tokenVerifier.isDenied(caller)) throw challenges.invalidToken(new InvalidTokenError('denied'))
    const scopes = Array.isArray(body) ? body.flatMap(findRequiredScopes) : findRequiredScopes(body)
    if (!scopes.every((scope) => caller.scopes.includes(scope))) {
      throw challenges.insufficientScope([...new Set([requiredScope, ...scopes])])
    }
  }
}

/** Ends subscriptions when the shutdown begins. After the grace period, answers open requests with 503. */
function closeAtShutdown(fastify: FastifyInstance, { legacy, modern }: Eras, responses: ResponseCache) {
  const closeEras = () => {
    responses.clear()
    return Promise.all([legacy.close(), modern.close()])
  }
  let graceTimer: NodeJS.Timeout | undefined
  fastify.addHook('preClose', async () => {
    await modern.endSubscriptions()
    graceTimer = setTimeout(() => {
      closeEras().catch((err) => fastify.log.error({ err }, 'closing open requests failed'))
    }, fastify.config.SHUTDOWN_GRACE_MS)
  })
  fastify.addHook('onClose', async () => {
    clearTimeout(graceTimer)
    await closeEras()
  })
}

type Eras = Awaited<ReturnType<typeof createEras>>

async function createEras(
  { config, metadata, log }: FastifyInstance,
  catalog: Catalog,
  instrument: Instrument
) {
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

function send(response: PostResponse | undefined, reply: FastifyReply): FastifyReply {
  if (!response) return reply.hijack() // the client has disconnected
  const { status, body } = response
  reply.code(status)
  if (status === 503) reply.header('retry-after', 1)
  if (body === undefined) return reply.send()
  if (typeof body === 'string') return reply.type(jsonType).send(body)
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
