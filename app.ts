import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import auth from './plugins/auth.ts'
import config from './plugins/config.ts'
import cors from './plugins/cors.ts'
import errors, { answerError } from './plugins/errors.ts'
import mcp from './plugins/mcp.ts'
import metadata from './plugins/metadata.ts'
import newsSentiment from './plugins/news-sentiment.ts'
import scalekit from './plugins/scalekit.ts'
import docsRoutes from './routes/docs.ts'
import healthRoutes from './routes/health.ts'
import mcpRoutes from './routes/mcp.ts'
import wellKnownRoutes from './routes/well-known.ts'
import type { Environment } from './services/settings.ts'

/**
 * Puts the server together, ready to listen.
 * @throws {InvalidSettingsError} when a setting in `environment` is missing or malformed.
 */
export async function createApp(
  environment: Environment,
  options: { logStream?: DestinationStream } = {}
): Promise<FastifyInstance> {
  const app = fastify({
    logger: {
      serializers: { req: describeRequest },
      ...(options.logStream && { stream: options.logStream })
    },
    frameworkErrors: answerError,
    routerOptions: { ignoreTrailingSlash: true }
  })

  await app.register(config, { environment })
  await app.register(errors)
  await app.register(cors)
  await app.register(metadata)
  await app.register(scalekit)
  await app.register(auth)
  await app.register(newsSentiment)
  await app.register(mcp)

  await app.register(wellKnownRoutes)
  await app.register(docsRoutes)
  await app.register(healthRoutes)
  await app.register(mcpRoutes)

  await app.ready()
  return app
}

interface DestinationStream {
  write(line: string): void
}

/** What the log tells of a request: no headers and no query, where tokens may be. */
function describeRequest({ method, url, ip }: FastifyRequest) {
  return { method, path: url.split('?', 1)[0], remoteAddress: ip }
}
