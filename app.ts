import { randomBytes } from 'node:crypto'
import fastify, { type FastifyInstance } from 'fastify'
import auth from './plugins/auth.ts'
import config from './plugins/config.ts'
import connections from './plugins/http/connections.ts'
import cors from './plugins/http/cors.ts'
import errorHandler, { handleClientError, handleError } from './plugins/http/error-handler.ts'
import gracefulShutdown from './plugins/http/graceful-shutdown.ts'
import loadShedding from './plugins/http/load-shedding.ts'
import originGuard from './plugins/http/origin-guard.ts'
import rateLimit from './plugins/http/rate-limit.ts'
import mcp, { type McpOptions } from './plugins/mcp.ts'
import metadata from './plugins/metadata.ts'
import newsSentiment from './plugins/news-sentiment.ts'
import metrics from './plugins/observability/metrics.ts'
import requestLog, { describeRequest, RequestLogController } from './plugins/observability/request-log.ts'
import { type LineStream, RequestLogger } from './plugins/observability/request-logger.ts'
import tracing from './plugins/observability/tracing.ts'
import redis from './plugins/redis.ts'
import selfCheck from './plugins/self-check.ts'
import tokenVerifier from './plugins/token-verifier.ts'
import docsRoutes from './routes/docs.ts'
import healthRoutes from './routes/health.ts'
import mcpRoutes from './routes/mcp.ts'
import wellKnownRoutes from './routes/well-known.ts'
import type { Environment } from './services/config/environment.ts'
import type { CatalogEntries } from './services/mcp/catalog.ts'

/**
 * Creates the app with every plugin and route, ready to listen. Tests extend the catalog with options.
 * @throws {InvalidSettingsError} when a setting in `environment` is missing or malformed.
 */
export async function createApp(
  environment: Environment,
  { logStream, cachedResponses, ...extensions }: AppOptions = {}
): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    logger: { serializers: { req: describeRequest }, ...(logStream && { stream: logStream }) },
    logController: new RequestLogController(),
    // A route with a level of its own, such as /healthz, needs pino's child logger.
    childLoggerFactory: (logger, bindings, options) =>
      options.level === undefined ? new RequestLogger(logger, bindings) : logger.child(bindings, options),
    genReqId: createRequestIds(),
    // Runs before hooks, so the request must be registered with the log and metrics here.
    frameworkErrors(error, request, reply) {
      app.observeRequest(request, reply)
      return handleError(error, request, reply)
    },
    clientErrorHandler: handleClientError,
    return503OnClosing: false, // plugins/http/graceful-shutdown.ts answers in the common error format
    http: {
      // How often Node looks for requests that exceed REQUEST_TIMEOUT_MS.
      connectionsCheckingInterval: 1000,
      // TCP keep-alive detects clients that disappeared without closing the connection.
      keepAlive: true,
      keepAliveInitialDelay: 30_000
    },
    rewriteUrl: (request) => app.config.toOwnUrl(request),
    // Without proxies, Fastify need not look for the client's address in headers.
    trustProxy: environment.TRUST_PROXY ? (address, hop) => app.config.isTrustedProxy(address, hop) : false,
    routerOptions: { ignoreTrailingSlash: true }
  })

  // HTTP
  await app.register(config, { environment })
  await app.register(tracing)
  await app.register(metrics)
  await app.register(requestLog, { stream: logStream })
  await app.register(connections)
  await app.register(errorHandler)
  await app.register(gracefulShutdown)
  await app.register(loadShedding)
  await app.register(cors)
  await app.register(originGuard)
  await app.register(redis)
  await app.register(rateLimit)

  // Domain
  await app.register(metadata)
  await app.register(tokenVerifier)
  await app.register(auth)
  await app.register(selfCheck)
  await app.register(newsSentiment)
  await app.register(mcp, { extensions, cachedResponses })

  // Routes
  await app.register(wellKnownRoutes)
  await app.register(docsRoutes)
  await app.register(healthRoutes)
  await app.register(mcpRoutes)

  await app.ready()
  return app
}

/** Options that are not settings, for the process, tests and benchmarks. */
interface AppOptions extends Partial<CatalogEntries>, Pick<McpOptions, 'cachedResponses'> {
  logStream?: LineStream | undefined
}

/** Creates short request ids that are unique across processes and restarts. */
function createRequestIds(): () => string {
  const process = randomBytes(4).toString('hex')
  let last = 0
  return () => `${process}-${++last}`
}
