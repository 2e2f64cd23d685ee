import { Readable } from 'node:stream'
import {
  classifyInboundRequest,
  createMcpHandler,
  InMemoryServerEventBus,
  type JSONRPCMessage,
  PerRequestHTTPServerTransport,
  PROTOCOL_VERSION_META_KEY,
  Server,
  type ServerContext,
  type TransportSendOptions
} from '@modelcontextprotocol/server'
import type { Logger } from '../logger.ts'
import type { Catalogue } from './catalogue.ts'
import { type Answer, type Exchange, ExchangeTransport, type Post } from './exchange.ts'
import { createMethods, type Methods } from './methods.ts'
import { type CallerInfo, createContext } from './request.ts'

const revision = '2026-07-28'
/** Lists, and who the server is, are the same for everybody, and change with the server's version only. */
const sameForAll = { ttlMs: 3_600_000, cacheScope: 'public' } as const
/** The longest that a timer of Node waits. */
const longestTimerMs = 2 ** 31 - 1

/** What `Mcp-Name` repeats of the params, for the methods that have it (MCP 2026-07-28, Transports). */
const nameFields: Record<string, 'name' | 'uri'> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri'
}

export type ModernEra = Awaited<ReturnType<typeof createModernEra>>

/** Serves revision 2026-07-28, on SDK 2.x. `url` is this server's own. */
export async function createModernEra(
  catalogue: Catalogue,
  { keepAliveMs, url, log }: { keepAliveMs: number; url: string; log: Logger }
) {
  const methods = createMethods(catalogue)
  const onerror = (error: Error) => log.debug({ reason: error.message }, 'refused in the modern era')
  const transport = new ExchangeTransport<CallerInfo>({ keepAliveMs })
  const server = createServer(catalogue, methods)
  server.onerror = onerror
  await server.connect(new ModernTransport(transport))

  // The SDK's own entry serves subscriptions, which a connected server does not, and finds the words for each refusal.
  const bus = new InMemoryServerEventBus(onerror)
  catalogue.onResourceUpdated((uri) => bus.publish({ kind: 'resource_updated', uri }))
  const entry = createMcpHandler(() => createServer(catalogue, methods), {
    legacy: 'reject',
    bus,
    keepAliveMs,
    onerror
  })

  function throughEntry({ body, headers, authInfo }: Post<CallerInfo>): Exchange {
    const left = new AbortController()
    const leave = () => left.abort()
    // A subscription ends when its token does.
    const timer = setTimeout(leave, Math.min(longestTimerMs, authInfo.expiresAt * 1000 - Date.now()))
    const request = new Request(url, {
      method: 'POST',
      headers: Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith('mcp-') ? [[name, String(value)]] : []
      ),
      signal: left.signal
    })
    request.headers.set('content-type', 'application/json')
    return {
      answer: entry.fetch(request, { authInfo, parsedBody: body }).then(asAnswer),
      abandon() {
        clearTimeout(timer)
        leave()
      }
    }
  }

  return {
    /** Takes `post` through the server, or says `undefined`: it is of the other era. */
    exchange(post: Post<CallerInfo>): Exchange | undefined {
      const { body, headers } = post
      const protocolVersionHeader = asText(headers['mcp-protocol-version'])
      const namesModern = protocolVersionHeader !== undefined && protocolVersionHeader >= revision
      if (!namesModern && !(Array.isArray(body) ? body : [body]).some(hasEnvelope)) return undefined
      const route = classifyInboundRequest({
        httpMethod: 'POST',
        body,
        protocolVersionHeader,
        mcpMethodHeader: asText(headers['mcp-method']),
        mcpNameHeader: asText(headers['mcp-name'])
      })
      if (route.kind === 'legacy') return undefined
      const isPlain =
        route.kind === 'modern' &&
        route.messageKind === 'request' &&
        route.classification.revision === protocolVersionHeader &&
        protocolVersionHeader === revision &&
        methods.names.has(route.message.method) &&
        headers['mcp-method'] === route.message.method &&
        namesSame(route.message, headers['mcp-name'])
      return isPlain ? transport.exchange([route.message], post) : throughEntry(post)
    },
    /** Ends subscriptions, which stay open for as long as their callers like. */
    endSubscriptions: () => entry.close(),
    /** Ends what is still open. */
    close: () => server.close()
  }
}

/** The SDK knows a connection of this revision by the class of its transport. */
class ModernTransport extends PerRequestHTTPServerTransport {
  readonly #exchanges: ExchangeTransport<CallerInfo>

  constructor(exchanges: ExchangeTransport<CallerInfo>) {
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

function createServer(catalogue: Catalogue, methods: Methods): Server {
  const { name, title, version, websiteUrl, instructions } = catalogue
  const { tools, resources, prompts, completions } = methods.capabilities
  const server = new Server(
    { name, title, version, websiteUrl },
    {
      supportedProtocolVersions: [revision],
      capabilities: { ...methods.capabilities, ...(resources && { resources: { subscribe: true } }) },
      instructions,
      cacheHints: {
        'server/discover': sameForAll,
        'tools/list': sameForAll,
        'resources/list': sameForAll,
        'resources/templates/list': sameForAll,
        'prompts/list': sameForAll
      }
    }
  )
  if (tools) {
    server.setRequestHandler('tools/list', ({ params }) => methods.listTools(params))
    server.setRequestHandler('tools/call', ({ params }, ctx) => methods.callTool(params, context(ctx)))
  }
  if (resources) {
    server.setRequestHandler('resources/list', ({ params }) => methods.listResources(params))
    server.setRequestHandler('resources/templates/list', ({ params }) =>
      methods.listResourceTemplates(params)
    )
    server.setRequestHandler('resources/read', async ({ params }, ctx) => {
      const { contents, cache } = await methods.readResource(params, context(ctx))
      return { contents, ...cache }
    })
  }
  if (prompts) {
    server.setRequestHandler('prompts/list', ({ params }) => methods.listPrompts(params))
    server.setRequestHandler('prompts/get', ({ params }, ctx) => methods.getPrompt(params, context(ctx)))
  }
  if (completions) {
    server.setRequestHandler('completion/complete', ({ params }, ctx) =>
      methods.complete(params, context(ctx))
    )
  }
  return server
}

function context({ mcpReq, http }: ServerContext) {
  return createContext({
    authInfo: http?.authInfo,
    signal: mcpReq.signal,
    progressToken: mcpReq._meta?.progressToken,
    notify: (notification) => mcpReq.notify(notification)
  })
}

async function asAnswer(response: Response): Promise<Answer> {
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

/** Whether `Mcp-Name` is what the body says, letter by letter; the SDK's entry reads it where it is encoded. */
function namesSame({ method, params }: { method: string; params?: unknown }, header: unknown): boolean {
  const field = nameFields[method]
  return field === undefined || (isObject(params) && params[field] === header)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function asText(header: string | string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header)
}
