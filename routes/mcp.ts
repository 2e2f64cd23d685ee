import createError from '@fastify/error'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createGuardHook } from '../plugins/http/guard.ts'

const encodedBodyMessage = 'The body is compressed. Send it without Content-Encoding.'
const EncodedBodyError = createError('CONTENT_ENCODING_UNSUPPORTED', encodedBodyMessage, 415)

/** Errors about bodies, as JSON-RPC errors: -32700 is a parse error, -32600 an invalid request. */
const bodyErrors: Record<string, { code: number; message: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: -32600, message: 'Send the body as application/json.' },
  CONTENT_ENCODING_UNSUPPORTED: { code: -32600, message: encodedBodyMessage },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: -32600, message: 'The body is larger than the server accepts.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: -32700, message: 'Parse error: the body is not JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: -32700, message: 'Parse error: the body is empty.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: -32600,
    message: 'The length of the body differs from Content-Length.'
  }
}

/** Protected: MCP itself. Only requests with a valid token reach its handler. */
export default async function mcpRoutes(fastify: FastifyInstance) {
  const bodyLimit = fastify.config.BODY_LIMIT_BYTES

  // Cheapest check first: load, origin, per-address limit, token, per-subject limit.
  const { shedLoad, validateOrigin, limitByAddress, authenticate, limitBySubject } = fastify
  fastify.addHook(
    'onRequest',
    createGuardHook([shedLoad, validateOrigin, limitByAddress, authenticate, limitBySubject])
  )

  // MCP accepts only JSON; Fastify would also parse plain text.
  fastify.removeContentTypeParser('text/plain')
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const rpcError = bodyErrors[error.code]
    if (!rpcError) throw error
    request.log.info({ reason: error.code }, 'unreadable body')
    reply.code(error.statusCode ?? 400)
    return { jsonrpc: '2.0', id: null, error: rpcError }
  })

  fastify.post('/mcp', { bodyLimit, onRequest: createGuardHook([rejectEncodedBody]) }, (request, reply) => {
    if (!request.auth) throw new Error('fastify.authenticate did not run')
    return fastify.mcp.handlePost(request, reply, request.auth)
  })

  // No streams outside of a response, and no sessions to delete (MCP 2025-11-25, Transports).
  const rejectMethod = async (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .code(405)
      .header('allow', 'POST')
      .send({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32000, message: 'This server has no sessions. Use POST.' }
      })
  // As a hook it answers before Fastify reads a body, which a DELETE may have.
  fastify.route({ method: ['GET', 'DELETE'], url: '/mcp', onRequest: rejectMethod, handler: rejectMethod })
}

/** Rejects a body in any content coding but `identity`, before it is read (RFC 9110, sections 12.5.3 and 15.5.16). */
function rejectEncodedBody({ headers }: FastifyRequest, reply: FastifyReply) {
  const codings = headers['content-encoding']?.toLowerCase().split(',') ?? []
  if (codings.every((coding) => /^\s*(identity)?\s*$/.test(coding))) return
  reply.header('accept-encoding', 'identity')
  throw new EncodedBodyError()
}
