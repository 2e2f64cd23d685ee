import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  InitializeRequestSchema,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  SUPPORTED_PROTOCOL_VERSIONS
} from '@modelcontextprotocol/sdk/types.js'
import type { Logger } from '../../lib/logger.ts'
import type { Catalog } from '../catalog.ts'
import { type CallerInfo, createContext } from './auth-info.ts'
import { type Exchange, type Message, type Post, rejectExchange } from './messages.ts'
import type { RequestHandlers } from './request-handlers.ts'
import { SharedTransport } from './shared-transport.ts'

const maxBatchLength = 10
/** The one revision that has batches; a request that names no revision speaks it (MCP 2025-11-25, Transports). */
const revisionWithBatches = '2025-03-26'

/** Serves the protocol's revisions up to 2025-11-25, on SDK 1.x. */
export async function createLegacyEra(options: {
  catalog: Catalog
  methods: RequestHandlers
  keepAliveMs: number
  log: Logger
}) {
  const { catalog, methods, keepAliveMs, log } = options
  const transport = new SharedTransport<CallerInfo>({ keepAliveMs })
  const server = createServer(catalog, methods)
  server.onerror = (error) => log.debug({ reason: error.message }, 'failed in the legacy era')
  await server.connect(transport as Transport)

  return {
    exchange(post: Post<CallerInfo>): Exchange {
      const { body, headers } = post
      const messages: unknown[] = Array.isArray(body) ? body : [body]
      const revision = String(headers['mcp-protocol-version'] ?? revisionWithBatches)
      if (messages.length === 0) return rejectExchange(400, invalidRequest('The batch is empty.'), body)
      if (messages.length > maxBatchLength) {
        // A batch counts as one request for the rate limits.
        return rejectExchange(
          400,
          invalidRequest(`The batch has more than ${maxBatchLength} messages.`),
          body
        )
      }
      if (!messages.every(isMessage))
        return rejectExchange(400, invalidRequest('This is not JSON-RPC 2.0.'), body)
      const initializeRequest = messages.find(({ method }) => method === 'initialize')
      // What opens a conversation comes before any revision is agreed on.
      if (!initializeRequest && !SUPPORTED_PROTOCOL_VERSIONS.includes(revision)) {
        const message = `Unsupported protocol version ${revision}: send one of ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}.`
        return rejectExchange(400, { code: -32000, message }, body)
      }
      if (initializeRequest && !InitializeRequestSchema.safeParse(initializeRequest).success) {
        return rejectExchange(400, { code: -32602, message: 'The params do not fit initialize.' }, body)
      }
      if (Array.isArray(body)) {
        if (revision !== revisionWithBatches) {
          return rejectExchange(400, invalidRequest(`Revision ${revision} has no batches.`), body)
        }
        if (initializeRequest)
          return rejectExchange(400, invalidRequest('A batch cannot hold initialize.'), body)
        const ids = messages.flatMap(({ method, id }) =>
          method === undefined || id === undefined ? [] : [id]
        )
        if (new Set(ids).size < ids.length) {
          return rejectExchange(400, invalidRequest('The batch has two requests with the same id.'), body)
        }
      }
      return transport.exchange(messages.map(withoutTask), post)
    },
    /** Ends what is still open. */
    close: () => server.close()
  }
}

function createServer(catalog: Catalog, methods: RequestHandlers): Server {
  const { name, title, version, websiteUrl, instructions } = catalog
  // Not McpServer: it announces `listChanged`, which a server without sessions cannot keep.
  const server = new Server(
    { name, title, version, websiteUrl },
    { capabilities: methods.capabilities, instructions }
  )
  server.fallbackRequestHandler = async ({ method, params }, extra) => {
    const { authInfo, signal, _meta, requestId } = extra
    const context = createContext({
      authInfo,
      signal,
      progressToken: _meta?.progressToken,
      // Not sendNotification: it puts a note by for a task, if the client says that there is one.
      notify: (notification) => server.notification(notification, { relatedRequestId: requestId })
    })
    const { result } = await methods.call(method, params, context)
    return result
  }
  return server
}

/** MCP 2025-11-25, Tasks: who has none serves a request that asks for one as if it did not. The SDK would refuse it. */
function withoutTask(message: Message): Message {
  if (message.params?.task === undefined) return message
  const { task, ...params } = message.params
  return { ...message, params }
}

/** The SDK's own tests: it answers nothing that fails them. */
function isMessage(body: unknown): body is Message {
  return (
    isJSONRPCRequest(body) ||
    isJSONRPCNotification(body) ||
    isJSONRPCResultResponse(body) ||
    isJSONRPCErrorResponse(body)
  )
}

/** JSON-RPC 2.0, section 5.1. */
const invalidRequest = (message: string) => ({ code: -32600, message })
