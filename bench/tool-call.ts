export type Era = 'legacy' | 'modern'

export const eras: readonly Era[] = ['legacy', 'modern']

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

/** The answer to a tool call. */
export interface Answer {
  result: Result
  /** Without the headers that Node and Fastify add to every response. */
  headers: Record<string, string>
  body: string
}

/** The id of the tool call. Loads with an id for each request count from here; all have the same length. */
export const firstId = 1_000_000

const name = 'get_news_sentiment'
/** The number of articles. With two, the response has about 3 kB. */
const limit = 2
const revisions = { legacy: '2025-11-25', modern: '2026-07-28' } as const
const addedHeaders = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'])

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
      id: firstId,
      method: 'tools/call',
      params: era === 'modern' ? { ...params, _meta: envelope } : params
    })
  }
}

/**
 * Sends the tool call once.
 * @throws {Error} if the response has no news, because a benchmark must not count errors.
 */
export async function send(url: string, toolCall: ToolCall): Promise<Answer> {
  const response = await fetch(url + toolCall.path, {
    method: 'POST',
    headers: toolCall.headers,
    body: toolCall.body
  })
  const body = await response.text()
  // Some servers return an event stream with one event.
  const message = JSON.parse(/^data: (.*)$/m.exec(body)?.[1] ?? body)
  const { content, structuredContent, isError } = message.result ?? {}
  if (!response.ok || isError || !content || structuredContent?.articles?.length !== limit) {
    throw new Error(`status ${response.status} without the news: ${body.slice(0, 200)}`)
  }
  const headers = Object.fromEntries([...response.headers].filter(([header]) => !addedHeaders.has(header)))
  return { result: { content, structuredContent }, headers, body }
}
