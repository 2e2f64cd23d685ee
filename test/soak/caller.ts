import type { Agent } from 'undici'
import { parseEvents } from '../support/rpc.ts'
import type { Random } from './random.ts'
import type { Replica } from './replica.ts'
import type { Tokens } from './tokens.ts'

/** A request without an answer after this time is reported as a hang. Enough for a slow machine. */
export const maxAnswerMs = 20_000

/** A caller that sends requests, one after the other. */
export interface Caller {
  subject: string
  random: Random
  tokens: Tokens
  /** The replica that receives this request. */
  replica: Replica
  agent: Agent
}

/** The outcome of a request: a summary, and the text of the answer. */
export interface Outcome {
  summary: string
  text: string
  /** When the request with this outcome started, if it was one of several. */
  from?: number
}

/** The outcome for callers that disconnect before the answer. */
export const disconnected: Outcome = { summary: 'disconnected', text: '' }

interface Message {
  id?: unknown
  result?: { isError?: true; _meta?: { code?: string }; structuredContent?: Record<string, unknown> }
  error?: { code?: number; data?: { code?: string } } | string
  status?: string
}

/** Sends a request and reads the whole answer. Without a `token`, it sends no Authorization header. */
export async function send(
  { replica, agent }: Caller,
  {
    path = '/mcp',
    method = 'POST',
    headers = {},
    token,
    body
  }: {
    path?: string
    method?: 'GET' | 'POST' | 'DELETE'
    headers?: Record<string, string>
    token?: string | undefined
    body?: unknown
  }
): Promise<Outcome> {
  try {
    const answer = await agent.request({
      origin: replica.origin,
      path,
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        accept: 'application/json',
        ...headers
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(maxAnswerMs)
    })
    const text = await answer.body.text()
    return { summary: summarize(answer.statusCode, text, findRequestId(body)), text }
  } catch (error) {
    return { summary: summarizeFailure(error), text: String(error) }
  }
}

/** Summarizes an answer as its status and error code: `200`, `200 NEWS_QUOTA_SPENT`, `400 -32700`, `401 invalid_token`. */
export function summarize(status: number, text: string, id?: unknown): string {
  const messages: Message[] =
    text.startsWith('event:') || text.startsWith(':') ? parseEvents(text) : parse(text)
  const answer = messages.find((message) => id === undefined || message.id === id)
  if (status === 200 && id !== undefined && !answer) return '200 without a response'
  const errorCode = messages.map(findErrorCode).find((code) => code !== undefined)
  return errorCode === undefined ? String(status) : `${status} ${errorCode}`
}

function findErrorCode({ result, error, status }: Message): string | number | undefined {
  if (result?.isError) return result._meta?.code ?? 'without a code'
  if (typeof error === 'string') return error
  if (error) return error.data?.code ?? error.code
  return status === 'not ready' ? status : undefined
}

function findRequestId(body: unknown): unknown {
  const { id, method } = Object(Array.isArray(body) ? undefined : body) as { id?: unknown; method?: unknown }
  return method === undefined ? undefined : id
}

function parse(text: string): Message[] {
  try {
    return [JSON.parse(text)].flat()
  } catch {
    return [] // an HTML page, or an empty body
  }
}

/** Summarizes a failed request: `hang`, or `gone` with the reason. */
export function summarizeFailure(error: unknown): string {
  const { name, code, cause } = error as Error & { code?: unknown; cause?: unknown }
  if (name === 'TimeoutError') return 'hang'
  if (cause) return summarizeFailure(cause)
  return `gone ${typeof code === 'string' ? code : name}`
}
