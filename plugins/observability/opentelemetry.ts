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

/** How long shutdown waits for the collector to accept the last spans. */
const maxFlushMs = 1000

/**
 * Exports traces to `url` (OTLP over HTTP, protobuf). OpenTelemetry's packages read its other standard variables
 * (sampler, headers, resource, batches) themselves.
 */
export function startTracing({ url, log }: { url: string; log: Logger }) {
  const tracerProvider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(
        resourceFromAttributes({ 'service.name': packageJson.name, 'service.version': packageJson.version })
      )
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(logFailures(new OTLPTraceExporter({ url }), log))]
  })
  const traceContext = new W3CTraceContextPropagator()
  // Reads the trace context of callers, but never sends it to Alpha Vantage or Redis.
  tracerProvider.register({
    propagator: {
      inject() {},
      extract: (context, carrier, getter) => traceContext.extract(context, carrier, getter),
      fields: () => []
    }
  })

  const instrumentations = [
    new UndiciInstrumentation({
      requireParentforSpans: true,
      // The query contains the API key.
      startSpanHook: ({ origin, path }) => ({
        'url.full': `${origin}${path.split('?', 1)[0]}`,
        'url.query': ''
      })
    }),
    // Keys and values contain subjects and news.
    new IORedisInstrumentation({ dbStatementSerializer: (command) => command })
  ]
  for (const instrumentation of instrumentations) instrumentation.setTracerProvider(tracerProvider)
  // The instrumentation patches ioredis when it is required; later imports get the same, patched classes.
  createRequire(import.meta.url)('ioredis')

  return {
    tracerProvider,
    /** Exports the remaining spans. */
    async stop() {
      const stopping = tracerProvider.shutdown().catch(() => {}) // logFailures() has logged it
      await Promise.race([stopping, sleep(maxFlushMs, undefined, { ref: false })])
    }
  }
}

/** Logs the first of consecutive export failures, and the recovery. */
function logFailures(exporter: OTLPTraceExporter, log: Logger): SpanExporter {
  let isFailing = false
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== 0
        if (hasFailed && !isFailing) {
          log.warn({ reason: result.error?.message }, 'trace export failed; spans are dropped')
        }
        if (isFailing && !hasFailed) log.info({}, 'trace export recovered')
        isFailing = hasFailed
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush()
  }
}
