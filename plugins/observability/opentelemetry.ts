import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes
} from '@opentelemetry/resources'
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node'
import packageJson from '../../package.json' with { type: 'json' }
import type { Logger } from '../../services/lib/logger.ts'

/** How long the end waits for the last traces to be taken. */
const flushMs = 1000

/**
 * Sends traces to `url` (OTLP over HTTP, protobuf). What else OpenTelemetry's standard variables say (sampler, headers,
 * resource, batches) is read by its own packages.
 */
export function startTracing({ url, log }: { url: string; log: Logger }) {
  const tracerProvider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({ 'service.name': packageJson.name, 'service.version': packageJson.version })
      )
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(watch(new OTLPTraceExporter({ url }), log))]
  })
  const incoming = new W3CTraceContextPropagator()
  // What callers say of their traces is taken up; it is nobody else's, and so goes to nobody else.
  tracerProvider.register({
    propagator: {
      inject() {},
      extract: (context, carrier, getter) => incoming.extract(context, carrier, getter),
      fields: () => []
    }
  })

  const instrumentations = [
    new UndiciInstrumentation({
      requireParentforSpans: true,
      // The query has the API key in it.
      startSpanHook: ({ origin, path }) => ({
        'url.full': `${origin}${path.split('?', 1)[0]}`,
        'url.query': ''
      })
    }),
    // Keys and values have subjects and news in them.
    new IORedisInstrumentation({ dbStatementSerializer: (command) => command })
  ]
  for (const one of instrumentations) one.setTracerProvider(tracerProvider)
  // Patched when it is required, for everybody: imports of a CommonJS package get the same classes.
  createRequire(import.meta.url)('ioredis')

  return {
    tracerProvider,
    /** Sends what there is still to be sent. */
    async stop() {
      const stopping = tracerProvider.shutdown().catch(() => {}) // that it cannot has been told
      await Promise.race([stopping, sleep(flushMs, undefined, { ref: false })])
    }
  }
}

/** Tells the log when traces begin to be lost, and when they are taken again. */
function watch(exporter: OTLPTraceExporter, log: Logger): SpanExporter {
  let isLosing = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const fails = result.code !== 0
        if (fails && !isLosing) log.warn({ reason: result.error?.message }, 'traces are not taken, and lost')
        if (isLosing && !fails) log.info({}, 'traces are taken again')
        isLosing = fails
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush()
  }
}
