import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
  SUPPORTED_PROTOCOL_VERSIONS
} from '@modelcontextprotocol/sdk/types.js'
import type { Logger } from '../logger.ts'
import type { Catalogue } from './catalogue.ts'
import { type Exchange, ExchangeTransport, type Message, type Post, refuse } from './exchange.ts'
import { createMethods } from './methods.ts'
import { type CallerInfo, createContext } from './request.ts'

const longestBatch = 10
/** The one revision that has batches; a request that names no revision speaks it (MCP 2025-11-25, Transports). */
const revisionWithBatches = '2025-03-26'

export type LegacyEra = Awaited<ReturnType<typeof createLegacyEra>>

/** Serves the protocol's revisions up to 2025-11-25, on SDK 1.x. */
export async function createLegacyEra(
  catalogue: Catalogue,
  { keepAliveMs, log }: { keepAliveMs: number; log: Logger }
) {
  const transport = new ExchangeTransport<CallerInfo>({ keepAliveMs })
  const server = createServer(catalogue)
  server.onerror = (error) => log.debug({ reason: error.message }, 'failed in the legacy era')
  await server.connect(transport as Transport)

  return {
    exchange(post: Post<CallerInfo>): Exchange {
      const { body, headers } = post
      const messages: unknown[] = Array.isArray(body) ? body : [body]
      const revision = String(headers['mcp-protocol-version'] ?? revisionWithBatches)
      if (messages.length === 0) return refuse(400, invalidRequest('The batch is empty.'), body)
      if (messages.length > longestBatch) {
        // A batch counts as one request for the rate limits.
        return refuse(400, invalidRequest(`The batch has more than ${longestBatch} messages.`), body)
      }
      if (!messages.every(isMessage)) return refuse(400, invalidRequest('This is not JSON-RPC 2.0.'), body)
      const opens = messages.some(({ method }) => method === 'initialize')
      // What opens a conversation comes before any revision is agreed on.
      if (!opens && !SUPPORTED_PROTOCOL_VERSIONS.includes(revision)) {
        const message = `Unsupported protocol version ${revision}: send one of ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}.`
        return refuse(400, { code: -32000, message }, body)
      }
      if (Array.isArray(body)) {
        if (revision !== revisionWithBatches) {
          return refuse(400, invalidRequest(`Revision ${revision} has no batches.`), body)
        }
        if (opens) return refuse(400, invalidRequest('A batch cannot hold initialize.'), body)
        const ids = messages.flatMap(({ method, id }) =>
          method === undefined || id === undefined ? [] : [id]
        )
        if (new Set(ids).size < ids.length) {
          return refuse(400, invalidRequest('The batch has two requests with the same id.'), body)
        }
      }
      return transport.exchange(messages, post)
    },
    /** Ends what is still open. */
    close: () => server.close()
  }
}

function createServer(catalogue: Catalogue): Server {
  const { name, title, version, websiteUrl, instructions } = catalogue
  const methods = createMethods(catalogue)
  // Not McpServer: it announces `listChanged`, which a server without sessions cannot keep.
  const server = new Server(
    { name, title, version, websiteUrl },
    { capabilities: methods.capabilities, instructions }
  )
  const { capabilities } = methods
  if (capabilities.tools) {
    server.setRequestHandler(ListToolsRequestSchema, ({ params }) => methods.listTools(params))
    server.setRequestHandler(CallToolRequestSchema, ({ params }, extra) =>
      methods.callTool(params, context(extra))
    )
  }
  if (capabilities.resources) {
    server.setRequestHandler(ListResourcesRequestSchema, ({ params }) => methods.listResources(params))
    server.setRequestHandler(ListResourceTemplatesRequestSchema, ({ params }) =>
      methods.listResourceTemplates(params)
    )
    server.setRequestHandler(ReadResourceRequestSchema, async ({ params }, extra) => {
      const { contents } = await methods.readResource(params, context(extra))
      return { contents }
    })
  }
  if (capabilities.prompts) {
    server.setRequestHandler(ListPromptsRequestSchema, ({ params }) => methods.listPrompts(params))
    server.setRequestHandler(GetPromptRequestSchema, ({ params }, extra) =>
      methods.getPrompt(params, context(extra))
    )
  }
  if (capabilities.completions) {
    server.setRequestHandler(CompleteRequestSchema, ({ params }, extra) =>
      methods.complete(params, context(extra))
    )
  }
  return server
}

function context(extra: RequestHandlerExtra<ServerRequest, ServerNotification>) {
  return createContext({
    authInfo: extra.authInfo,
    signal: extra.signal,
    progressToken: extra._meta?.progressToken,
    notify: (notification) => extra.sendNotification(notification)
  })
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
