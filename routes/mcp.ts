import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What is wrong with a body, as JSON-RPC has it: -32700 is a parse error, -32600 an invalid request. */
const bodyErrors: Record<string, { code: number; message: string }> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: -32600, message: 'Send the body as application/json.' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: -32600, message: 'The body is larger than this server reads.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: -32700, message: 'Parse error: the body is not JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: -32700, message: 'Parse error: the body is empty.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: -32600,
    message: 'The body is not as long as Content-Length says.'
  }
}

/** Protected: MCP itself. Nothing here is reached without a good token. */
export default async function mcpRoutes(fastify: FastifyInstance) {
  const bodyLimit = fastify.config.BODY_LIMIT_BYTES

  // In this order: whether there is time for it, who is not even asked, who asks too often, who it is, and whether that
  // one asks too often.
  fastify.addHook('onRequest', fastify.shedLoad)
  fastify.addHook('onRequest', fastify.validateOrigin)
  fastify.addHook('onRequest', fastify.limitByAddress)
  fastify.addHook('onRequest', fastify.authenticate)
  fastify.addHook('onRequest', fastify.limitBySubject)

  // MCP is JSON alone; Fastify would take plain text as well.
  fastify.removeContentTypeParser('text/plain')
  fastify.setErrorHandler((error: FastifyError, request, reply) => {
    const wrong = bodyErrors[error.code]
    if (!wrong) throw error
    request.log.info({ reason: error.code }, 'unreadable body')
    reply.code(error.statusCode ?? 400)
    return { jsonrpc: '2.0', id: null, error: wrong }
  })

  fastify.post('/mcp', { bodyLimit }, async (request, reply) => {
    if (!request.auth) throw new Error('The guard did not run')
    return fastify.mcp.handlePost(request, reply, request.auth)
  })

  // No streams outside of an answer, and no sessions to end (MCP 2025-11-25, Transports).
  const refuseMethod = async (_request: FastifyRequest, reply: FastifyReply) =>
    reply
      .code(405)
      .header('allow', 'POST')
      .send({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32000, message: 'Use POST: this server has no sessions.' }
      })
  // Before any body is looked at, which a DELETE may have.
  fastify.route({ method: ['GET', 'DELETE'], url: '/mcp', onRequest: refuseMethod, handler: refuseMethod })
}
