import { isHttpUrl, withoutTrailingSlash } from '../lib/url.ts'
import type { Report } from './invalid-settings.ts'
import type { Settings } from './settings.ts'

/**
 * Returns the URL that the exporter sends traces to; `undefined` if it sends none. It appends `/v1/traces` to the general
 * endpoint, and uses the endpoint for traces unchanged (OTLP Exporter Configuration, Endpoint URLs for OTLP/HTTP).
 * Reports the exporters and protocols of OpenTelemetry that this server does not support, instead of ignoring them.
 */
export function readTracesUrl(settings: Settings, report: Report): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: baseUrl, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: tracesUrl } = settings
  const { OTEL_SDK_DISABLED: disabled, OTEL_TRACES_EXPORTER: exporter = 'otlp' } = settings
  const url = tracesUrl ?? (baseUrl && `${withoutTrailingSlash(baseUrl)}/v1/traces`)
  if (url === undefined || disabled?.toLowerCase() === 'true' || exporter === 'none') return undefined

  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const) {
    const endpoint = settings[name]
    if (endpoint !== undefined && !isHttpUrl(endpoint)) report(name, 'is not an http or https URL')
  }
  if (exporter !== 'otlp') report('OTEL_TRACES_EXPORTER', 'is neither otlp nor none')
  for (const name of ['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] as const) {
    if ((settings[name] ?? 'http/protobuf') !== 'http/protobuf') report(name, 'is not http/protobuf')
  }
  return url
}
