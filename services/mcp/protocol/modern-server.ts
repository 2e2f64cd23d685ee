import {
  type JSONRPCMessage,
  PerRequestHTTPServerTransport,
  Server,
  type TransportSendOptions
} from '@modelcontextprotocol/server'
import type { Logger } from '../../lib/logger.ts'
import type { Catalog } from '../catalog.ts'
import { publicCacheHint } from '../primitives/request-context.ts'
import { type CallerInfo, createContext } from './auth-info.ts'
import { type Exchange, type Post, rejectExchange, shuttingDownError } from './messages.ts'
import { classifyPost, modernRevision } from './modern-request.ts'
import type { RequestHandlers } from './request-handlers.ts'
import { createSdkEntry } from './sdk-entry.ts'
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
        return transport.exchange([request], post)
      }
      if (isShuttingDown) return rejectExchange(503, shuttingDownError, post.body)
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
  const { name, title, version, websiteUrl, instructions } = catalog
  const { capabilities } = handlers
  return new Server(
    { name, title, version, websiteUrl },
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
