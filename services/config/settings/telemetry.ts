import { optionalIntegerSetting, stringSetting } from '../setting-types.ts'

/** Metrics for Prometheus, and traces for OpenTelemetry under its own names. */
export const telemetrySettings = {
  METRICS_PORT: optionalIntegerSetting(
    1,
    65_535,
    'The port of /metrics, for Prometheus. When absent: no metrics are served.',
    9464
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: stringSetting(
    'The base URL to which OpenTelemetry traces are sent; the exporter adds /v1/traces. When absent: none are sent.',
    'http://localhost:4318'
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: stringSetting(
    'The full URL to which traces are sent. It overrides OTEL_EXPORTER_OTLP_ENDPOINT.',
    'http://localhost:4318/v1/traces'
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: stringSetting(
    'The protocol of the exporter. Only http/protobuf is supported.',
    'http/protobuf'
  ),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: stringSetting(
    'The protocol of the exporter for traces. Only http/protobuf is supported.',
    'http/protobuf'
  ),
  OTEL_TRACES_EXPORTER: stringSetting('otlp to send traces, or none to send none.', 'otlp'),
  OTEL_SDK_DISABLED: stringSetting('true to send no traces.', 'true')
}
