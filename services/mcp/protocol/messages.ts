import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

export type RequestId = string | number

/** A JSON-RPC message, with as much of it as a transport reads. */
export interface Message {
  jsonrpc: '2.0'
  id?: RequestId | undefined
  method?: string | undefined
  params?: { [key: string]: unknown } | undefined
  result?: unknown
  error?: { code: number; message: string } | undefined
}
type Request = Message & { id: RequestId; method: string }

/** One POST to the endpoint, and what is known of whoever sent it. */
export interface Post<AuthInfo> {
  body: unknown
  headers: IncomingHttpHeaders
  /** The caller, in the SDKs' form; it goes with each request, for the server is everybody's. */
  authInfo: AuthInfo
  /** Tells callers apart: a cancellation reaches only what came from the same. */
  callerKey: string
  acceptsJson: boolean
  acceptsStream: boolean
}

/** What goes back: JSON, a stream of events, or nothing. */
export interface Answer {
  status: number
  body: string | Readable | undefined
}

/** The way of one POST through a server. */
export interface Exchange {
  /** Settles once, as soon as it is known how the answer goes back; `undefined` when the caller has left. */
  answer: Promise<Answer | undefined>
  /** The caller has left: handlers' signals abort, and nothing is sent any more. */
  abort(): void
}

/** An exchange that ends before any server has seen it. The answer names the request, if there is one to name. */
export function rejectExchange(
  status: number,
  error: { code: number; message: string },
  body: unknown
): Exchange {
  const { method, id } = Object(body) as { method?: unknown; id?: unknown }
  const isNamed = typeof method === 'string' && (typeof id === 'string' || Number.isInteger(id))
  const answer = { jsonrpc: '2.0', id: isNamed ? id : null, error }
  return { answer: Promise.resolve({ status, body: JSON.stringify(answer) }), abort() {} }
}

/** What those are told whose requests the end of the server has overtaken, with status 503. */
export const shuttingDownError = {
  code: -32000,
  message: 'The server is shutting down. Send the request again.'
}

export function isRequest(message: Message): message is Request {
  return message.method !== undefined && message.id !== undefined
}
