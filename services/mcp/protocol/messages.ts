import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { isRecord } from '../../lib/json.ts'
import { nameInvalidFields, RequestError } from '../primitives/errors.ts'

export type RequestId = string | number

/** A JSON-RPC message, with the fields that a transport reads. */
export interface Message {
  jsonrpc: '2.0'
  id?: RequestId | undefined
  method?: string | undefined
  params?: { [key: string]: unknown } | undefined
  result?: unknown
  error?: JsonRpcError | undefined
}
type Request = Message & { id: RequestId; method: string }

interface JsonRpcError {
  code: number
  message: string
}

/** The revisions of MCP up to 2025-11-25, or 2026-07-28. */
export type Era = 'legacy' | 'modern'

/** The parts of a POST to the endpoint that decide its response, besides its caller. */
export interface PostedMessage {
  body: unknown
  /** The length of the body in bytes; `NaN` if the client has not declared it. */
  length: number
  /** Only the headers that belong to MCP (`mcp-…`), so the token is not among them. */
  headers: Record<string, string>
  acceptsJson: boolean
  acceptsStream: boolean
}

/** A POST to the endpoint, and its caller. */
export interface Post<AuthInfo> extends PostedMessage {
  /** The caller in the SDKs' form. It accompanies each request, because all callers share the server. */
  authInfo: AuthInfo
  /** Identifies the caller: a cancellation reaches only requests with the same key. */
  callerKey: string
}

/** Reads a POST. MCP requires `Accept` to name both types: a client that names neither gets JSON. */
export function readPost(request: { body: unknown; headers: IncomingHttpHeaders }): PostedMessage {
  const { body, headers } = request
  const mcpHeaders: Record<string, string> = {}
  for (const name in headers) if (name.startsWith('mcp-')) mcpHeaders[name] = String(headers[name])
  const accept = headers.accept?.toLowerCase() ?? '*/*'
  const acceptsStream = accept.includes('text/event-stream')
  const acceptsJson = !acceptsStream || /application\/(json|\*)|\*\/\*/.test(accept)
  return { body, length: Number(headers['content-length']), headers: mcpHeaders, acceptsJson, acceptsStream }
}

/** The HTTP response to a POST. The body is JSON, a stream of events, or absent. */
export interface PostResponse {
  status: number
  body: string | Readable | undefined
}

/** A POST that a server is processing. */
export interface Exchange {
  /** Settles once, when the form of the response is known; `undefined` if the client disconnected first. */
  response: Promise<PostResponse | undefined>
  /** To be called when the client disconnects: aborts the handlers' signals, and sends nothing more. */
  abort(): void
}

/** Rejects a POST before it reaches a server. The response has the request's id if it can be read. */
export function rejectExchange(status: number, { code, message }: JsonRpcError, body: unknown): Exchange {
  const { method, id } = Object(body) as { method?: unknown; id?: unknown }
  const hasId = typeof method === 'string' && (typeof id === 'string' || Number.isInteger(id))
  const response = { jsonrpc: '2.0', id: hasId ? id : null, error: { code, message } }
  return { response: Promise.resolve({ status, body: JSON.stringify(response) }), abort() {} }
}

/** The error of requests that are open when the server shuts down, with status 503. */
export const shuttingDownError = {
  code: -32000,
  message: 'The server is shutting down. Send the request again.'
}

export function isRequest(message: Message): message is Request {
  return message.method !== undefined && message.id !== undefined
}

/**
 * Removes from each message of a POST, in place, what means the same as an absent field: `null` in optional fields, and an
 * empty cursor. Some clients send every field that they know. The arguments of tools and prompts stay as they are, because
 * their schemas decide what `null` means.
 */
export function dropAbsentFields(body: unknown) {
  if (Array.isArray(body)) for (const message of body) dropFromMessage(message)
  else dropFromMessage(body)
}

function dropFromMessage(message: unknown) {
  if (!isRecord(message) || typeof message.method !== 'string') return
  const isNotification = message.method.startsWith('notifications/')
  for (const name in message) {
    if (message[name] === null && (name !== 'id' || isNotification)) delete message[name]
  }
  const { params } = message
  if (!isRecord(params)) return
  if (params.cursor === '') delete params.cursor
  for (const name in params) {
    if (params[name] === null) delete params[name]
    else if (name !== 'arguments') dropNulls(params[name], maxDepth)
  }
}

/** No field of MCP is nested deeper; a hostile body may be. */
const maxDepth = 4

function dropNulls(value: unknown, depth: number) {
  if (typeof value !== 'object' || value === null || depth === 0) return
  if (Array.isArray(value)) {
    for (const part of value) dropNulls(part, depth - 1)
    return
  }
  const record = value as Record<string, unknown>
  for (const name in record) {
    if (record[name] === null) delete record[name]
    else dropNulls(record[name], depth - 1)
  }
}

const requestIdSchema = z.union([z.string(), z.int()], 'must be a string or an integer')
const paramsSchema = z
  .looseObject({ _meta: z.looseObject({ progressToken: requestIdSchema.optional() }).optional() })
  .optional()
const notificationShape = { jsonrpc: z.literal('2.0'), method: z.string(), params: paramsSchema }
const notificationSchema = z.strictObject(notificationShape)
const requestSchema = z.strictObject({ ...notificationShape, id: requestIdSchema })

/** The message is not a valid JSON-RPC request (JSON-RPC 2.0, section 5.1). */
export const invalidRequest = (message: string) => new RequestError(-32600, message)

/** Explains why a message, which the SDKs reject, is not JSON-RPC 2.0: names the field. */
export function explainInvalidMessage(message: unknown): string {
  const schema = isRecord(message) && !('id' in message) ? notificationSchema : requestSchema
  const { error } = schema.safeParse(message)
  return `This is not JSON-RPC 2.0.${error ? ` ${nameInvalidFields(error, message)}` : ''}`
}
