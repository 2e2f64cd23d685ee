import { readFileSync } from 'node:fs'
import { cspHash } from '../../lib/csp-hash.ts'
import { publicCacheHint } from '../primitives/request-context.ts'
import type { Resource } from '../primitives/resource.ts'

/** The resource of the chart page. */
export const chartUri = 'ui://finance-news/sentiment.html'

/** The type of pages that MCP Apps hosts show. */
export const chartMimeType = 'text/html;profile=mcp-app'

/** The page's modules, each after the modules that it imports. */
const modules = ['values', 'bridge', 'elements', 'axis', 'trend-drawing', 'trend', 'comparison', 'main']

/**
 * The resource `ui://finance-news/sentiment.html` (MCP Apps 2026-01-26): one self-contained page that draws the
 * `structuredContent` of get_sentiment_trend and compare_news_sentiment. It makes no network request; its own content
 * security policy and the one declared to hosts allow none.
 */
export function createChartResource(): Resource {
  const _meta = { ui: { csp: { connectDomains: [], resourceDomains: [] }, prefersBorder: true } }
  const text = assemblePage()
  return {
    name: 'sentiment_page',
    title: 'Sentiment chart',
    description: 'The page on which hosts of MCP Apps draw sentiment trends and comparisons.',
    uri: chartUri,
    mimeType: chartMimeType,
    _meta,
    read: async () => ({
      contents: [{ uri: chartUri, mimeType: chartMimeType, text, _meta }],
      cache: publicCacheHint
    })
  }
}

function assemblePage(): string {
  const style = read('page.css') + read('chart.css')
  const script = modules.map((name) => withoutModuleSyntax(read(`${name}.js`))).join('\n')
  // base-uri and form-action do not fall back to default-src.
  const policy = `default-src 'none'; style-src ${cspHash(style)}; script-src ${cspHash(script)}; base-uri 'none'; form-action 'none'`
  const parts: Record<string, string> = { policy, style, script }
  return read('chart.html').replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '')
}

/** The modules share one inline script: without imports and exports, their names are in one scope. */
function withoutModuleSyntax(source: string): string {
  return source.replace(/^import [^']*'[^']*'\n/gm, '').replace(/^export /gm, '')
}

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
