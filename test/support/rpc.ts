import type { TestServer } from './server.ts'

/** A `tools/call` of `get_news_sentiment`. */
export const callNews = (args: Record<string, unknown>, meta?: Record<string, unknown>) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'get_news_sentiment', arguments: args, ...(meta && { _meta: meta }) }
})

/** The result of `tools/call`. */
export interface ToolResult {
  content: { type: string; text?: string }[]
  structuredContent?: Record<string, unknown>
  isError?: true
  _meta?: { code: string; upstream_calls: number; retry_at?: string }
}

/** Calls a tool. */
export async function callTool(
  { post }: Pick<TestServer, 'post'>,
  name: string,
  args: Record<string, unknown>
): Promise<ToolResult> {
  const params = { name, arguments: args }
  const response = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  return ((await response.json()) as { result: ToolResult }).result
}

/** The first text of a result. */
export const resultText = ({ content }: ToolResult) => content[0]?.text ?? ''

/** A list in the structured content of a result. */
export const resultList = ({ structuredContent }: ToolResult, name: string) =>
  (structuredContent?.[name] ?? []) as Record<string, unknown>[]

export type Era = 'legacy' | 'modern'
export const eras: readonly Era[] = ['legacy', 'modern']

/** The `_meta` of a request in revision 2026-07-28. */
export const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' }
}

interface JsonRpcRequest {
  id?: string | number
  method: string
  params?: Record<string, unknown> & { name?: unknown; uri?: unknown; _meta?: Record<string, unknown> }
}

/** A request as clients of `era` send it: the body, and the headers apart from the token. */
export function asRequest(era: Era, { id = 1, method, params = {} }: JsonRpcRequest) {
  if (era === 'legacy') return { body: { jsonrpc: '2.0', id, method, params }, headers: {} }
  const name = params.name ?? params.uri
  return {
    body: { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...envelope, ...params._meta } } },
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name !== undefined && { 'mcp-name': String(name) })
    } as Record<string, string>
  }
}

/** Parses the JSON-RPC messages of an event stream. */
export function parseEvents(text: string): Record<string, unknown>[] {
  return text
    .split('\n\n')
    .map((event) => /^data: (.*)$/m.exec(event)?.[1])
    .filter((data) => data !== undefined)
    .map((data) => JSON.parse(data))
}
