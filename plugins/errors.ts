import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Refusal } from '../services/challenges.ts'

/** Answers every error as JSON: `{ error, error_description }`, in the manner of RFC 6749, section 5.2. */
async function errors(fastify: FastifyInstance) {
  fastify.setNotFoundHandler((_request, reply) => {
    reply.code(404)
    return {
      error: 'not_found',
      error_description: 'Nothing is here. MCP is served at /mcp, documentation at /mcp/docs.'
    }
  })

  fastify.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
    if (error instanceof Refusal) return refuse(error, request, reply)
    const statusCode = error.statusCode ?? 500
    reply.code(statusCode)
    if (statusCode < 500) return { error: 'invalid_request', error_description: error.message }
    request.log.error({ err: error }, 'request failed')
    return { error: 'server_error', error_description: 'Something went wrong in this server.' }
  })
}

function refuse(
  { statusCode, code, message, challenge }: Refusal,
  request: FastifyRequest,
  reply: FastifyReply
) {
  request.log.info({ reason: code }, 'refused')
  reply.code(statusCode).header('www-authenticate', challenge)
  return { error: code, error_description: message }
}

export default fp(errors, { name: 'errors' })
