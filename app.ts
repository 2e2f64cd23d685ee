import type { Socket } from 'node:net'
import fastify, { type ConnectionError, type FastifyInstance, type FastifyRequest } from 'fastify'
import auth from './plugins/auth.ts'
import config from './plugins/config.ts'
import connections from './plugins/connections.ts'
import cors from './plugins/cors.ts'
import errors, { answerError } from './plugins/errors.ts'
import mcp from './plugins/mcp.ts'
import metadata from './plugins/metadata.ts'
import metrics from './plugins/metrics.ts'
import newsSentiment from './plugins/news-sentiment.ts'
import origin from './plugins/origin.ts'
import rateLimit from './plugins/rate-limit.ts'
import redis from './plugins/redis.ts'
import scalekit from './plugins/scalekit.ts'
import selfCheck from './plugins/self-check.ts'
import docsRoutes from './routes/docs.ts'
import healthRoutes from './routes/health.ts'
import mcpRoutes from './routes/mcp.ts'
import wellKnownRoutes from './routes/well-known.ts'
import type { Offer } from './services/mcp/catalogue.ts'
import type { Environment } from './services/settings.ts'

/**
 * Puts the server together, ready to listen. What `options` offer beside the log's stream joins the catalogue.
 * @throws {InvalidSettingsError} when a setting in `environment` is missing or malformed.
 */
export async function createApp(
  environment: Environment,
  { logStream, ...more }: { logStream?: DestinationStream } & Partial<Offer> = {}
): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    logger: {
      serializers: { req: describeRequest },
      ...(logStream && { stream: logStream })
    },
    frameworkErrors: answerError,
    clientErrorHandler,
    // How often requests are looked at that take longer than REQUEST_TIMEOUT_MS.
    http: { connectionsCheckingInterval: 1000 },
    trustProxy: (address, hop) => app.config.trustsProxy(address, hop),
    routerOptions: { ignoreTrailingSlash: true }
  })

  await app.register(config, { environment })
  await app.register(connections)
  await app.register(errors)
  await app.register(cors)
  await app.register(metadata)
  await app.register(origin)
  await app.register(metrics)
  await app.register(redis)
  await app.register(rateLimit)
  await app.register(scalekit)
  await app.register(auth)
  await app.register(selfCheck)
  await app.register(newsSentiment)
  await app.register(mcp, { more })

  await app.register(wellKnownRoutes)
  await app.register(docsRoutes)
  await app.register(healthRoutes)
  await app.register(mcpRoutes)

  await app.ready()
  app.server.requestTimeout = app.config.REQUEST_TIMEOUT_MS
  app.server.headersTimeout = Math.min(app.server.headersTimeout, app.config.REQUEST_TIMEOUT_MS)
  return app
}

/** What cannot be parsed as HTTP; the packet itself is not logged, for it may hold a token. */
function clientErrorHandler(this: FastifyInstance, error: ConnectionError, socket: Socket) {
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

interface DestinationStream {
  write(line: string): void
}

/** What the log tells of a request: no headers and no query, where tokens may be. */
function describeRequest({ method, url, ip }: FastifyRequest) {
  return { method, path: url.split('?', 1)[0], remoteAddress: ip }
}
