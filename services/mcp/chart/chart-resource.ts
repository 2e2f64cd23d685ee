import { readFileSync } from 'node:fs'
import { cspHash } from '../../lib/csp-hash.ts'
import { publicCacheHint } from '../primitives/request-context.ts'
import type { Resource } from '../primitives/resource.ts'

/** The page that draws trends and comparisons. */
export const chartUri = 'ui://finance-news/sentiment.html'

const mimeType = 'text/html;profile=mcp-app'

/**
 * The resource `ui://finance-news/sentiment.html` (MCP Apps 2026-01-26): one self-contained page, which draws the
 * `structuredContent` of get_sentiment_trend and compare_news_sentiment that its host hands it. It asks the network for
 * nothing, and its own policy and the one that hosts are told of allow it nothing.
 */
export function createChartResource(): Resource {
  const _meta = { ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true } }
  const text = assemble()
  return {
    name: 'sentiment_page',
    title: 'Sentiment chart',
    description: 'The page in which hosts of MCP Apps draw sentiment trends and comparisons.',
    uri: chartUri,
    mimeType,
    _meta,
    read: async () => ({ contents: [{ uri: chartUri, mimeType, text, _meta }], cache: publicCacheHint })
  }
}

function assemble(): string {
  const style = read('chart.css')
  const script = read('chart.js')
  // The last two do not fall back to default-src.
  const policy = `default-src 'none'; style-src ${cspHash(style)}; script-src ${cspHash(script)}; base-uri 'none'; form-action 'none'`
  const parts: Record<string, string> = { policy, style, script }
  return read('chart.html').replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '')
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
