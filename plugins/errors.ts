import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { describeCaller, Refusal } from '../services/challenges.ts'

/** Answers every error as JSON: `{ error, error_description }`, in the manner of RFC 6749, section 5.2. */
async function errors(fastify: FastifyInstance) {
  fastify.setNotFoundHandler((_request, reply) => {
    reply.code(404)
    return {
      error: 'not_found',
      error_description: 'Nothing is here. MCP is served at /mcp, documentation at /mcp/docs.'
    }
  })
  fastify.setErrorHandler(answerError)
}

const errorNames: Record<number, string> = { 403: 'forbidden', 429: 'too_many_requests' }

/** The answer to `error`; what goes wrong before any route is found comes here too. */
export function answerError(error: FastifyError | Refusal, request: FastifyRequest, reply: FastifyReply) {
  if (error instanceof Refusal) return refuse(error, request, reply)
  const { statusCode = 500, code, message } = error
  reply.code(statusCode)
  if (statusCode < 500) {
    const caller = request.auth ? describeCaller(request.auth) : {}
    if (errorNames[statusCode]) request.log.info({ reason: code, ...caller }, 'refused')
    return reply.send({
      error: errorNames[statusCode] ?? 'invalid_request',
      error_description: code === 'FST_ERR_BAD_URL' ? 'The URL is malformed.' : message
    })
  }
  if (code === 'SCALEKIT_UNAVAILABLE') {
    request.log.warn({ reason: code }, 'undecided')
    reply.header('retry-after', request.server.signingKeys.retryAfterSeconds)
    return reply.send({ error: 'temporarily_unavailable', error_description: message })
  }
  request.log.error({ err: error }, 'request failed')
  return reply.send({ error: 'server_error', error_description: 'Something went wrong in this server.' })
}

function refuse(
  { statusCode, code, message, challenge, details }: Refusal,
  request: FastifyRequest,
  reply: FastifyReply
) {
  request.log.info(details, 'refused')
  return reply
    .code(statusCode)
    .header('www-authenticate', challenge)
    .send({ error: code, error_description: message })
}

export default fp(errors, { name: 'errors' })
