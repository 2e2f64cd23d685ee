import type { Readable } from 'node:stream'

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

/** A POST to the endpoint, and its caller. */
export interface Post<AuthInfo> {
  body: unknown
  /** Only the headers that belong to MCP (`mcp-…`), so the token is not among them. */
  headers: Record<string, string>
  /** The caller in the SDKs' form. It accompanies each request, because all callers share the server. */
  authInfo: AuthInfo
  /** Identifies the caller: a cancellation reaches only requests with the same key. */
  callerKey: string
  acceptsJson: boolean
  acceptsStream: boolean
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
