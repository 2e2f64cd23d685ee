import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import {
  classifyInboundRequest,
  createMcpHandler,
  InMemoryServerEventBus,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
  PerRequestHTTPServerTransport,
  PROTOCOL_VERSION_META_KEY,
  Server,
  type TransportSendOptions
} from '@modelcontextprotocol/server'
import type { Logger } from '../../lib/logger.ts'
import type { Catalog } from '../catalog.ts'
import { publicCacheHint } from '../primitives/request-context.ts'
import { type CallerInfo, createContext } from './auth-info.ts'
import { type Answer, type Exchange, type Post, rejectExchange, shuttingDownError } from './messages.ts'
import type { RequestHandlers } from './request-handlers.ts'
import { SharedTransport } from './shared-transport.ts'

const revision = '2026-07-28'

/** What `Mcp-Name` repeats of the params, for the methods that have it (MCP 2026-07-28, Transports). */
const nameFields: Record<string, 'name' | 'uri'> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri'
}

/** The most URIs that one subscription names. */
const maxUris = 100

/** Serves revision 2026-07-28, on SDK 2.x. `url` is this server's own. */
export async function createModernEra(options: {
  catalog: Catalog
  methods: RequestHandlers
  keepAliveMs: number
  /** How many subscriptions one subject may have open. */
  subscriptionsPerSubject: number
  /** How long one stays open, unless its token ends before. */
  subscriptionMaxMs: number
  /** How many all may have open together; 0 is no limit. */
  maxSubscriptions: number
  url: string
  log: Logger
}) {
  const {
    catalog,
    methods,
    keepAliveMs,
    subscriptionsPerSubject,
    subscriptionMaxMs,
    maxSubscriptions,
    url,
    log
  } = options
  const onerror = (error: Error) => log.debug({ reason: error.message }, 'refused in the modern era')
  const transport = new SharedTransport<CallerInfo>({ keepAliveMs })
  const server = createServer(catalog, methods)
  server.onerror = onerror
  server.fallbackRequestHandler = async ({ method, params }, { mcpReq, http }) => {
    const { signal, _meta, notify } = mcpReq
    const context = createContext({
      authInfo: http?.authInfo,
      signal,
      progressToken: _meta?.progressToken,
      notify
    })
    const { result, cache } = await methods.call(method, params, context)
    return { ...result, ...cache }
  }
  await server.connect(new ModernTransport(transport))

  // The SDK's own entry serves subscriptions, which a connected server does not, and finds the words for each refusal.
  // Its servers have no handlers: nothing else is done there, without the transport's promises.
  const bus = new InMemoryServerEventBus(onerror)
  catalog.onResourceUpdated((uri) => bus.publish({ kind: 'resource_updated', uri }))
  const entry = createMcpHandler(() => createServer(catalog, methods), {
    legacy: 'reject',
    bus,
    keepAliveMs,
    maxSubscriptions: Number.POSITIVE_INFINITY, // counted here, by subject and in all
    onerror
  })
  let isEnding = false

  function handleWithSdk({ body, headers, authInfo }: Post<CallerInfo>): Exchange {
    const left = new AbortController()
    const request = new Request(url, {
      method: 'POST',
      headers: Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith('mcp-') ? [[name, String(value)]] : []
      ),
      signal: left.signal
    })
    request.headers.set('content-type', 'application/json')
    return {
      answer: entry.fetch(request, { authInfo, parsedBody: body }).then(toAnswer),
      abort() {
        // Names the request, so that it is held until then: the signal of one that has been collected as garbage does
        // not follow ours any more (https://github.com/nodejs/node/issues/55428).
        if (!request.signal.aborted) left.abort()
      }
    }
  }

  /** How many subscriptions each subject has open. */
  const subscriptions = new Map<string, number>()
  const openSubscriptions = () => subscriptions.values().reduce((sum, open) => sum + open, 0)
  function subscribe(post: Post<CallerInfo>, params: unknown): Exchange {
    const { extra, expiresAt } = post.authInfo
    const { subject } = extra.caller
    const open = subscriptions.get(subject) ?? 0
    if (open >= subscriptionsPerSubject) {
      const message = `You have ${open} subscriptions open, and no more are allowed: end one first.`
      return rejectExchange(429, { code: -32000, message }, post.body)
    }
    if (maxSubscriptions > 0 && openSubscriptions() >= maxSubscriptions) {
      const message = 'The server has as many subscriptions open as it can bear: try again later.'
      return rejectExchange(503, { code: -32000, message }, post.body)
    }
    if (countUris(params) > maxUris) {
      const message = `A subscription names ${maxUris} resources at most.`
      return rejectExchange(400, { code: -32602, message }, post.body)
    }
    subscriptions.set(subject, open + 1)
    const exchange = handleWithSdk(post)
    // Nobody tells when a client is gone without a word.
    const timer = setTimeout(exchange.abort, Math.min(subscriptionMaxMs, expiresAt * 1000 - Date.now()))
    return {
      answer: exchange.answer,
      abort() {
        clearTimeout(timer)
        const left = (subscriptions.get(subject) ?? 0) - 1
        if (left > 0) subscriptions.set(subject, left)
        else subscriptions.delete(subject)
        exchange.abort()
      }
    }
  }

  return {
    /** How many subscriptions are open. */
    openSubscriptions,
    /** Takes `post` through the server, or says `undefined`: it is of the other era. */
    exchange(post: Post<CallerInfo>): Exchange | undefined {
      const { body, headers } = post
      const protocolVersionHeader = toHeaderString(headers['mcp-protocol-version'])
      const namesModern = protocolVersionHeader !== undefined && protocolVersionHeader >= revision
      if (!namesModern && !(Array.isArray(body) ? body : [body]).some(hasEnvelope)) return undefined
      if (headersMatchBody(body, headers)) {
        if (methods.has(body.method) || body.method === 'server/discover')
          return transport.exchange([body], post)
        if (isEnding) return rejectExchange(503, shuttingDownError, body)
        return body.method === 'subscriptions/listen' ? subscribe(post, body.params) : handleWithSdk(post)
      }
      const { kind } = classifyInboundRequest({
        httpMethod: 'POST',
        body,
        protocolVersionHeader,
        mcpMethodHeader: toHeaderString(headers['mcp-method']),
        mcpNameHeader: toHeaderString(headers['mcp-name'])
      })
      if (kind === 'legacy' && !namesModern) return undefined
      return isEnding ? rejectExchange(503, shuttingDownError, body) : handleWithSdk(post)
    },
    /** Ends subscriptions, which stay open for as long as their callers like; nothing new begins any more. */
    async endSubscriptions() {
      isEnding = true
      await entry.close()
    },
    /** Ends what is still open. */
    close: () => server.close()
  }
}

/** SDK 2 knows a connection of this revision by the class of its transport (2.4.0); nothing else of that class is used. */
class ModernTransport extends PerRequestHTTPServerTransport {
  readonly #exchanges: SharedTransport<CallerInfo>

  constructor(exchanges: SharedTransport<CallerInfo>) {
    super({ classification: { era: 'modern', revision } })
    this.#exchanges = exchanges
    exchanges.onmessage = (message, { authInfo }) => this.onmessage?.(message, { authInfo })
    exchanges.onclose = () => this.onclose?.()
  }
  override start() {
    return this.#exchanges.start()
  }
  override send(message: JSONRPCMessage, options?: TransportSendOptions) {
    return this.#exchanges.send(message, options)
  }
  override close() {
    return this.#exchanges.close()
  }
}

function createServer(catalog: Catalog, methods: RequestHandlers): Server {
  const { name, title, version, websiteUrl, instructions } = catalog
  return new Server(
    { name, title, version, websiteUrl },
    {
      supportedProtocolVersions: [revision],
      capabilities: {
        ...methods.capabilities,
        ...(methods.capabilities.resources && { resources: { subscribe: true } })
      },
      instructions,
      cacheHints: { 'server/discover': publicCacheHint }
    }
  )
}

async function toAnswer(response: Response): Promise<Answer> {
  const { status, body, headers } = response
  if (body && headers.get('content-type') === 'text/event-stream')
    return { status, body: Readable.fromWeb(body) }
  return { status, body: (await response.text()) || undefined }
}

function hasEnvelope(message: unknown): boolean {
  return isObject(message) && isObject(message.params) && isObject(message.params._meta)
    ? PROTOCOL_VERSION_META_KEY in message.params._meta
    : false
}

/** Whether `body` is a request of this revision, and the headers say the same; the SDK's server checks the envelope. */
function headersMatchBody(body: unknown, headers: IncomingHttpHeaders): body is JSONRPCRequest {
  if (headers['mcp-protocol-version'] !== revision || !isJSONRPCRequest(body)) return false
  if (body.params?._meta?.[PROTOCOL_VERSION_META_KEY] !== revision) return false
  if (headers['mcp-method'] !== body.method) return false
  const field = nameFields[body.method]
  if (field === undefined) return true
  // As it is, or in Base64.
  const name = body.params[field]
  return (
    headers['mcp-name'] === name || (typeof name === 'string' && headers['mcp-name'] === toBase64Header(name))
  )
}

const toBase64Header = (name: string) => `=?base64?${Buffer.from(name).toString('base64')}?=`

function countUris(params: unknown): number {
  const { notifications } = Object(params)
  const { resourceSubscriptions } = Object(notifications)
  return Array.isArray(resourceSubscriptions) ? resourceSubscriptions.length : 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function toHeaderString(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header)
}
