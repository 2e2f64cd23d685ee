import { Readable } from 'node:stream'
import {
  createMcpHandler,
  InMemoryServerEventBus,
  type JSONRPCMessage,
  PerRequestHTTPServerTransport,
  Server,
  type TransportSendOptions
} from '@modelcontextprotocol/server'
import type { Logger } from '../../lib/logger.ts'
import type { Catalog } from '../catalog.ts'
import { publicCacheHint } from '../primitives/request-context.ts'
import { type CallerInfo, createContext } from './auth-info.ts'
import {
  type Exchange,
  explainInvalidMessage,
  invalidRequest,
  type Post,
  type PostResponse,
  rejectExchange,
  shuttingDownError
} from './messages.ts'
import { classifyPost, isModernMessage, modernRevision } from './modern-request.ts'
import type { RequestHandlers } from './request-handlers.ts'
import { SharedTransport } from './shared-transport.ts'
import { type SubscriptionLimits, Subscriptions } from './subscriptions.ts'

/** Serves revision 2026-07-28 of MCP with SDK 2.x. `url` is this server's own. */
export async function createModernEra(options: {
  catalog: Catalog
  handlers: RequestHandlers
  keepAliveMs: number
  subscriptionLimits: SubscriptionLimits
  url: string
  log: Logger
}) {
  const { catalog, handlers, keepAliveMs, subscriptionLimits, url, log } = options
  const onerror = (error: Error) => log.debug({ reason: error.message }, 'modern request failed')
  const createServer = () => createBareServer(catalog, handlers)
  const transport = new SharedTransport<CallerInfo>({ keepAliveMs })
  const server = createServer()
  server.onerror = onerror
  handleRequests(server, handlers)
  await server.connect(new ModernTransport(transport))
  const { onResourceUpdated } = catalog
  const sdkEntry = createSdkEntry({ createServer, onResourceUpdated, keepAliveMs, url, onerror })
  const subscriptions = new Subscriptions(subscriptionLimits)
  let isShuttingDown = false

  return {
    /** How many subscriptions are open. */
    openSubscriptions: () => subscriptions.count(),
    /** Processes a POST; returns `undefined` if it belongs to the legacy era. */
    exchange(post: Post<CallerInfo>): Exchange | undefined {
      const classified = classifyPost(post)
      if (classified.era === 'legacy') return undefined
      const { request } = classified
      if (request && (handlers.has(request.method) || request.method === 'server/discover')) {
        const { response, abort } = transport.exchange([request], post)
        // The server has rejected the envelope without naming the field. The SDK's entry names it.
        const worded = response.then((given) =>
          given?.status === 400 ? sdkEntry.exchange(post).response : given
        )
        return { response: worded, abort }
      }
      if (isShuttingDown) return rejectExchange(503, shuttingDownError, post.body)
      if (!request && !Array.isArray(post.body) && !isModernMessage(post.body)) {
        return rejectExchange(400, invalidRequest(explainInvalidMessage(post.body)), post.body)
      }
      if (request?.method !== 'subscriptions/listen') return sdkEntry.exchange(post)
      return subscriptions.open(post, request.params, sdkEntry.exchange)
    },
    /** Ends all subscriptions, which would stay open otherwise, and accepts no new ones. */
    async endSubscriptions() {
      isShuttingDown = true
      await sdkEntry.close()
    },
    /** Answers open requests with an error, and ends their streams. */
    close: () => server.close()
  }
}

/** SDK 2.4.0 takes a connection for modern if its transport is of this class. Nothing else of the class is used. */
class ModernTransport extends PerRequestHTTPServerTransport {
  readonly #transport: SharedTransport<CallerInfo>

  constructor(transport: SharedTransport<CallerInfo>) {
    super({ classification: { era: 'modern', revision: modernRevision } })
    this.#transport = transport
    transport.onmessage = (message, { authInfo }) => this.onmessage?.(message, { authInfo })
    transport.onclose = () => this.onclose?.()
  }
  override start() {
    return this.#transport.start()
  }
  override send(message: JSONRPCMessage, options?: TransportSendOptions) {
    return this.#transport.send(message, options)
  }
  override close() {
    return this.#transport.close()
  }
}

/** A server that answers only what the SDK itself answers. */
function createBareServer(catalog: Catalog, handlers: RequestHandlers): Server {
  const { name, title, version, websiteUrl, icons, instructions } = catalog
  const { capabilities } = handlers
  return new Server(
    { name, title, version, websiteUrl, icons },
    {
      supportedProtocolVersions: [modernRevision],
      capabilities: {
        ...capabilities,
        ...(capabilities.resources && { resources: { subscribe: true } })
      },
      instructions,
      cacheHints: { 'server/discover': publicCacheHint }
    }
  )
}

function handleRequests(server: Server, handlers: RequestHandlers) {
  server.fallbackRequestHandler = async ({ method, params }, { mcpReq, http }) => {
    const { signal, _meta, notify } = mcpReq
    const context = createContext({
      authInfo: http?.authInfo,
      signal,
      progressToken: _meta?.progressToken,
      notify
    })
    const { result, cache } = await handlers.call(method, params, context)
    return { ...result, ...cache }
  }
}

/**
 * Wraps the HTTP entry of SDK 2.x. It serves subscriptions, which a connected server does not, and words each error.
 * Its servers have no handlers, so nothing else runs there, outside of the shared transport.
 */
export function createSdkEntry(options: {
  createServer: () => Server
  /** Calls its listener with the URI of each resource that has changed. */
  onResourceUpdated(listener: (uri: string) => void): void
  keepAliveMs: number
  /** This server's own. */
  url: string
  onerror: (error: Error) => void
}) {
  const { createServer, onResourceUpdated, keepAliveMs, url, onerror } = options
  const bus = new InMemoryServerEventBus(onerror)
  onResourceUpdated((uri) => bus.publish({ kind: 'resource_updated', uri }))
  const entry = createMcpHandler(createServer, {
    legacy: 'reject',
    bus,
    keepAliveMs,
    maxSubscriptions: Number.POSITIVE_INFINITY, // subscriptions.ts has limits by subject and in total
    onerror
  })

  return {
    /** Processes a POST. */
    exchange({ body, headers, authInfo }: Post<CallerInfo>): Exchange {
      const disconnected = new AbortController()
      const request = new Request(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        signal: disconnected.signal
      })
      return {
        response: entry.fetch(request, { authInfo, parsedBody: body }).then(toPostResponse),
        abort() {
          // Refers to `request`, so that it is not collected as garbage before: its signal would no longer follow
          // `disconnected` (https://github.com/nodejs/node/issues/55428).
          if (!request.signal.aborted) disconnected.abort()
        }
      }
    },
    /** Ends all subscriptions with their results. */
    close: () => entry.close()
  }
}

async function toPostResponse(response: Response): Promise<PostResponse> {
  const { status, body, headers } = response
  if (body && headers.get('content-type') === 'text/event-stream') {
    return { status, body: Readable.fromWeb(body) }
  }
  return { status, body: (await response.text()) || undefined }
}
