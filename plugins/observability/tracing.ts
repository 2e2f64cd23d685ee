import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether traces are sent. */
    isTraced: boolean
  }
}

/** Sends traces with OpenTelemetry, if its standard variables say where. */
async function tracing(fastify: FastifyInstance) {
  const { tracesUrl: url } = fastify.config
  fastify.decorate('isTraced', url !== undefined)
  if (url === undefined) return

  // Loaded only where it is wanted: it is half as large as all the rest.
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
      // Without the query, where tokens may be.
      span.setAttributes({ 'url.path': request.url.split('?', 1)[0] ?? '', request_id: id })
      request.log = request.log.child({ trace_id: span.spanContext().traceId })
    }
  })
  instrumentation.setTracerProvider(tracerProvider)
  await fastify.register(instrumentation.plugin())
  fastify.addHook('onClose', stop)
}

export default fp(tracing, { name: 'tracing', dependencies: ['config'] })
