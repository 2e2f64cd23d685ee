import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Caller } from '../services/access-tokens.ts'
import { type Catalogue, createCatalogue } from '../services/mcp/catalogue.ts'
import { callerInfo, createLegacyServers } from '../services/mcp/legacy.ts'

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

/** Puts MCP over Streamable HTTP on `fastify.mcp`, without sessions: every request stands alone. */
async function mcp(fastify: FastifyInstance) {
  const { resource, resource_documentation: websiteUrl } = fastify.metadata
  const catalogue = createCatalogue({ newsSentiment: fastify.newsSentiment, websiteUrl })
  const createServer = createLegacyServers(catalogue)

  fastify.decorate('mcp', {
    catalogue,
    async exchange(request, reply, caller) {
      const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: undefined,
        enableJsonResponse: !wantsStream(request)
      })
      const server = createServer()
      // A caller who leaves ends the exchange: its handlers' signals abort, and nothing is sent any more.
      const left = new Promise<undefined>((resolve) => {
        reply.raw.once('close', () => {
          server.close().catch((error) => request.log.error({ err: error }, 'closing an exchange failed'))
          resolve(undefined)
        })
      })
      await server.connect(transport)
      const answered = transport.handleRequest(
        webRequest(resource, request.headers['mcp-protocol-version']),
        {
          parsedBody: request.body,
          authInfo: callerInfo(caller, request.log)
        }
      )
      const answer = await Promise.race([answered, left])
      if (!answer) reply.hijack()
      return answer
    }
  })
}

/** Whether the answer is a stream: the client accepts one, and has asked to be told of progress. */
function wantsStream({ headers, body }: FastifyRequest): boolean {
  const accept = headers.accept ?? '*/*'
  const acceptsJson = /application\/(json|\*)|\*\/\*/.test(accept)
  return accept.includes('text/event-stream') && (!acceptsJson || asksForProgress(body))
}

function asksForProgress(body: unknown): boolean {
  if (Array.isArray(body)) return body.some(asksForProgress)
  const { params } = Object(body) as { params?: { _meta?: { progressToken?: unknown } } }
  return params?._meta?.progressToken !== undefined
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

export default fp(mcp, { name: 'mcp', dependencies: ['metadata', 'news-sentiment'] })
