import type { Socket } from 'node:net'
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AuthChallengeError } from '../../services/auth/challenges.ts'

/** Answers every error as JSON: `{ error, error_description }`, in the manner of RFC 6749, section 5.2. */
async function errorHandler(fastify: FastifyInstance) {
  fastify.setNotFoundHandler((_request, reply) => {
    reply.code(404)
    return {
      error: 'not_found',
      error_description: 'Nothing is here. MCP is served at /mcp, documentation at /mcp/docs.'
    }
  })
  fastify.setErrorHandler(handleError)
}

/** Why it can be told that all will be well again: nobody is at fault, and nothing is to be looked at. */
const transientErrorCodes = new Set(['ENDING', 'OVERLOADED', 'SCALEKIT_UNAVAILABLE'])
const errorNames: Record<number, string> = { 403: 'forbidden', 429: 'too_many_requests' }

/** The answer to `error`; what goes wrong before any route is found comes here too. */
export function handleError(
  error: FastifyError | AuthChallengeError,
  request: FastifyRequest,
  reply: FastifyReply
) {
  if (error instanceof AuthChallengeError) return sendChallenge(error, request, reply)
  const { statusCode = 500, code, message } = error
  reply.code(statusCode)
  if (statusCode < 500) {
    if (errorNames[statusCode]) request.log.info({ reason: code }, 'refused')
    return reply.send({
      error: errorNames[statusCode] ?? 'invalid_request',
      error_description: code === 'FST_ERR_BAD_URL' ? 'The URL is malformed.' : message
    })
  }
  if (transientErrorCodes.has(code)) {
    if (code === 'SCALEKIT_UNAVAILABLE') {
      request.log.warn({ reason: code }, 'undecided')
      reply.header('retry-after', request.server.tokenVerifier.retryAfterSeconds)
    }
    return reply.send({ error: 'temporarily_unavailable', error_description: message })
  }
  request.log.error({ err: error }, 'request failed')
  return reply.send({ error: 'server_error', error_description: 'Something went wrong in this server.' })
}

function sendChallenge(
  { statusCode, code, message, challenge, details }: AuthChallengeError,
  request: FastifyRequest,
  reply: FastifyReply
) {
  request.log.info(details, 'refused')
  return reply
    .code(statusCode)
    .header('www-authenticate', challenge)
    .send({ error: code, error_description: message })
}

/** What cannot be parsed as HTTP; the packet itself is not logged, for it may hold a token. */
export function handleClientError(this: FastifyInstance, error: ConnectionError, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  this.log.debug({ reason: error.code }, 'unreadable request')
  const [status, description] = clientErrors[error.code] ?? ['400 Bad Request', 'This is not HTTP.']
  const body = JSON.stringify({ error: 'invalid_request', error_description: description })
  // A client that keeps its own side open must not keep the socket.
  socket.once('finish', () => socket.destroySoon())
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
  )
}

const clientErrors: Record<string, [status: string, description: string]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'The headers are larger than this server reads.'
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.']
}

export default fp(errorHandler, { name: 'errors' })
