export type Era = 'legacy' | 'modern'

/** The HTTP request of a tool call. */
export interface ToolCall {
  path: string
  headers: Record<string, string>
  body: string
}

/** The part of a tool result that all compared servers share. */
export interface Result {
  content: { type: 'text'; text: string }[]
  structuredContent: Record<string, unknown>
}

const name = 'get_news_sentiment'
/** The number of articles. With two, the response has about 3 kB. */
const limit = 2
const revisions = { legacy: '2025-11-25', modern: '2026-07-28' } as const

/** Creates the tool call that all benchmarks measure, as a client of `era` sends it. */
export function createToolCall(
  era: Era,
  { path = '/mcp', token }: { path?: string; token?: string } = {}
): ToolCall {
  const params = { name, arguments: { ticker: 'AAPL', limit } }
  const envelope = {
    'io.modelcontextprotocol/protocolVersion': revisions.modern,
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' }
  }
  return {
    path,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': revisions[era],
      ...(era === 'modern' && { 'mcp-method': 'tools/call', 'mcp-name': name }),
      ...(token !== undefined && { authorization: `Bearer ${token}` })
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: era === 'modern' ? { ...params, _meta: envelope } : params
    })
  }
}

/**
 * Sends the tool call once.
 * @throws {Error} if the response has no news, because a benchmark must not count errors.
 */
export async function send(url: string, { path, headers, body }: ToolCall): Promise<Result> {
  const response = await fetch(url + path, { method: 'POST', headers, body })
  const text = await response.text()
  // Some servers return an event stream with one event.
  const message = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text)
  const { content, structuredContent, isError } = message.result ?? {}
  if (!response.ok || isError || !content || structuredContent?.articles?.length !== limit) {
    throw new Error(`status ${response.status} without the news: ${text.slice(0, 200)}`)
  }
  return { content, structuredContent }
}
