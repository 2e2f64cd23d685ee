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
import { invalidParams, nameInvalidFields, RequestError } from '../primitives/errors.ts'
import { type CallerInfo, createContext } from './auth-info.ts'
import {
  type Exchange,
  explainInvalidMessage,
  invalidRequest,
  type Message,
  type Post,
  rejectExchange
} from './messages.ts'
import { modernRevision } from './modern-request.ts'
import type { RequestHandlers } from './request-handlers.ts'
import { SharedTransport } from './shared-transport.ts'

const maxBatchLength = 10
/** The only revision with batches, and the one of requests without a revision (MCP 2025-11-25, Transports). */
const revisionWithBatches = '2025-03-26'

/** Serves the revisions of MCP up to 2025-11-25 with SDK 1.x. */
export async function createLegacyEra(options: {
  catalog: Catalog
  handlers: RequestHandlers
  keepAliveMs: number
  log: Logger
}) {
  const { catalog, handlers, keepAliveMs, log } = options
  const transport = new SharedTransport<CallerInfo>({ keepAliveMs })
  const server = createServer(catalog, handlers)
  server.onerror = (error) => log.debug({ reason: error.message }, 'legacy request failed')
  await server.connect(transport as Transport)

  return {
    /** Processes a POST. */
    exchange(post: Post<CallerInfo>): Exchange {
      let messages: Message[]
      try {
        messages = parseMessages(post)
      } catch (error) {
        if (!(error instanceof RequestError)) throw error
        return rejectExchange(400, error, post.body)
      }
      return transport.exchange(messages, post)
    },
    /** Answers open requests with an error, and ends their streams. */
    close: () => server.close()
  }
}

function createServer(catalog: Catalog, handlers: RequestHandlers): Server {
  const { name, title, version, websiteUrl, icons, instructions } = catalog
  // Not McpServer: it announces `listChanged`, but without sessions no client can be notified.
  const server = new Server(
    { name, title, version, websiteUrl, icons },
    { capabilities: handlers.capabilities, instructions }
  )
  server.fallbackRequestHandler = async ({ method, params }, extra) => {
    const { authInfo, signal, _meta, requestId } = extra
    const context = createContext({
      authInfo,
      signal,
      progressToken: _meta?.progressToken,
      // Not sendNotification: it queues the notification if the client says that the request belongs to a task.
      notify: (notification) => server.notification(notification, { relatedRequestId: requestId })
    })
    const { result } = await handlers.call(method, params, context)
    return result
  }
  return server
}

/**
 * Reads the messages of a POST.
 * @throws {RequestError} if it cannot be served: none of a batch is processed then.
 */
function parseMessages({ body, headers }: Post<CallerInfo>): Message[] {
  const messages: unknown[] = Array.isArray(body) ? body : [body]
  const revision = headers['mcp-protocol-version'] || revisionWithBatches
  if (messages.length === 0) throw invalidRequest('The batch is empty.')
  // A batch counts as one request for the rate limits.
  if (messages.length > maxBatchLength) {
    throw invalidRequest(`The batch has more than ${maxBatchLength} messages.`)
  }
  if (!messages.every(isMessage)) {
    throw invalidRequest(explainInvalidMessage(messages.find((message) => !isMessage(message))))
  }
  const initialize = messages.find(({ method }) => method === 'initialize')
  // `initialize` negotiates a revision, whatever the header names.
  if (!initialize && !SUPPORTED_PROTOCOL_VERSIONS.includes(revision)) {
    const supported = [modernRevision, ...SUPPORTED_PROTOCOL_VERSIONS].join(', ')
    throw new RequestError(-32000, `Unsupported protocol version ${revision}. Send one of ${supported}.`)
  }
  const { error } = (initialize && InitializeRequestSchema.safeParse(initialize)) ?? {}
  if (error) throw invalidParams(nameInvalidFields(error, initialize))
  if (Array.isArray(body)) checkBatch(messages, revision)
  return messages.map(withoutTask)
}

function checkBatch(messages: readonly Message[], revision: string) {
  if (revision !== revisionWithBatches) throw invalidRequest(`Revision ${revision} has no batches.`)
  if (messages.some(({ method }) => method === 'initialize')) {
    throw invalidRequest('A batch cannot contain initialize.')
  }
  const ids = messages
    .filter(({ method, id }) => method !== undefined && id !== undefined)
    .map(({ id }) => id)
  if (new Set(ids).size < ids.length) throw invalidRequest('The batch has two requests with the same id.')
}

/** MCP 2025-11-25, Tasks: a server without tasks ignores `task`. The SDK would reject the request. */
function withoutTask(message: Message): Message {
  if (message.params?.task === undefined) return message
  const { task, ...params } = message.params
  return { ...message, params }
}

/** The SDK's own checks: it never answers a message that fails them. */
function isMessage(body: unknown): body is Message {
  return (
    isJSONRPCRequest(body) ||
    isJSONRPCNotification(body) ||
    isJSONRPCResultResponse(body) ||
    isJSONRPCErrorResponse(body)
  )
}
