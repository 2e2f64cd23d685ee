import type { JSONRPCRequest } from '@modelcontextprotocol/server'
import {
  classifyInboundRequest,
  isJSONRPCRequest,
  PROTOCOL_VERSION_META_KEY
} from '@modelcontextprotocol/server'
import type { Post } from './messages.ts'

/** The revision of MCP that the modern era serves. */
export const modernRevision = '2026-07-28'

/** The field of the params that `Mcp-Name` repeats, by method (MCP 2026-07-28, Transports). */
const nameFields: Record<string, 'name' | 'uri'> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri'
}

/** Which era a POST belongs to. A modern one without `request` is invalid, or not a request. */
type ClassifiedPost = { era: 'legacy' } | { era: 'modern'; request?: JSONRPCRequest }

/** Finds the era of a POST from its headers and its body. */
export function classifyPost({ body, headers }: Pick<Post<unknown>, 'body' | 'headers'>): ClassifiedPost {
  const protocolVersionHeader = headers['mcp-protocol-version']
  const namesModern = protocolVersionHeader !== undefined && protocolVersionHeader >= modernRevision
  if (!namesModern && ![body].flat().some(hasEnvelope)) return { era: 'legacy' }
  if (headersMatchBody(body, headers)) return { era: 'modern', request: body }
  if (namesModern) return { era: 'modern' }
  const { kind } = classifyInboundRequest({
    httpMethod: 'POST',
    body,
    protocolVersionHeader,
    mcpMethodHeader: headers['mcp-method'],
    mcpNameHeader: headers['mcp-name']
  })
  return { era: kind === 'legacy' ? 'legacy' : 'modern' }
}

function hasEnvelope(message: unknown): boolean {
  return isObject(message) && isObject(message.params) && isObject(message.params._meta)
    ? PROTOCOL_VERSION_META_KEY in message.params._meta
    : false
}

/** Whether `body` is a request of this revision and the headers agree with it. The SDK's server checks the envelope. */
function headersMatchBody(body: unknown, headers: Record<string, string>): body is JSONRPCRequest {
  if (headers['mcp-protocol-version'] !== modernRevision || !isJSONRPCRequest(body)) return false
  if (body.params?._meta?.[PROTOCOL_VERSION_META_KEY] !== modernRevision) return false
  if (headers['mcp-method'] !== body.method) return false
  const field = nameFields[body.method]
  if (field === undefined) return true
  const name = body.params[field]
  const header = headers['mcp-name']
  return header === name || (typeof name === 'string' && header === toBase64Header(name))
}

const toBase64Header = (name: string) => `=?base64?${Buffer.from(name).toString('base64')}?=`

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
