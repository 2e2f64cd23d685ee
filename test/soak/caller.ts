import type { Agent } from 'undici'
import { parseEvents } from '../support/rpc.ts'
import type { Chance } from './chance.ts'
import type { Replica } from './replica.ts'
import type { Tokens } from './tokens.ts'

/** No answer takes so long, on however slow a machine; what does is a hang. */
export const longestAnswerMs = 20_000

/** Somebody who sends requests, one after the other. */
export interface Caller {
  subject: string
  chance: Chance
  tokens: Tokens
  /** Whom this request goes to. */
  replica: Replica
  agent: Agent
}

/** What came of a request: in a word, and as it was. */
export interface Outcome {
  said: string
  text: string
  /** When the request began that said it, if it was one of several. */
  from?: number
}

/** Of those who have not waited for an answer. */
export const left: Outcome = { said: 'left', text: '' }

interface Message {
  id?: unknown
  result?: { isError?: true; _meta?: { code?: string }; structuredContent?: Record<string, unknown> }
  error?: { code?: number; data?: { code?: string } } | string
  status?: string
}

/** Sends a request and reads the whole answer; a `token` of `undefined` sends none. */
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
      signal: AbortSignal.timeout(longestAnswerMs)
    })
    const text = await answer.body.text()
    return { said: sayOf(answer.statusCode, text, idOf(body)), text }
  } catch (error) {
    return { said: goneBecause(error), text: String(error) }
  }
}

/** `200`, `200 NEWS_QUOTA_SPENT`, `400 -32700`, `401 invalid_token`: the status, and the code of an error. */
export function sayOf(status: number, text: string, id?: unknown): string {
  const messages: Message[] =
    text.startsWith('event:') || text.startsWith(':') ? parseEvents(text) : parse(text)
  const answer = messages.find((message) => id === undefined || message.id === id)
  if (status === 200 && id !== undefined && !answer) return '200 without its answer'
  const wrong = messages.map(codeOf).find((code) => code !== undefined)
  return wrong === undefined ? String(status) : `${status} ${wrong}`
}

function codeOf({ result, error, status }: Message): string | number | undefined {
  if (result?.isError) return result._meta?.code ?? 'without a code'
  if (typeof error === 'string') return error
  if (error) return error.data?.code ?? error.code
  return status === 'not ready' ? status : undefined
}

function idOf(body: unknown): unknown {
  const { id, method } = Object(Array.isArray(body) ? undefined : body) as { id?: unknown; method?: unknown }
  return method === undefined ? undefined : id
}

function parse(text: string): Message[] {
  try {
    return [JSON.parse(text)].flat()
  } catch {
    return [] // a page, or nothing
  }
}

/** What became of a connection: `hang`, or `gone` with the reason. */
export function goneBecause(error: unknown): string {
  const { name, code, cause } = error as Error & { code?: unknown; cause?: unknown }
  if (name === 'TimeoutError') return 'hang'
  if (cause) return goneBecause(cause)
  return `gone ${typeof code === 'string' ? code : name}`
}
