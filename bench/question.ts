export type Era = 'legacy' | 'modern'

/** The request of a run. */
export interface Question {
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
/** The number of articles in an answer of about 1.5 kB. */
const limit = 2
const revisions = { legacy: '2025-11-25', modern: '2026-07-28' } as const

/** Creates the tool call that all benchmarks measure, as a client of `era` sends it. */
export function createQuestion(
  era: Era,
  { path = '/mcp', token }: { path?: string; token?: string } = {}
): Question {
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
 * Sends the request once.
 * @throws {Error} when the answer has no news, because a benchmark must not count errors.
 */
export async function ask(url: string, { path, headers, body }: Question): Promise<Result> {
  const response = await fetch(url + path, { method: 'POST', headers, body })
  const text = await response.text()
  // Some servers answer with an event stream of one event.
  const message = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text)
  const { content, structuredContent, isError } = message.result ?? {}
  if (!response.ok || isError || !content || structuredContent?.articles?.length !== limit) {
    throw new Error(`answers ${response.status} without the news: ${text.slice(0, 200)}`)
  }
  return { content, structuredContent }
}
