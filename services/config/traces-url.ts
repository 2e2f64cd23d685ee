import { isHttpUrl } from '../lib/url.ts'
import type { Report } from './invalid-settings.ts'
import type { Settings } from './settings.ts'

/**
 * Where traces go; `undefined` if none are sent. Of the two endpoints the general one gets a path, and the one for traces
 * does not (OTLP Exporter Configuration, Endpoint URLs for OTLP/HTTP). OpenTelemetry has more exporters and protocols than
 * are here: what is not goes to `report`, lest it is taken for what is.
 */
export function readTracesUrl(settings: Settings, report: Report): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = settings
  const { OTEL_SDK_DISABLED: disabled, OTEL_TRACES_EXPORTER: exporter = 'otlp' } = settings
  const url = traces ?? (all && `${all.replace(/\/$/, '')}/v1/traces`)
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
