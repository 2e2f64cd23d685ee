import type { Socket } from 'node:net'
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AuthChallengeError } from '../../services/auth/challenges.ts'

/** Answers every error as JSON: `{ error, error_description }`, in the format of RFC 6749, section 5.2. */
async function errorHandler(fastify: FastifyInstance) {
  const { publicPath: path } = fastify.config
  const notFound = {
    error: 'not_found',
    error_description: `Not found. MCP is at ${path || '/'}, the documentation at ${path}/docs.`
  }
  fastify.setNotFoundHandler((_request, reply) => {
    reply.code(404)
    return notFound
  })
  fastify.setErrorHandler(handleError)
}

/** Errors that resolve by themselves: answered with 503, not logged as faults. */
const transientErrorCodes = new Set([
  'ENDING',
  'OVERLOADED',
  'SCALEKIT_UNAVAILABLE',
  'SERVER_METADATA_UNAVAILABLE'
])
const errorNames: Record<number, string> = { 403: 'forbidden', 429: 'too_many_requests' }

/** Answers `error`, also if it occurs before Fastify has found a route. */
export function handleError(
  error: FastifyError | AuthChallengeError,
  request: FastifyRequest,
  reply: FastifyReply
) {
  if (error instanceof AuthChallengeError) return sendChallenge(error, request, reply)
  const { statusCode = 500, code, message } = error
  reply.code(statusCode)
  if (statusCode < 500) {
    if (errorNames[statusCode]) request.log.info({ reason: code }, 'request denied')
    return reply.send({
      error: errorNames[statusCode] ?? 'invalid_request',
      // Fastify's own message repeats the URL, whose query may hold a token.
      error_description: code === 'FST_ERR_BAD_URL' ? 'The URL is malformed.' : message
    })
  }
  if (transientErrorCodes.has(code)) {
    if (code === 'SCALEKIT_UNAVAILABLE') {
      request.log.warn({ reason: code }, 'token not verified: signing keys unavailable')
      reply.header('retry-after', request.server.tokenVerifier.retryAfterSeconds)
    }
    return reply.send({ error: 'temporarily_unavailable', error_description: message })
  }
  request.log.error({ err: error }, 'request failed')
  return reply.send({
    error: 'server_error',
    error_description: 'The server failed. Give its operator the X-Request-Id of this response.'
  })
}

function sendChallenge(
  { statusCode, code, message, challenge, details }: AuthChallengeError,
  request: FastifyRequest,
  reply: FastifyReply
) {
  request.log.info(details, 'request denied')
  return reply
    .code(statusCode)
    .header('www-authenticate', challenge)
    .send({ error: code, error_description: message })
}

/** Answers what Node cannot parse as HTTP. The raw packet is not logged, because it may hold a token. */
export function handleClientError(this: FastifyInstance, error: ConnectionError, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  this.log.debug({ reason: error.code }, 'malformed HTTP request')
  const [status, description] = clientErrors[error.code] ?? [
    '400 Bad Request',
    'The request is not valid HTTP.'
  ]
  const body = JSON.stringify({ error: 'invalid_request', error_description: description })
  // Destroy the socket also if the client does not close its side of the connection.
  socket.once('finish', () => socket.destroySoon())
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`
  )
}

const clientErrors: Record<string, [status: string, description: string]> = {
  HPE_HEADER_OVERFLOW: [
    '431 Request Header Fields Too Large',
    'The headers are larger than the server accepts.'
  ],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.']
}

export default fp(errorHandler, { name: 'error-handler', dependencies: ['config'] })
