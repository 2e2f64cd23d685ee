import type { JSONRPCRequest } from '@modelcontextprotocol/server'
import {
  classifyInboundRequest,
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  PROTOCOL_VERSION_META_KEY
} from '@modelcontextprotocol/server'
import { isRecord } from '../../lib/json.ts'
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
  const namesModern = protocolVersionHeader === modernRevision && !isInitialize(body)
  if (!namesModern && ![body].flat().some(hasEnvelope)) return { era: 'legacy' }
  if (headersMatchBody(body, headers)) return { era: 'modern', request: body }
  if (namesModern) return { era: 'modern' }
  const { kind } = classifyInboundRequest({
    httpMethod: 'POST',
    body,
    protocolVersionHeader: isInitialize(body) ? undefined : protocolVersionHeader,
    mcpMethodHeader: headers['mcp-method'],
    mcpNameHeader: headers['mcp-name']
  })
  return { era: kind === 'legacy' ? 'legacy' : 'modern' }
}

/** A client that sends `initialize` can negotiate a revision of the legacy era, whatever its header names. */
const isInitialize = (body: unknown) => isRecord(body) && body.method === 'initialize'

/** Whether the SDK can read `body`: it rejects others without naming the field. */
export const isModernMessage = (body: unknown) =>
  isJSONRPCRequest(body) ||
  isJSONRPCNotification(body) ||
  isJSONRPCResultResponse(body) ||
  isJSONRPCErrorResponse(body)

function hasEnvelope(message: unknown): boolean {
  return isRecord(message) && isRecord(message.params) && isRecord(message.params._meta)
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
  // The handler rejects a name that is not a text.
  if (typeof name !== 'string') return true
  return header === name || header === toBase64Header(name)
}

const toBase64Header = (name: string) => `=?base64?${Buffer.from(name).toString('base64')}?=`
