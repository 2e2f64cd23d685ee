import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the server exports traces. */
    isTraced: boolean
  }
}

/** Exports traces with OpenTelemetry, if its standard environment variables name an endpoint. */
async function tracing(fastify: FastifyInstance) {
  const { tracesUrl: url } = fastify.config
  fastify.decorate('isTraced', url !== undefined)
  if (url === undefined) return

  // Loaded on demand, because OpenTelemetry is half as large as everything else together.
  const [{ startTracing }, { FastifyOtelInstrumentation }] = await Promise.all([
    import('./opentelemetry.ts'),
    import('@fastify/otel')
  ])
  const { tracerProvider, stop } = startTracing({ url, log: fastify.log })
  const instrumentation = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    requestHook(span, request) {
      const { method, routeOptions, id } = request
      span.updateName(`${method} ${routeOptions.url ?? ''}`.trim())
      // Without the query, which may hold a token.
      span.setAttributes({ 'url.path': request.url.split('?', 1)[0] ?? '', request_id: id })
      request.log = request.log.child({ trace_id: span.spanContext().traceId })
    }
  })
  instrumentation.setTracerProvider(tracerProvider)
  await fastify.register(instrumentation.plugin())
  fastify.addHook('onClose', stop)
}

export default fp(tracing, { name: 'tracing', dependencies: ['config'] })
