import createError from '@fastify/error'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { type Caller, InvalidTokenError } from '../services/access-tokens.ts'
import { describeCaller } from '../services/challenges.ts'
import { type Catalogue, createCatalogue } from '../services/mcp/catalogue.ts'
import { callerInfo, createLegacyServers } from '../services/mcp/legacy.ts'
import type { Tool } from '../services/mcp/tool.ts'

declare module 'fastify' {
  interface FastifyInstance {
    mcp: {
      catalogue: Catalogue
      /**
       * Answers one POST of Streamable HTTP (MCP 2025-11-25, Transports) for `caller`;
       * `undefined` when the caller left before the answer.
       */
      exchange(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<Response | undefined>
    }
  }
}

/** JSON-RPC 2.0, section 6; the SDK's transport takes such batches, and leaves requests in them without an answer. */
const InvalidBatchError = createError('BATCH_INVALID', 'The batch %s.', 400)

/** Puts MCP over Streamable HTTP on `fastify.mcp`, without sessions: every request stands alone. */
async function mcp(fastify: FastifyInstance, { tools }: { tools: readonly Tool[] }) {
  const { resource, resource_documentation: websiteUrl } = fastify.metadata
  const catalogue = createCatalogue({ newsSentiment: fastify.newsSentiment, websiteUrl, tools })
  const createServer = createLegacyServers(catalogue)
  const { requiredScope } = fastify.config.protectedResource

  fastify.decorate('mcp', {
    catalogue,
    async exchange(request, reply, caller) {
      // The body may have taken its time, and the caller have been refused meanwhile.
      if (fastify.denyList.denies(caller)) {
        throw fastify.challenges.invalidToken(new InvalidTokenError('denied', describeCaller(caller)))
      }
      const messages = readMessages(request.body)
      const scopes = scopesOf(catalogue, messages)
      if (!scopes.every((scope) => caller.scopes.includes(scope))) {
        throw fastify.challenges.insufficientScope([...new Set([requiredScope, ...scopes])], caller)
      }
      const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: undefined,
        enableJsonResponse: !wantsStream(request.headers.accept, messages)
      })
      const server = createServer()
      // A caller who leaves ends the exchange: its handlers' signals abort, and nothing is sent any more.
      const left = new Promise<undefined>((resolve) => {
        reply.raw.once('close', () => {
          unwatch()
          server.close().catch((error) => request.log.error({ err: error }, 'closing an exchange failed'))
          resolve(undefined)
        })
      })
      const unwatch = fastify.denyList.watch(caller, () => reply.raw.destroy())
      await server.connect(transport)
      const answered = transport.handleRequest(
        webRequest(resource, request.headers['mcp-protocol-version']),
        {
          parsedBody: Array.isArray(request.body) ? messages : request.body,
          authInfo: callerInfo(caller, request.log)
        }
      )
      const answer = await Promise.race([answered, left])
      if (!answer) reply.hijack()
      return answer
    }
  })
}

const longestBatch = 10

const Message = Type.Object({
  id: Type.Optional(Type.Unknown()),
  method: Type.Optional(Type.String()),
  params: Type.Optional(Type.Unknown())
})
const ToolCall = Type.Object({ name: Type.String() })
const WithProgress = Type.Object({ _meta: Type.Object({ progressToken: Type.Unknown() }) })

/** The messages of a body, which is one or a batch; what is no message is left for the transport to refuse. */
function readMessages(body: unknown): unknown[] {
  if (!Array.isArray(body)) return [body]
  if (body.length === 0) throw new InvalidBatchError('is empty')
  // A batch counts as one request for the rate limits.
  if (body.length > longestBatch) throw new InvalidBatchError(`has more than ${longestBatch} messages`)
  const ids = body.flatMap((message) =>
    Check(Message, message) && message.method && 'id' in message ? [message.id] : []
  )
  if (new Set(ids).size < ids.length) throw new InvalidBatchError('has two requests with the same id')
  // Nothing stays of a request that was cancelled, and the transport would wait for its answer forever.
  return body.filter((message) => !Check(Message, message) || message.method !== 'notifications/cancelled')
}

/** The scopes that the tools called in `messages` ask for beyond the server's own. */
function scopesOf({ tools }: Catalogue, messages: unknown[]): string[] {
  return messages.flatMap((message) => {
    const isCall = Check(Message, message) && message.method === 'tools/call'
    if (!isCall || !Check(ToolCall, message.params)) return []
    const { name } = message.params
    return tools.find((tool) => tool.name === name)?.scopes ?? []
  })
}

/** Whether the answer is a stream: the client accepts one, and has asked to be told of progress. */
function wantsStream(accept = '*/*', messages: unknown[]): boolean {
  if (!accept.includes('text/event-stream')) return false
  const acceptsJson = /application\/(json|\*)|\*\/\*/.test(accept)
  return (
    !acceptsJson || messages.some((message) => Check(Message, message) && Check(WithProgress, message.params))
  )
}

/** The request as the SDK's transport takes it: no more of it than the transport reads. */
function webRequest(url: string, protocolVersion: string | string[] | undefined): Request {
  return new Request(url, {
    method: 'POST',
    headers: {
      // How to answer has been decided; the transport would refuse clients that accept only one of the two.
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(protocolVersion !== undefined && { 'mcp-protocol-version': String(protocolVersion) })
    }
  })
}

export default fp(mcp, { name: 'mcp', dependencies: ['metadata', 'news-sentiment', 'auth'] })
